"""All planes of a stack are resumed by one start, and saved by one action."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_faseg.interaction import Click
from napari_faseg.interaction.label_files import export_stack
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.interaction.stack_folder import read_stack
from napari_faseg.plugin.annotator import Annotator, start
from napari_faseg.plugin.readers import get_reader
from napari_faseg.plugin.session_layers import write_coco, write_session
from napari_faseg.plugin.session_places import SESSION
from napari_faseg.plugin.stack_layers import PLANES
from tests.fakes import DiscPredictor
from tests.plugin.hand_cranked import HandCrankedRunner

STACK = np.arange(5 * 20 * 30, dtype=np.uint16).reshape(5, 20, 30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tifffile.imwrite(tmp_path / "stack.tif", STACK)
    return tmp_path / "stack.tif"


def add_image(viewer: ViewerModel, path: Path, data: np.ndarray = STACK) -> Image:
    image = viewer.add_image(data, name="stack")
    image._set_source(image.source.model_copy(update={"path": str(path)}))
    return image


def begin(path: Path, data: np.ndarray = STACK, z: int = 0, **options: Any) -> Annotator:
    viewer = ViewerModel()
    image = add_image(viewer, path, data)
    viewer.dims.set_point(0, z)
    return start(viewer, image, DiscPredictor(radius=2), **{"resume": True, **options})


def go_to(annotator: Annotator, z: int) -> None:
    annotator._viewer.dims.set_point(0, z)


def layer_of(annotator: Annotator) -> Labels:
    return annotator.painter.layer


def work(annotator: Annotator, *planes: int) -> None:
    """Finish an object on each plane, the labels of which are 1, 2, ..."""
    for z in planes:
        go_to(annotator, z)
        annotator.prompts.positive.add((z, 10, 5 + 5 * z))
        annotator.finish()


@pytest.fixture
def made(file: Path) -> Annotator:
    """What somebody has done on three of five planes, and left."""
    annotator = begin(file)
    work(annotator, 0, 2, 3)
    annotator.prompts.positive.add((3, 3, 3))
    annotator.close()
    return annotator


# Resumed


def test_a_start_brings_the_finished_objects_of_all_planes(made: Annotator, file: Path) -> None:
    again = begin(file, z=0)
    labels = layer_of(again).data
    for z, x in ((0, 5), (2, 15), (3, 20)):
        assert labels[z, 10, x] == layer_of(made).data[z, 10, x] > 0
    assert not labels[1].any()
    again.close()


def test_a_plane_that_was_laid_out_goes_on_with_its_clicks_and_its_folder(
    made: Annotator, file: Path, tmp_path: Path
) -> None:
    again = begin(file)
    go_to(again, 3)
    assert again.prompts.clicks() == (Click(3, 3),)
    again.finish()
    again.reopen(3)
    assert again.prompts.clicks() == (Click(10, 20),)
    again.close()
    assert len(list(tmp_path.glob("*.plane-3*.faseg"))) == 1


def work_on_crossing_planes(annotator: Annotator, x: int) -> None:
    """Finish an object on a plane, and one on a plane of other axes that goes through it."""
    work(annotator, 2)
    annotator._viewer.dims.set_point(2, x)
    annotator._viewer.dims.order = (2, 0, 1)
    annotator.prompts.positive.add((2, 10, x))
    annotator.finish()
    annotator._viewer.dims.order = (0, 1, 2)
    assert np.unique(layer_of(annotator).data[2]).tolist() == [0, 1, 2]


@pytest.mark.parametrize("is_saved", [False, True])
@pytest.mark.parametrize("z", [0, 2])
@pytest.mark.parametrize("x", [17, 20])
def test_planes_that_cross_are_all_brought_back_and_go_on(
    file: Path, x: int, z: int, is_saved: bool
) -> None:
    first = begin(file)
    work_on_crossing_planes(first, x)
    before = layer_of(first).data.copy()
    if is_saved:
        write_session(f"{file}.faseg", *layer_of(first).as_layer_data_tuple()[:2])
    first.close()
    again = begin(Path(f"{file}.faseg") if is_saved else file, z=z)
    np.testing.assert_array_equal(layer_of(again).data, before)
    go_to(again, 2)
    again.reopen(1)
    assert again.prompts.clicks() == (Click(10, 15),)
    again.finish()
    again._viewer.dims.set_point(2, x)
    again._viewer.dims.order = (2, 0, 1)
    again.reopen(2)
    assert again.prompts.clicks() == (Click(2, 10),)
    again.finish()
    np.testing.assert_array_equal(layer_of(again).data, before)
    again.close()


def test_a_new_object_gets_a_label_that_no_plane_has(made: Annotator, file: Path) -> None:
    again = begin(file, z=1)
    work(again, 1)
    label = layer_of(again).data[1, 10, 10]
    assert label > max(layer_of(made).data[z].max() for z in (0, 2)) - 1
    assert (layer_of(again).data[[0, 2, 3]] == label).sum() == 0
    again.close()


def test_objects_of_a_plane_with_other_pixels_are_not_laid_out(made: Annotator, file: Path) -> None:
    other = STACK.copy()
    other[2, 0, 0] += 1
    again = begin(file, other)
    assert not layer_of(again).data[2].any()
    assert layer_of(again).data[0].any()
    assert layer_of(again).data[3].any()
    again.close()


def test_nothing_is_laid_out_where_another_window_works(made: Annotator, file: Path) -> None:
    first = begin(file, z=2)
    second = begin(file, z=0)
    assert not layer_of(second).data[2].any()
    assert layer_of(second).data[3].any()
    for annotator in (first, second):
        annotator.close()


def test_nothing_is_laid_out_in_a_layer_of_ones_own_or_in_another_session(
    made: Annotator, file: Path
) -> None:
    other = begin(file, resume=False)
    assert not layer_of(other).data.any()
    other.close()
    viewer = ViewerModel()
    image = add_image(viewer, file)
    mine = viewer.add_labels(np.zeros(STACK.shape, np.int32))
    viewer.dims.set_point(0, 1)
    start(viewer, image, DiscPredictor(radius=2), objects=mine, resume=True).close()
    assert not mine.data.any()


def test_what_was_painted_or_begun_meanwhile_stays(made: Annotator, file: Path) -> None:
    viewer, runner = ViewerModel(), HandCrankedRunner()
    image = add_image(viewer, file)
    viewer.dims.set_point(0, 0)
    load = lambda: DiscPredictor(radius=2)  # noqa: E731
    again = Annotator(viewer, image, load, runner, resume=True)
    runner.turn()
    layer_of(again).data[2, 0, 0] = 9
    go_to(again, 3)
    runner.turn_all()
    assert again.prompts.clicks() == (Click(3, 3),)
    assert np.unique(layer_of(again).data[2]).tolist() == [0, 9]
    again.close()


def test_a_mask_that_is_on_its_way_is_shown_though_planes_are_laid_out(
    made: Annotator, file: Path
) -> None:
    viewer, runner = ViewerModel(), HandCrankedRunner()
    image = add_image(viewer, file)
    viewer.dims.set_point(0, 1)
    load = lambda: DiscPredictor(radius=2)  # noqa: E731
    again = Annotator(viewer, image, load, runner, resume=True)
    runner.turn()
    again.prompts.positive.add((1, 10, 25))
    runner.turn_all()
    assert layer_of(again).data[1, 10, 25] > 0
    assert layer_of(again).data[2].any()
    again.close()


# Saved


def finished_of(annotator: Annotator) -> np.ndarray:
    """Return the objects of the stack without the one that `made` has left in progress."""
    data = layer_of(annotator).data
    return np.where(data == data[3, 3, 3], 0, data)


def saved(annotator: Annotator, target: Path, write: Any = write_session) -> Path:
    data, meta, _ = layer_of(annotator).as_layer_data_tuple()
    assert write(str(target), data, meta) == [str(target)]
    return target


def test_one_action_saves_all_planes_also_those_nobody_looked_at_again(
    made: Annotator, file: Path, tmp_path: Path
) -> None:
    again = begin(file)
    target = saved(again, tmp_path / "all.faseg")
    again.close()
    stack = read_stack(target)
    np.testing.assert_array_equal(stack.labels, layer_of(again).data)
    assert len(stack.planes) == 3
    assert all(len(stored.state.finished) == 1 for stored in stack.planes)


def test_a_stack_with_pixels_of_a_known_size_is_exported_with_it(
    file: Path, tmp_path: Path
) -> None:
    viewer = ViewerModel()
    image = viewer.add_image(STACK, name="stack", scale=(2, 0.25, 0.5), units=("um",) * 3)
    image._set_source(image.source.model_copy(update={"path": str(file)}))
    viewer.dims.set_point(0, 0)
    annotator = start(viewer, image, DiscPredictor(radius=2), resume=True)
    annotator.prompts.positive.add((0, 10, 5))
    annotator.finish()
    target = saved(annotator, tmp_path / "all.faseg")
    annotator.close()
    export_stack(read_stack(target), tmp_path / "labels.tif")
    with tifffile.TiffFile(tmp_path / "labels.tif") as exported:
        known = str(exported.ome_metadata)
    for axis, size in (("Z", "2.0"), ("Y", "0.25"), ("X", "0.5")):
        assert f'PhysicalSize{axis}="{size}"' in known
        assert f'PhysicalSize{axis}Unit="µm"' in known


def test_a_saved_stack_opens_with_its_image_and_goes_on_in_its_own_folder(
    made: Annotator, tmp_path: Path
) -> None:
    target = saved(made, tmp_path / "all.faseg")
    reader = get_reader(str(target))
    assert reader is not None
    (image, _, kind), (labels, _, _) = reader(str(target))
    assert kind == "image"
    np.testing.assert_array_equal(image, STACK)
    np.testing.assert_array_equal(labels, finished_of(made))
    again = begin(target)
    np.testing.assert_array_equal(layer_of(again).data > 0, finished_of(made) > 0)
    work(again, 1)
    again.close()
    names = sorted(place.name for place in target.glob("*.faseg"))
    assert names == [f"plane-{z}.faseg" for z in range(4)]
    saved(again, target)
    assert read_stack(target).labels[1].any()


def test_a_stack_whose_image_is_another_one_opens_without_it(
    made: Annotator, file: Path, tmp_path: Path
) -> None:
    target = saved(made, tmp_path / "all.faseg")
    tifffile.imwrite(file, STACK + 1)
    reader = get_reader(str(target))
    assert reader is not None
    assert [kind for _, _, kind in reader(str(target))] == ["labels"]


def test_coco_has_an_image_for_each_plane(made: Annotator, tmp_path: Path) -> None:
    target = saved(made, tmp_path / "objects.json", write_coco)
    found = json.loads(target.read_text())
    names = [image["file_name"] for image in found["images"]]
    assert names == [f"stack.plane-{z}.tif" for z in (0, 2, 3)]
    areas = {a["image_id"]: 0 for a in found["annotations"]}
    for annotation in found["annotations"]:
        areas[annotation["image_id"]] += annotation["area"]
    assert list(areas.values()) == [(finished_of(made)[z] > 0).sum() for z in (0, 2, 3)]
    assert len({a["id"] for a in found["annotations"]}) == len(found["annotations"])


def go_on_in_saved(target: Path, z: int) -> Annotator:
    """Open a saved stack, and start with its layer of objects."""
    reader = get_reader(str(target))
    assert reader is not None
    viewer = ViewerModel()
    image, labels = (viewer.add_layer(Layer.create(*each)) for each in reader(str(target)))
    image._set_source(image.source.model_copy(update={"path": str(target)}))
    viewer.dims.set_point(0, z)
    return start(viewer, image, DiscPredictor(radius=2), objects=labels, resume=True)


def images_and_labels(target: Path) -> dict[str, list[int]]:
    """Return the labels of the annotations of each image in a COCO file that names each once."""
    found = json.loads(target.read_text())
    names = {image["id"]: image["file_name"] for image in found["images"]}
    assert len(set(names.values())) == len(found["images"])
    labels: dict[str, list[int]] = {name: [] for name in names.values()}
    for annotation in found["annotations"]:
        labels[names[annotation["image_id"]]].append(annotation["label"])
    return labels


def test_a_plane_of_an_opened_stack_that_is_gone_on_with_is_one_image_for_coco(
    file: Path, tmp_path: Path
) -> None:
    first = begin(file)
    work(first, 1, 3)
    target = saved(first, tmp_path / "all.faseg")
    first.close()
    again = go_on_in_saved(target, z=3)
    again.prompts.positive.add((3, 3, 3))
    again.finish()
    again.close()
    exported = saved(again, tmp_path / "objects.json", write_coco)
    assert images_and_labels(exported) == {"stack.plane-1.tif": [1], "stack.plane-3.tif": [2, 3]}


def test_a_plane_that_a_layer_names_twice_is_saved_once(made: Annotator, tmp_path: Path) -> None:
    folders = layer_of(made).metadata[PLANES]
    folders |= {f"{name} again": folder for name, folder in folders.items()}
    exported = saved(made, tmp_path / "objects.json", write_coco)
    names = [f"stack.plane-{z}.tif" for z in (0, 2, 3)]
    assert images_and_labels(exported) == dict(zip(names, ([1], [2], [3]), strict=True))


def test_of_two_sessions_of_a_plane_the_one_that_was_noted_last_is_saved(
    made: Annotator, file: Path, tmp_path: Path
) -> None:
    other = begin(file, z=2, resume=False)
    other.prompts.positive.add((2, 17, 25))  # is not finished
    other.close()
    layer_of(made).metadata[PLANES]["plane-2 again"] = layer_of(other).metadata[SESSION]
    target = saved(made, tmp_path / "all.faseg")
    stored = read_session(target / "plane-2.faseg")
    assert [click.pixel for click in stored.state.clicks] == [(17, 25)]
    assert len(images_and_labels(saved(made, tmp_path / "objects.json", write_coco))) == 3


def turn_to_row(annotator: Annotator, y: int) -> None:
    """Roll the axes: show the plane of a row of all planes."""
    annotator._viewer.dims.set_point(1, y)
    annotator._viewer.dims.order = (1, 0, 2)


@pytest.mark.parametrize("is_resumed", [False, True])
def test_planes_that_cross_at_the_same_index_are_both_saved(
    file: Path, tmp_path: Path, is_resumed: bool
) -> None:
    annotator = begin(file)
    work(annotator, 0)
    turn_to_row(annotator, 0)
    annotator.prompts.positive.add((3, 0, 20))
    annotator.finish()
    before = layer_of(annotator).data.copy()
    if is_resumed:
        annotator.close()
        annotator = begin(file, z=4)
    target = saved(annotator, tmp_path / "all.faseg")
    annotator.close()
    np.testing.assert_array_equal(read_stack(target).labels, before)
    for name, label, pixel in (("plane-0", 1, (10, 5)), ("plane-0-axes-0-2", 2, (3, 20))):
        finished = read_session(target / f"{name}.faseg").state.finished
        assert [click.pixel for click in finished[label].clicks] == [pixel]


def test_the_clicks_of_an_object_in_progress_on_a_plane_that_is_not_on_screen_are_saved(
    file: Path, tmp_path: Path
) -> None:
    annotator = begin(file)
    annotator.prompts.positive.add((0, 10, 5))  # is not finished
    go_to(annotator, 2)
    annotator.prompts.positive.add((2, 10, 15))  # nor is this
    turn_to_row(annotator, 0)
    annotator.prompts.positive.add((4, 0, 20))
    annotator.finish()
    target = saved(annotator, tmp_path / "all.faseg")
    annotator.close()
    for name, clicks in (
        ("plane-0", [(10, 5)]),
        ("plane-2", [(10, 15)]),
        ("plane-0-axes-0-2", []),
    ):
        stored = read_session(target / f"{name}.faseg")
        assert [click.pixel for click in stored.state.clicks] == clicks
    assert np.unique(read_stack(target).labels).tolist() == [0, 3]


def test_objects_on_planes_without_a_session_are_refused_and_nothing_is_written(
    made: Annotator, tmp_path: Path
) -> None:
    layer_of(made).data[1, 4, 4] = 9
    with pytest.raises(ValueError, match=r"a plane that has none, at \(1, 4, 4\): move the slider"):
        saved(made, tmp_path / "all.faseg")
    assert not (tmp_path / "all.faseg").exists()


def test_painted_planes_have_a_session_as_soon_as_they_are_looked_at(
    file: Path, tmp_path: Path
) -> None:
    annotator = begin(file)
    work(annotator, 0)
    layer_of(annotator).data[1, 4, 4] = 9
    go_to(annotator, 1)
    annotator.close()
    target = saved(annotator, tmp_path / "all.faseg")
    assert read_stack(target).labels[1, 4, 4] == 9


def test_a_folder_of_something_else_or_of_other_planes_is_not_written_to(
    made: Annotator, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="expected a new folder or a saved stack"):
        saved(made, tmp_path / "mine")
    target = saved(made, tmp_path / "all.faseg")
    other = begin(file, resume=False)
    work(other, 1)
    other.close()
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    with pytest.raises(FileExistsError, match=r"has other planes, too \(plane-0.faseg, "):
        saved(other, target)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


def test_each_plane_is_a_session_of_its_own_in_the_folder(made: Annotator, tmp_path: Path) -> None:
    target = saved(made, tmp_path / "all.faseg")
    stored = read_session(target / "plane-3.faseg")
    assert [click.pixel for found in stored.state.finished.values() for click in found.clicks] == [
        (10, 20)
    ]
    assert [click.pixel for click in stored.state.clicks] == [(3, 3)]
