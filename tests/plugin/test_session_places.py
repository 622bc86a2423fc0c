import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_faseg.plugin import session_places
from napari_faseg.plugin.image_choice import ImageChoice
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.session_places import can_be_written, places


def source_of(image: Image) -> ImageSource:
    viewer = ViewerModel()
    viewer.add_layer(image)
    overlay = Overlay(image)
    source = ImageSource(overlay, overlay.plane(viewer), ImageChoice())
    source.read()
    return source


def from_file(path: Path, data: np.ndarray) -> ImageSource:
    image = Image(data, name="cells")
    image._set_source(image.source.model_copy(update={"path": str(path)}))
    return source_of(image)


def first(source: ImageSource, n: int = 1) -> list[Path]:
    return list(islice(places(source), n))


def test_a_session_lies_beside_the_file_of_its_image(tmp_path: Path) -> None:
    source = from_file(tmp_path / "cells.tif", np.zeros((5, 6)))
    assert first(source, 3) == [
        tmp_path / "cells.tif.faseg",
        tmp_path / "cells.tif-2.faseg",
        tmp_path / "cells.tif-3.faseg",
    ]
    assert list(tmp_path.iterdir()) == []


def test_each_plane_of_a_volume_has_its_own(tmp_path: Path) -> None:
    source = from_file(tmp_path / "stack.tif", np.zeros((4, 5, 6)))
    [index] = source.index
    assert first(source) == [tmp_path / f"stack.tif.plane-{index}.faseg"]


def test_an_image_without_a_file_has_it_with_the_users_data(own_sessions: Path) -> None:
    source = source_of(Image(np.zeros((5, 6)), name="a/b: c?"))
    [place] = first(source)
    assert place.parent == own_sessions
    assert place.name == f"a_b_ c_-{source.identity.sha256[:12]}.faseg"


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
@pytest.mark.parametrize("what_fails", ["create", "sync", "replace", "sync_folder", "remove"])
def test_a_folder_that_fails_the_probe_is_not_used(
    what_fails: str, tmp_path: Path, own_sessions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = from_file(tmp_path / "cells.tif", np.zeros((5, 6)))
    real = getattr(session_places.DISK, what_fails)

    def fail(*args: object) -> object:
        if not isinstance(args[0], Path) or args[0].is_relative_to(tmp_path):
            raise OSError("read-only")
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(type(session_places.DISK), what_fails, lambda self, *args: fail(*args))
        assert not can_be_written(tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(session_places, "can_be_written", lambda folder: False)
    assert first(source)[0].parent == own_sessions


def test_a_folder_that_is_not_there_is_not_used(tmp_path: Path) -> None:
    assert not can_be_written(tmp_path / "nowhere")
    assert can_be_written(tmp_path)


def test_the_identity_of_an_image_does_not_depend_on_its_contrast() -> None:
    image = Image(np.arange(30, dtype=np.uint16).reshape(5, 6), name="cells")
    before = source_of(image)
    image.contrast_limits = (3, 9)
    after = source_of(image)
    assert after.identity == before.identity
    assert not np.array_equal(after.read(), before.read())
