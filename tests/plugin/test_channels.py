"""Images with an axis of channels: what the network is shown, and one layer for all channels."""

import json

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.layers.utils.stack_utils import images_to_stack

from napari_faseg.interaction import Click
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.image_choice import CHOICE, ImageChoice
from napari_faseg.plugin.readers import get_reader
from napari_faseg.plugin.session_layers import write_session
from tests.fakes import DiscPredictor, discs
from tests.plugin.gestures import click

N_CHANNELS = 4


class Looker(DiscPredictor):
    """Remembers the images that it was given."""

    def __init__(self):
        super().__init__(radius=1)
        self.seen = []

    def set_image(self, image):
        super().set_image(image)
        self.seen.append(np.asarray(image))


@pytest.fixture
def predictor():
    return Looker()


def cells(n_channels=N_CHANNELS):
    """Channels of (12, 15) pixels; the values of channel c are 1000 c and more."""
    rng = np.random.default_rng(0)
    return np.stack([1000 * c + rng.integers(0, 100, (12, 15)) for c in range(n_channels)]).astype(
        np.uint16
    )


def world_of(image, index):
    return image.data_to_world(index)


def disc(*positions, label=1):
    clicks = [Click(*position) for position in positions]
    return np.where(discs(clicks, (12, 15), 1) > 0.5, label, 0)


# What the network is shown


@pytest.mark.parametrize("channels", [(2,), (3, 1), (0, 3, 2)])
def test_the_channels_that_were_chosen_are_its_colours(viewer, predictor, channels):
    image = viewer.add_image(cells(), contrast_limits=(50, 2050))
    start(viewer, image, predictor, channel_axis=0, channels=channels)
    [seen] = predictor.seen
    shade = np.clip((np.moveaxis(cells()[list(channels)], 0, -1) - 50.0) / 2000, 0, 1)
    wanted = np.rint(shade * 255)
    assert np.array_equal(seen, wanted[:, :, 0] if len(channels) == 1 else wanted)


@pytest.mark.parametrize(("n_channels", "n_seen"), [(2, 2), (3, 3), (9, 3)])
def test_up_to_three_channels_are_shown_unless_some_are_chosen(
    viewer, predictor, n_channels, n_seen
):
    start(viewer, viewer.add_image(cells(n_channels)), predictor, channel_axis=0)
    assert predictor.seen[0].shape == (12, 15, n_seen)


def test_layers_that_napari_merged_to_a_stack_are_channels(viewer, predictor):
    layers = viewer.add_image(cells(2), channel_axis=0)
    assert len(layers) == 2, "napari has split them"
    image = viewer.add_layer(images_to_stack(layers))
    start(viewer, image, predictor, channel_axis=0, percentiles=(0, 100))
    [seen] = predictor.seen
    for n in range(2):
        shade = cells(2)[n] - cells(2)[n].min()
        assert np.array_equal(seen[:, :, n], np.rint(shade / shade.max() * 255))


def test_without_a_channel_axis_each_channel_is_a_plane_as_before(viewer, predictor):
    image = viewer.add_image(cells())
    viewer.dims.set_point(0, 2)
    annotator = start(viewer, image, predictor)
    assert predictor.seen[0].shape == (12, 15)
    assert annotator.painter.layer.data.shape == (N_CHANNELS, 12, 15)


def test_percentiles_stretch_each_channel_for_itself_and_ignore_the_contrast(viewer, predictor):
    image = viewer.add_image(cells(), contrast_limits=(0, 10))
    start(viewer, image, predictor, channel_axis=0, channels=(0, 3), percentiles=(10, 80))
    [seen] = predictor.seen
    for n, channel in enumerate((0, 3)):
        low, high = np.percentile(cells()[channel], (10, 80))
        shade = np.clip((cells()[channel] - low) / (high - low), 0, 1)
        assert np.abs(seen[:, :, n] - 255 * shade).max() <= 0.5 + 1e-6


def test_percentiles_are_those_of_the_plane_on_screen(viewer, predictor):
    stack = np.stack([np.full((12, 15), 7), cells(1)[0]]).astype(np.float32)
    stack[1, 0, 0] = np.nan
    image = viewer.add_image(stack)
    viewer.dims.set_point(0, 1)
    start(viewer, image, predictor, percentiles=(0, 100))
    [seen] = predictor.seen
    assert (seen.min(), seen.max(), seen[0, 0]) == (0, 255, 0)


def test_percentiles_of_a_colour_image_keep_its_colours(viewer, predictor):
    colours = np.zeros((12, 15, 4), np.uint8)
    colours[..., 0], colours[..., 1], colours[..., 3] = 40, 20, 255
    image = viewer.add_image(colours, rgb=True)
    start(viewer, image, predictor, percentiles=(0, 100))
    assert predictor.seen[0][0, 0].tolist() == [255, 128, 0]


def test_a_colour_image_is_shown_as_it_is(viewer, predictor):
    colours = np.random.default_rng(0).integers(0, 255, (12, 15, 3), np.uint8)
    start(viewer, viewer.add_image(colours, rgb=True, contrast_limits=(100, 120)), predictor)
    assert np.array_equal(predictor.seen[0], colours)


