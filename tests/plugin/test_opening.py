"""Folders that are opened from the menu File > IO Utilities."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from npe2 import PluginManifest

pytest.importorskip("qtpy.QtCore")

from qtpy.QtWidgets import QFileDialog

import napari_faseg
from napari_faseg import Click, ClickSession
from napari_faseg.plugin.opening import open_folder
from tests.fakes import DiscPredictor

pytestmark = pytest.mark.window
MANIFEST = Path(napari_faseg.__file__).with_name("napari.yaml")
Choose = Callable[[object], Any]


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the menu warned of."""
    warned: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.opening.show_warning", warned.append)
    return warned


@pytest.fixture
def choose(make_napari_viewer: Any, npe2pm: Any, monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Open a viewer, choose a folder in the menu; return the viewer."""

    def choose(folder: object) -> Any:
        viewer = make_napari_viewer()
        npe2pm.register(PluginManifest.from_file(MANIFEST))
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
        open_folder(viewer)
        return viewer

    return choose


def recorded(folder: Path) -> Path:
    """Record a session of one object."""
    session = ClickSession(DiscPredictor())
    session.set_image(np.zeros((20, 30), np.uint8))
    session.record(folder)
    session.add_click(Click(10, 10))
    session.commit()
    session.close()
    return folder


def test_the_folder_of_a_session_is_opened_without_a_question_for_a_reader(
    choose: Choose, tmp_path: Path
) -> None:
    viewer = choose(recorded(tmp_path / "image.faseg"))
    [objects] = viewer.layers
    assert objects.data[10, 10] == 1


def test_another_folder_is_refused_in_one_sentence(
    choose: Choose, tmp_path: Path, warnings: list[str]
) -> None:
    assert len(choose(tmp_path).layers) == 0
    assert warnings == [f"expected the folder of a session or of a data set, got {tmp_path}"]


def test_a_session_that_cannot_be_read_is_told_in_one_sentence(
    choose: Choose, tmp_path: Path, warnings: list[str]
) -> None:
    folder = recorded(tmp_path / "image.faseg")
    for path in folder.iterdir():
        path.write_bytes(b"")
    assert len(choose(folder).layers) == 0
    [sentence] = warnings
    assert "\n" not in sentence


def test_nothing_happens_where_no_folder_is_chosen(choose: Choose, warnings: list[str]) -> None:
    assert len(choose("").layers) == 0
    assert warnings == []
