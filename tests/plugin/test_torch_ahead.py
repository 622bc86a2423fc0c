"""A widget opens without torch, which is imported beside the window."""

import gc
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("qtpy.QtWidgets", exc_type=ImportError)

from napari_faseg.plugin.torch_ahead import ImportedAhead

WIDGETS = ("segment_widget", "train_widget", "evaluate_widget")


@pytest.mark.parametrize("widget", WIDGETS)
def test_a_widget_is_imported_without_torch(widget: str) -> None:
    code = f"import sys, napari_faseg.plugin.{widget}; print('torch' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert found.stdout.strip() == "False"


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which libraries can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("ahead_first", "ahead_second", "ahead_last"):
        monkeypatch.delitem(sys.modules, name, raising=False)
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    return tmp_path


def test_libraries_are_there_after_waiting(libraries: Path) -> None:
    ahead = ImportedAhead(("ahead_first", "ahead_second"))
    ahead.start()
    ahead.wait()
    assert {"ahead_first", "ahead_second"} <= sys.modules.keys()


def test_a_library_that_cannot_be_imported_keeps_no_other_away(libraries: Path) -> None:
    (libraries / "ahead_first.py").write_text("raise ImportError", encoding="utf-8")
    ahead = ImportedAhead(("ahead_first", "ahead_nowhere", "ahead_last"))
    ahead.start()
    ahead.wait()
    assert "ahead_last" in sys.modules


def test_who_closes_napari_waits_for_one_library_only(libraries: Path) -> None:
    (libraries / "ahead_first.py").write_text(
        "import time\nopen(__file__ + '.begun', 'w').close()\ntime.sleep(0.2)\n", encoding="utf-8"
    )
    ahead = ImportedAhead(("ahead_first", "ahead_second"))
    ahead.start()
    while not (libraries / "ahead_first.py.begun").exists():
        pass
    ahead.stop()
    assert "ahead_first" in sys.modules
    assert "ahead_second" not in sys.modules
    with pytest.raises(RuntimeError, match="Python is ending"):
        ahead.wait()


def test_everything_is_searched_for_garbage_when_all_is_imported(libraries: Path) -> None:
    before = gc.get_stats()[-1]["collections"]
    ahead = ImportedAhead(("ahead_first",))
    ahead.start()
    ahead.wait()
    assert gc.get_stats()[-1]["collections"] > before


def test_who_is_stopped_does_not_wait_for_libraries(libraries: Path) -> None:
    (libraries / "ahead_first.py").write_text(
        "import pathlib, time\n"
        "while not pathlib.Path(__file__ + '.end').exists():\n    time.sleep(0.01)\n",
        encoding="utf-8",
    )
    ahead = ImportedAhead(("ahead_first",))
    ahead.start()
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    assert not ahead.wait(stop)
    assert ahead.is_alive()
    (libraries / "ahead_first.py.end").touch()
    assert ahead.wait()
    assert ahead.wait(stop), "they are there"


@pytest.mark.window
@pytest.mark.parametrize("name", ["evaluate_widget", "train_widget"])
def test_long_work_that_is_stopped_before_torch_is_there_does_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = import_module(f"napari_faseg.plugin.{name}")
    stop = threading.Event()
    asked = []
    ahead = SimpleNamespace(wait=lambda *given: asked.append(given) or False)
    monkeypatch.setattr(widget, "torch_ahead", lambda: ahead)
    work = widget.clicked if name == "evaluate_widget" else widget.trained
    rest = [None] * (3 if name == "evaluate_widget" else 4)
    assert list(work(*rest, stop)) == []
    assert asked == [(stop,)]