# One layer of objects for all channels

LAYOUTS = {  # the shape of the image, its axis of channels, the shape of its objects
    "cyx": ((3, 12, 15), 0, (12, 15)),
    "yxc": ((12, 15, 3), 2, (12, 15, 1)),
    "czyx": ((3, 4, 12, 15), 0, (4, 12, 15)),
    "zcyx": ((4, 3, 12, 15), 1, (4, 1, 12, 15)),
    "tczyx": ((2, 3, 4, 12, 15), 1, (2, 1, 4, 12, 15)),
}


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_objects_and_clicks_are_seen_at_their_pixel_on_every_channel(viewer, predictor, layout):
    shape, axis, shape_of_objects = LAYOUTS[layout]
    scale = np.arange(1.5, 1.5 + len(shape))
    image = viewer.add_image(np.zeros(shape, np.uint8), scale=scale, translate=-7 * scale)
    y, x = layout.index("y"), layout.index("x")
    rest = [n for n in range(len(shape)) if n not in (y, x, axis)]
    viewer.dims.order = (axis, *rest, y, x)
    index = np.array([1] * len(shape))
    index[y], index[x], index[axis] = 5, 9, 2
    viewer.dims.point = tuple(world_of(image, index))
    annotator = start(viewer, image, predictor, channel_axis=axis)
    click(viewer, world_of(image, index))
    objects, clicks = annotator.painter.layer, annotator.prompts.positive
    assert objects.data.shape == shape_of_objects
    assert annotator.prompts.clicks() == (Click(5, 9),)
    assert np.count_nonzero(objects.data) == 5
    for channel in range(3):
        index[axis] = channel
        world = world_of(image, index)
        viewer.dims.point = tuple(world)
        for layer, value in ((objects, 1), (clicks, 0)):
            there = {"view_direction": None, "dims_displayed": list(viewer.dims.displayed)}
            assert layer.get_value(world, world=True, **there) == value
    assert len(predictor.seen) == 1


def test_the_slider_of_the_channels_turns_no_plane(viewer, predictor):
    image = viewer.add_image(cells())
    annotator = start(viewer, image, predictor, channel_axis=0)
    for channel in range(N_CHANNELS):
        viewer.dims.set_point(0, channel)
        click(viewer, (channel, 5, 2 + 3 * channel))
    assert len(predictor.seen) == 1
    assert [c.x for c in annotator.prompts.clicks()] == [2, 5, 8, 11]
    annotator.finish()
    assert np.unique(annotator.painter.layer.data).tolist() == [0, 1]


def test_a_channel_axis_behind_a_slider_has_the_slider_it_had(viewer, predictor):
    image = viewer.add_image(np.zeros((4, 3, 12, 15), np.uint8), scale=(2, 3, 1, 1))
    before = viewer.dims.range, viewer.dims.nsteps
    start(viewer, image, predictor, channel_axis=1)
    assert (viewer.dims.range, viewer.dims.nsteps) == before


def test_each_plane_beside_the_channels_has_its_own_session(viewer, predictor):
    image = viewer.add_image(np.stack([cells(2), cells(2) + 500], axis=1))  # c, z, y, x
    annotator = start(viewer, image, predictor, channel_axis=0)
    for z in (0, 1):
        viewer.dims.set_point(1, z)
        click(viewer, (0, z, 5, 5))
        annotator.finish()
    assert np.array_equal(annotator.painter.layer.data[1], disc((5, 5), label=2))
    annotator.close()


def test_flat_objects_of_another_tool_are_gone_on_with(viewer, predictor):
    image = viewer.add_image(cells())
    there = viewer.add_layer(Labels(disc((8, 8), label=6).astype(np.int32)))
    annotator = start(viewer, image, predictor, channel_axis=0, objects=there)
    click(viewer, (0, 3, 3))
    annotator.finish()
    assert np.array_equal(there.data, disc((8, 8), label=6) + disc((3, 3), label=7))


def test_the_probability_is_seen_on_every_channel(viewer, predictor):
    annotator = start(viewer, viewer.add_image(cells(), name="cells"), predictor, channel_axis=0)
    click(viewer, (0, 3, 3))
    annotator.show_probability = True
    assert viewer.layers["cells probability"].data.shape == (12, 15)


def test_objects_remember_what_the_network_was_shown(viewer, predictor):
    annotator = start(viewer, viewer.add_image(cells()), predictor, channel_axis=0, channels=(2,))
    annotator.channels = (1, 3)
    assert ImageChoice.made_with(annotator.painter.layer) == ImageChoice(0, (1, 3))


