"""Recorded sessions are opened as layers, and saved from them."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers import Labels
from npe2 import PluginManager, PluginManifest

import napari_faseg
from napari_faseg.interaction import ClickSession
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.plugin.annotator import Annotator, start
from napari_faseg.plugin.opened_image import opened_image
from napari_faseg.plugin.readers import get_reader
from napari_faseg.plugin.session_layers import write_coco, write_session
from tests.fakes import DiscPredictor

MANIFEST = Path(napari_faseg.__file__).with_name("napari.yaml")
IMAGE = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30)


def begin(path: Path, layer: Any = None, *, data: np.ndarray = IMAGE) -> Annotator:
    """Start on an image that was opened from a file."""
    viewer = ViewerModel()
    image = viewer.add_image(data, name="cells", scale=(0.5, 0.5)) if layer is None else layer
    if layer is not None:
        viewer.add_layer(image)
    image._set_source(image.source.model_copy(update={"path": str(path)}))
    return start(viewer, image, DiscPredictor(radius=3), resume=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tifffile.imwrite(tmp_path / "cells.tif", IMAGE)
    return tmp_path / "cells.tif"


@pytest.fixture
def annotator(file: Path) -> Annotator:
    annotator = begin(file)
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    annotator.close()
    return annotator


@pytest.fixture
def folder(annotator: Annotator, file: Path) -> str:
    return f"{file}.faseg"


def read(folder: str) -> list[Any]:
    reader = get_reader(folder)
    assert reader is not None
    return reader(folder)


def test_a_session_is_opened_with_its_image_and_its_objects(
    folder: str, annotator: Annotator
) -> None:
    (image, about_image, kind), (labels, about, kind_of_labels) = read(folder)
    assert (kind, kind_of_labels) == ("image", "labels")
    np.testing.assert_array_equal(image, IMAGE)
    np.testing.assert_array_equal(labels, annotator.painter.layer.data)
    assert about["name"] == "cells.tif objects"
    assert about["scale"] == about_image["scale"] == (0.5, 0.5)
    assert about["metadata"]["clicks"] == {1: [(10, 10, True)]}
    assert about["metadata"]["faseg_session"] == folder


def test_an_object_that_was_painted_since_is_opened_without_clicks(folder: str) -> None:
    session = ClickSession(DiscPredictor())
    session.set_image(IMAGE)
    session.load(folder)
    labels = np.zeros(IMAGE.shape, np.int32)
    labels[0, 0] = 1
    session.set_labels(labels)
    session.save(folder)
    assert [about["metadata"]["clicks"] for _, about, kind in read(folder) if kind == "labels"] == [
        {}
    ]


def test_an_image_that_is_gone_or_another_one_is_left_out(folder: str, file: Path) -> None:
    tifffile.imwrite(file, IMAGE + 1)
    assert [kind for _, _, kind in read(folder)] == ["labels"]
    file.unlink()
    assert [kind for _, _, kind in read(folder)] == ["labels"]


@pytest.mark.parametrize("kept", [2, 8, 300, -1])
def test_an_image_that_is_damaged_is_left_out_and_its_objects_open(
    folder: str, file: Path, kept: int
) -> None:
    tifffile.imwrite(file, IMAGE, compression="zlib")
    file.write_bytes(file.read_bytes()[:kept])
    assert [kind for _, _, kind in read(folder)] == ["labels"]


def test_an_image_that_a_library_cannot_read_for_any_reason_is_left_out(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path) -> np.ndarray:
        raise zlib.error("Error -5 while decompressing data")

    monkeypatch.setattr("napari_faseg.plugin.session_layers.read_as_napari", broken)
    assert [kind for _, _, kind in read(folder)] == ["labels"]


def test_the_plane_of_a_volume_is_opened_with_its_objects(tmp_path: Path) -> None:
    stack = np.stack([IMAGE, IMAGE + 7, IMAGE * 2, IMAGE * 3, IMAGE * 4])
    tifffile.imwrite(tmp_path / "stack.tif", stack)
    annotator = begin(tmp_path / "stack.tif", data=stack)
    [index] = (annotator._plane.index[axis] for axis in annotator._plane.fixed_axes)
    annotator.prompts.positive.add((index, 10, 10))
    annotator.finish()
    annotator.close()
    [place] = tmp_path.glob("*.faseg")
    image, labels = read(str(place))
    np.testing.assert_array_equal(image[0], stack[index])
    assert labels[0].sum() == annotator.painter.layer.data.sum()


def test_work_on_an_opened_session_goes_on_in_its_own_folder(
    folder: str, file: Path, tmp_path: Path
) -> None:
    annotator = begin(Path(folder))
    assert annotator.painter.layer.data[10, 10] == 1
    annotator.prompts.positive.add((15, 25))
    annotator.finish()
    annotator.close()
    stored = read_session(Path(folder))
    assert stored.state.n_objects == 2
    assert stored.about.facts["source"] == str(file)
    assert [path.name for path in tmp_path.glob("*.faseg")] == ["cells.tif.faseg"]


def test_a_folder_of_something_else_is_not_taken_for_a_session(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert get_reader(str(tmp_path)) is None


def test_a_layer_is_saved_with_the_clicks_of_its_objects(
    annotator: Annotator, tmp_path: Path
) -> None:
    data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    data = data.copy()
    data[:3, :3] = 5
    target = str(tmp_path / "copy.faseg")
    assert write_session(target, data, meta) == [target]
    stored = read_session(Path(target)).state
    np.testing.assert_array_equal(stored.labels, data)
    assert [click.pixel for click in stored.finished[1].clicks] == [(10, 10)]


def work_on_two(file: Path) -> Annotator:
    """Finish an object and begin another one, which is seen under label 2."""
    annotator = begin(file)
    annotator.prompts.positive.add((5, 5))
    annotator.finish()
    annotator.prompts.positive.add((14, 20))
    assert annotator.painter.layer.data[14, 20] == 2
    return annotator


def test_an_object_in_progress_is_saved_once_by_its_clicks_and_can_be_finished_later(
    file: Path, tmp_path: Path
) -> None:
    annotator = work_on_two(file)
    data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    target = str(tmp_path / "copy.faseg")
    write_session(target, data, meta)
    annotator.close()
    state = read_session(Path(target)).state
    np.testing.assert_array_equal(state.labels, np.where(data == 1, 1, 0))
    assert [click.pixel for click in state.clicks] == [(14, 20)]
    again = begin(Path(target))
    again.finish()
    np.testing.assert_array_equal(again.painter.layer.data, data)
    again.reopen(1)
    assert again.painter.label == 1
    again.close()


def test_an_object_in_progress_takes_no_pixel_of_a_finished_one_in_what_is_saved(
    file: Path, tmp_path: Path
) -> None:
    annotator = work_on_two(file)
    annotator.finish()
    annotator.overwrite = True
    annotator.prompts.positive.add((5, 7))
    data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    assert (data == 1).sum() < (read_session(Path(f"{file}.faseg")).state.labels == 1).sum()
    write_session(str(tmp_path / "copy.faseg"), data, meta)
    annotator.undo()
    data, _, _ = annotator.painter.layer.as_layer_data_tuple()
    annotator.close()
    state = read_session(tmp_path / "copy.faseg").state
    np.testing.assert_array_equal(state.labels, data)


def test_an_object_that_was_finished_in_the_meantime_is_saved_as_finished(
    file: Path, tmp_path: Path
) -> None:
    annotator = work_on_two(file)
    annotator.finish()
    annotator.close()
    data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    write_session(str(tmp_path / "copy.faseg"), data, meta)
    np.testing.assert_array_equal(read_session(tmp_path / "copy.faseg").state.labels, data)


def test_a_copy_of_the_layer_is_saved_with_the_objects_that_it_has_whatever_is_reopened_since(
    file: Path, tmp_path: Path
) -> None:
    annotator = work_on_two(file)
    annotator.finish()
    data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    copy = Labels(data.copy(), metadata=meta["metadata"])  # as napari duplicates a layer
    annotator.reopen(2)
    annotator.prompts.positive.add((14, 24))
    write_session(str(tmp_path / "copy.faseg"), copy.data, {"metadata": copy.metadata})
    write_coco(str(tmp_path / "copy.json"), copy.data, {"metadata": copy.metadata})
    annotator.close()
    state = read_session(tmp_path / "copy.faseg").state
    np.testing.assert_array_equal(state.labels, copy.data)
    assert not state.in_progress
    entries = json.loads((tmp_path / "copy.json").read_text())["annotations"]
    assert [(entry["id"], len(entry["clicks"])) for entry in entries] == [(1, 1), (2, 1)]


def test_coco_lacks_an_object_in_progress_and_says_so(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.session_layers.show_info", told.append)
    annotator = work_on_two(file)
    data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    write_coco(str(tmp_path / "objects.json"), data, meta)
    annotator.close()
    entries = json.loads((tmp_path / "objects.json").read_text())["annotations"]
    assert [len(entry["clicks"]) for entry in entries] == [1]
    assert told == ["The object in progress is not in objects.json: finish it first."]


def test_a_layer_is_saved_for_coco(annotator: Annotator, tmp_path: Path) -> None:
    data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    target = tmp_path / "objects.json"
    write_coco(str(target), data, meta)
    read_back = json.loads(target.read_text())
    assert [entry["area"] for entry in read_back["annotations"]] == [29]
    assert read_back["images"][0]["file_name"] == "cells.tif"


@pytest.mark.parametrize("write", [write_session, write_coco])
def test_a_layer_from_elsewhere_is_refused_in_one_sentence(write: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a layer of objects of a recorded session"):
        write(str(tmp_path / "new"), np.zeros((3, 3), int), {"metadata": {}})
    assert list(tmp_path.iterdir()) == []


def test_napari_finds_the_reader_and_the_writers(folder: str) -> None:
    manager = PluginManager()
    manager.register(PluginManifest.from_file(MANIFEST))
    readers = list(manager.iter_compatible_readers([folder]))
    assert [reader.command for reader in readers] == ["napari-faseg.read"]
    assert manager.get_writer("a.faseg", ["labels"])[0].command == "napari-faseg.write_session"
    assert manager.get_writer("a.json", ["labels"])[0].command == "napari-faseg.write_coco"


def test_the_image_opens_as_dark_and_as_bright_as_it_was_segmented(file: Path) -> None:
    annotator = begin(file)
    annotator.image.contrast_limits = (100, 400)
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    annotator.close()
    picture = read(f"{file}.faseg")[0]
    assert picture[1]["contrast_limits"] == (100, 400)
    assert ViewerModel().add_image(picture[0], **picture[1]).contrast_limits == [100, 400]


@pytest.mark.parametrize("limits", [None, [400.0, 400.0]])
def test_an_image_without_limits_that_can_be_shown_opens_as_napari_opens_it(
    limits: list[float] | None,
) -> None:
    pixels, options, kind = opened_image(
        IMAGE, {"view": {"contrast_limits": limits}}, is_rgb=False, name="cells"
    )
    assert (pixels is IMAGE, options, kind) == (True, {"rgb": False, "name": "cells"}, "image")


@pytest.mark.parametrize("name", ["new.faseg", "new.json"])
def test_who_saves_a_layer_from_elsewhere_in_napari_reads_why_that_cannot_be(
    tmp_path: Path, npe2pm: Any, name: str
) -> None:
    npe2pm.register(PluginManifest.from_file(MANIFEST))
    layer = Labels(np.zeros((3, 3), int))
    with pytest.raises(RuntimeError, match="expected a layer of objects of a recorded session"):
        layer.save(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []
