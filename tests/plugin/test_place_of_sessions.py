"""A session that is opened lies where its image lay: size of a pixel, place, turn and shear."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers import Image, Labels

from napari_faseg.interaction.session_folder import read_session
from napari_faseg.interaction.session_opening import save_session
from napari_faseg.interaction.stack_folder import read_stack
from napari_faseg.plugin.annotator import Annotator, start
from napari_faseg.plugin.readers import get_reader
from napari_faseg.plugin.session_layers import write_session
from tests.fakes import DiscPredictor
from tests.plugin.hand_cranked import HandCrankedRunner

TURN = np.array([[0.8, -0.6], [0.6, 0.8]])
AFFINE = np.array([[1.0, 0.1, 3.0], [0.0, 2.0, 4.0], [0.0, 0.0, 1.0]])


def grown(matrix: np.ndarray, n_axes: int) -> np.ndarray:
    """Return a matrix of the last two axes for more of them."""
    whole = np.eye(n_axes + len(matrix) - 2)
    whole[n_axes - 2 :, n_axes - 2 :] = matrix
    return whole


def place(n_axes: int) -> dict[str, Any]:
    """Return all that napari knows of where a layer lies, with nothing left as it is by itself."""
    return {
        "scale": (3.0, 2.0, 0.2, 0.3)[-n_axes:],
        "translate": (1.0, 7.0, 5.0, -7.0)[-n_axes:],
        "rotate": grown(TURN, n_axes),
        "shear": (0, 0, 0, 0, 0, 0.25)[-n_axes * (n_axes - 1) // 2 :],
        "affine": grown(AFFINE, n_axes),
        "units": ("s", "um", "um", "um")[-n_axes:],
        "axis_labels": ("t", "z", "y", "x")[-n_axes:],
    }


def begin(path: Path, viewer: ViewerModel, **options: Any) -> Annotator:
    [image] = (layer for layer in viewer.layers if isinstance(layer, Image))
    image._set_source(image.source.model_copy(update={"path": str(path)}))
    return start(viewer, image, DiscPredictor(radius=2), **{"resume": True, **options})


def made(file: Path, data: np.ndarray, lies: dict[str, Any], **options: Any) -> Annotator:
    """Write an image, show it at a place, and finish an object on the first plane."""
    photometric = "rgb" if options.pop("rgb", False) else "minisblack"
    tifffile.imwrite(file, data, photometric=photometric)
    viewer = ViewerModel()
    viewer.add_image(data, name="cells", rgb=photometric == "rgb", **lies)
    for axis in range(viewer.dims.ndim):
        viewer.dims.set_current_step(axis, 0)
    annotator = begin(file, viewer, **options)
    finish_one(annotator, 10)
    return annotator


def finish_one(annotator: Annotator, x: int) -> None:
    layer = annotator.prompts.positive
    layer.add([(*annotator._plane.index[: layer.ndim - 2], 10, x)])
    annotator.finish()


def opened(folder: Path | str) -> tuple[Any, Labels]:
    """Open a session as napari does."""
    reader = get_reader(str(folder))
    assert reader is not None
    kinds = {"image": Image, "labels": Labels}
    image, labels = (kinds[kind](data, **about) for data, about, kind in reader(str(folder)))
    return image, labels


def is_same_place(first: Any, second: Any) -> bool:
    corners = [np.zeros(first.ndim), *np.eye(first.ndim)]
    lies = [np.array([layer.data_to_world(at) for at in corners]) for layer in (first, second)]
    names = [(layer.units, layer.axis_labels) for layer in (first, second)]
    return bool(np.allclose(*lies, rtol=1e-12, atol=1e-12)) and names[0] == names[1]


IMAGES = {
    "of two axes": (np.arange(600, dtype=np.uint16).reshape(20, 30), {}),
    "in colour": (np.arange(1800, dtype=np.uint16).reshape(20, 30, 3).astype(np.uint8), {"rgb": 1}),
    "stack": (np.arange(1800, dtype=np.uint16).reshape(3, 20, 30), {}),
    "stack in time": (np.arange(3600, dtype=np.uint16).reshape(2, 3, 20, 30), {}),
    "stack in colour": (
        np.arange(3600, dtype=np.uint16).reshape(2, 20, 30, 3).astype(np.uint8),
        {"rgb": 1},
    ),
    "channels first": (np.arange(3000, dtype=np.uint16).reshape(5, 20, 30), {"channel_axis": 0}),
    "channels of a stack": (
        np.arange(6000, dtype=np.uint16).reshape(2, 5, 20, 30),
        {"channel_axis": 1},
    ),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_a_saved_session_opens_where_its_image_lay(kind: str, tmp_path: Path) -> None:
    data, options = IMAGES[kind]
    lies = place(data.ndim - ("rgb" in options))
    annotator = made(tmp_path / "cells.tif", data, lies, **options)
    layer_data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    write_session(str(tmp_path / "saved.faseg"), layer_data, meta)
    annotator.close()
    image, labels = opened(tmp_path / "saved.faseg")
    np.testing.assert_array_equal(image.data, data)
    assert is_same_place(image, annotator.image)
    assert is_same_place(labels, annotator.painter.layer)
    np.testing.assert_array_equal(labels.data, annotator.painter.layer.data)
    for name in () if "channel_axis" in options else ("scale", "translate", "rotate", "shear"):
        np.testing.assert_array_equal(getattr(image, name), getattr(annotator.image, name))


@pytest.mark.parametrize("kind", IMAGES)
def test_a_recorded_plane_opens_where_it_lay(kind: str, tmp_path: Path) -> None:
    data, options = IMAGES[kind]
    annotator = made(tmp_path / "cells.tif", data, place(data.ndim - ("rgb" in options)), **options)
    annotator.close()
    [folder] = tmp_path.glob("*.faseg")
    _, labels = opened(folder)
    ours = annotator.painter.layer
    for pixel in np.argwhere(ours.data):
        assert labels.data[tuple(pixel[-2:])] == 1
        there = ours.data_to_world(pixel)[-2:]
        np.testing.assert_allclose(labels.data_to_world(pixel[-2:]), there, rtol=1e-12)
    assert labels.units == ours.units[-2:]
    assert labels.axis_labels == ours.axis_labels[-2:]


def test_work_on_an_opened_stack_is_saved_at_its_place_too(tmp_path: Path) -> None:
    data, _ = IMAGES["stack"]
    first = made(tmp_path / "cells.tif", data, place(3))
    saved = tmp_path / "cells.tif.faseg"
    write_session(str(saved), *first.painter.layer.as_layer_data_tuple()[:2])
    first.close()
    viewer = ViewerModel()
    for layer in opened(saved):
        viewer.add_layer(layer)
    viewer.dims.set_current_step(0, 2)
    second = begin(saved, viewer)
    finish_one(second, 20)
    write_session(str(tmp_path / "again.faseg"), *second.painter.layer.as_layer_data_tuple()[:2])
    second.close()
    image, labels = opened(tmp_path / "again.faseg")
    assert is_same_place(image, first.image)
    assert sorted(np.unique(labels.data[[0, 2]])) == [0, 1, 2]


@pytest.mark.parametrize("kind", ["of two axes", "stack"])
def test_an_image_that_was_moved_meanwhile_is_saved_and_recorded_where_it_lies_now(
    kind: str, tmp_path: Path
) -> None:
    data, _ = IMAGES[kind]
    annotator = made(tmp_path / "cells.tif", data, {})
    annotator.image.scale = place(data.ndim)["scale"]
    annotator.image.units = place(data.ndim)["units"]
    write_session(str(tmp_path / "saved.faseg"), *annotator.painter.layer.as_layer_data_tuple()[:2])
    annotator.close()
    image, _ = opened(tmp_path / "saved.faseg")
    assert is_same_place(image, annotator.image)
    [recorded] = tmp_path.glob("cells.tif*.faseg")
    assert read_session(recorded).about.facts["scale"] == [0.2, 0.3]
    assert read_session(recorded).state.n_objects == 1


def test_where_an_image_is_moved_to_is_on_the_disk_as_soon_as_it_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, _ = IMAGES["of two axes"]
    file = tmp_path / "cells.tif"
    runner = HandCrankedRunner()
    monkeypatch.setattr("napari_faseg.plugin.annotator.ImmediateRunner", lambda: runner)
    tifffile.imwrite(file, data)
    viewer = ViewerModel()
    viewer.add_image(data, name="cells")
    annotator = begin(file, viewer)
    runner.turn_all()
    finish_one(annotator, 10)
    runner.turn_all()
    for x in range(5):
        annotator.image.translate = (x, 0)
        runner.turn_all()
    folder = Path(f"{file}.faseg")
    assert read_session(folder).about.facts["translate"] == [0, 0]
    runner.let_pass(1)
    runner.turn_all()
    assert read_session(folder).about.facts["translate"] == [4, 0]
    finish_one(annotator, 20)
    runner.turn_all()
    assert read_session(folder).state.n_objects == 2
    annotator.close()


def test_planes_of_an_earlier_day_are_saved_where_the_image_lies_today(tmp_path: Path) -> None:
    data, _ = IMAGES["stack"]
    file = tmp_path / "cells.tif"
    made(file, data, {}).close()
    viewer = ViewerModel()
    viewer.add_image(data, name="cells", scale=(2, 0.2, 0.3))
    viewer.dims.set_current_step(0, 2)
    annotator = begin(file, viewer)
    finish_one(annotator, 20)
    write_session(str(tmp_path / "saved.faseg"), *annotator.painter.layer.as_layer_data_tuple()[:2])
    annotator.close()
    planes = read_stack(tmp_path / "saved.faseg").planes
    assert [stored.about.facts["scales"] for stored in planes] == [[2, 0.2, 0.3]] * 2


@pytest.mark.parametrize("kind", ["of two axes", "stack", "channels first"])
def test_a_session_of_an_older_version_opens_as_it_did(kind: str, tmp_path: Path) -> None:
    data, options = IMAGES[kind]
    annotator = made(tmp_path / "cells.tif", data, place(data.ndim), **options)
    layer_data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    write_session(str(tmp_path / "saved.faseg"), layer_data, meta)
    annotator.close()
    for folder in (tmp_path / "saved.faseg", *tmp_path.glob("saved.faseg/*.faseg")):
        if not (folder / "stack").exists():
            forget_place(folder)
    image, labels = opened(tmp_path / "saved.faseg")
    np.testing.assert_array_equal(labels.scale, (1, 1, 1) if kind == "stack" else (0.2, 0.3))
    np.testing.assert_array_equal(image.scale[-2:], labels.scale[-2:])
    assert not labels.translate.any()


def forget_place(folder: Path) -> None:
    """Make of a session one that knows no more than the size of a pixel of its plane."""
    stored = read_session(folder)
    new = ("scales", "units", "translate", "rotate", "shear", "affine", "axis_labels")
    for file in folder.iterdir():
        file.unlink()
    facts = {key: value for key, value in stored.about.facts.items() if key not in new}
    about = type(stored.about)(stored.about.image, facts)
    save_session(folder, about, stored.state)