# What is refused


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"channel_axis": 3}, "expected the channel axis of an image with two axes beside it"),
        ({"channel_axis": 0, "channels": ()}, "expected one to 3 of the 4 channels of cells"),
        ({"channel_axis": 0, "channels": (0, 4)}, r"0 to 3, got \(0, 4\)"),
        ({"channel_axis": 0, "channels": (0, 1, 2, 3)}, "expected one to 3 of the 4 channels"),
        ({"channels": (0,)}, "expected a channel axis for the channels"),
        ({"percentiles": (99, 1)}, r"expected percentiles 0 <= low < high <= 100, got \(99, 1\)"),
        ({"channel_axis": -1}, "expected the pixels of cells on screen, got its channels, axis 2"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_and_adds_no_layer(
    viewer, predictor, arguments, sentence
):
    image = viewer.add_image(cells(), name="cells")
    with pytest.raises(ValueError, match=sentence):
        start(viewer, image, predictor, **arguments)
    assert list(viewer.layers) == [image]


def test_a_colour_image_has_no_channel_axis_to_choose(viewer, predictor):
    image = viewer.add_image(np.zeros((4, 12, 15, 3), np.uint8), rgb=True, name="photograph")
    with pytest.raises(ValueError, match="photograph is in colour already"):
        start(viewer, image, predictor, channel_axis=0)


def test_channels_that_come_on_screen_are_told_and_take_no_clicks(viewer, predictor, monkeypatch):
    told = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_info", told.append)
    image = viewer.add_image(cells(), name="cells")
    annotator = start(viewer, image, predictor, channel_axis=0)
    viewer.dims.order = (1, 0, 2)
    click(viewer, (0, 5, 5))
    assert [sentence[:44] for sentence in told] == ["expected the pixels of cells on screen, got "]
    assert annotator.prompts.clicks() == ()


# Recorded


def begin(path, **choice):
    viewer = ViewerModel()
    image = viewer.add_image(tifffile.imread(path), name="cells", scale=(1, 0.5, 0.5))
    image._set_source(image.source.model_copy(update={"path": str(path)}))
    predictor = Looker()
    return start(viewer, image, predictor, resume=True, **choice), predictor


@pytest.fixture
def file(tmp_path):
    tifffile.imwrite(tmp_path / "cells.tif", cells(), photometric="minisblack")
    return tmp_path / "cells.tif"


def test_work_goes_on_with_other_channels_of_the_same_image(file):
    first, _ = begin(file, channel_axis=0, channels=(0,))
    first.prompts.positive.add((5, 5))
    first.finish()
    first.close()
    second, _ = begin(file, channel_axis=0, channels=(1, 2), percentiles=(1, 99))
    assert np.array_equal(second.painter.layer.data, disc((5, 5)))
    second.prompts.positive.add((9, 9))
    second.close()
    [place] = file.parent.glob("*.faseg")
    view = read_session(place).about.facts["view"]
    assert (view["channels"], view["percentiles"]) == ([1, 2], [1.0, 99.0])


def test_a_recorded_session_of_channels_opens_with_all_of_them(file, tmp_path):
    annotator, _ = begin(file, channel_axis=0, channels=(3, 1))
    annotator.prompts.positive.add((5, 5))
    annotator.finish()
    annotator.close()
    picture, labels = get_reader(str(tmp_path / "cells.tif.faseg"))(
        str(tmp_path / "cells.tif.faseg")
    )
    assert np.array_equal(picture[0], cells())
    assert (picture[1]["rgb"], picture[1]["scale"]) == (False, (1, 0.5, 0.5))
    assert np.array_equal(labels[0], disc((5, 5)))


def test_an_opened_session_of_channels_goes_on_with_those_that_it_was_made_with(file, tmp_path):
    annotator, _ = begin(file, channel_axis=0, channels=(3, 1), percentiles=(2, 98))
    annotator.prompts.positive.add((5, 5))
    annotator.finish()
    annotator.close()
    made = ImageChoice(0, (3, 1), (2.0, 98.0))
    for data, about, kind in get_reader(f"{file}.faseg")(f"{file}.faseg"):
        layer = {"image": Image, "labels": Labels}[kind](data, **about)
        assert ImageChoice.made_with(layer) == made


def test_the_plane_of_objects_with_one_pixel_for_the_channels_is_saved(tmp_path):
    stack = np.stack([cells(2), cells(2) + 7])  # z, c, y, x
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    viewer = ViewerModel()
    image = viewer.add_image(stack, name="stack")
    image._set_source(image.source.model_copy(update={"path": str(tmp_path / "stack.tif")}))
    viewer.dims.set_point(0, 1)
    annotator = start(viewer, image, Looker(), resume=True, channel_axis=1)
    click(viewer, (1, 0, 5, 5))
    annotator.finish()
    data, meta, _ = annotator.painter.layer.as_layer_data_tuple()
    annotator.close()
    write_session(str(tmp_path / "copy.faseg"), data, meta)
    stored = read_session(tmp_path / "copy.faseg" / "plane-1.faseg")
    assert np.array_equal(stored.state.labels, disc((5, 5)))
    assert json.loads(json.dumps(stored.about.facts["view"]))["channel_axis"] == 1
    opened = get_reader(str(tmp_path / "copy.faseg"))(str(tmp_path / "copy.faseg"))
    assert [about["metadata"][CHOICE] for _, about, _ in opened] == [ImageChoice(1, (0, 1))] * 2
