"""A click in world coordinates means one pixel: for the session, in the points, in the labels."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from napari.components import ViewerModel

from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.coordinates import TRANSFORMS
from tests.fakes import DiscPredictor
from tests.plugin.gestures import click

ONE_PIXEL = 0.4  # the radius of a disc that is one pixel
SIZES = st.integers(2, 6)
FACTORS = st.floats(0.2, 5)
SIGNS = st.sampled_from((1, -1))
OFFSETS = st.floats(-0.4, 0.4)


class OnePixel(DiscPredictor):
    """Answers with the clicked pixels, and remembers the image."""

    def __init__(self):
        super().__init__(ONE_PIXEL)

    def set_image(self, image):
        super().set_image(image)
        self.image = np.asarray(image)

    def predict(self, clicks, previous):
        found = [type(c)(*c.pixel, c.positive) for c in clicks]
        self.calls.append((tuple(clicks), previous))
        return DiscPredictor.predict(self, found, previous) if found else super().predict((), None)


@st.composite
def places(draw, ndim=None):
    """A shape, an order of axes, an index, a place in its pixel, and transforms of what is shown.

    napari shows planes along the axes of the data: what turns or shears an axis of the slider into
    the screen has no plane of pixels, so only the two axes on screen are mixed.
    """
    n = draw(st.integers(2, 4) if ndim is None else ndim)
    shape = tuple(draw(st.lists(SIZES, min_size=n, max_size=n)))
    order = tuple(draw(st.permutations(range(n))))
    index = np.array([draw(st.integers(0, size - 1)) for size in shape])
    point = index.astype(float)
    for axis in order[-2:]:
        point[axis] += draw(OFFSETS)
    return shape, order, index, point, _transforms(draw, n, sorted(order[-2:]))


def _transforms(draw, n, mixed):
    transforms = {
        "scale": [draw(FACTORS) * draw(SIGNS) for _ in range(n)],
        "translate": [draw(st.floats(-50, 50)) for _ in range(n)],
    }
    if draw(st.booleans()):
        angle = draw(st.floats(-3, 3))
        rotation = np.eye(n)
        turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        rotation[np.ix_(mixed, mixed)] = turn
        transforms["rotate"] = rotation
    if draw(st.booleans()):
        shear = np.eye(n)
        shear[mixed[0], mixed[1]] = draw(st.floats(-0.8, 0.8))
        transforms["shear"] = shear
    if draw(st.booleans()):
        affine = np.diag([*(draw(FACTORS) for _ in range(n)), 1.0])
        affine[mixed[0], mixed[1]] = draw(st.floats(-0.1, 0.1))
        affine[:n, n] = [draw(st.floats(-50, 50)) for _ in range(n)]
        transforms["affine"] = affine
    return transforms


def shown_at(viewer, image, order, point):
    """Turn the viewer to a point of the data; return where it is in the world."""
    n_missing = viewer.dims.ndim - image.ndim
    viewer.dims.order = (*range(n_missing), *(axis + n_missing for axis in order))
    world = np.concatenate([np.zeros(n_missing), image.data_to_world(point)])
    viewer.dims.point = tuple(world)
    return world


def value_at(layer, world, viewer):
    """The value that napari reads under the mouse."""
    value = layer.get_value(
        world, view_direction=None, dims_displayed=list(viewer.dims.displayed), world=True
    )
    return value[1] if isinstance(value, tuple) else value


def click_lands_on(viewer, image, order, index, point):
    """Click at a point of the data and check that everybody has the pixel of that index."""
    predictor = OnePixel()
    world = shown_at(viewer, image, order, point)
    annotator = start(viewer, image, predictor)
    click(viewer, world)
    axes = sorted(order[-2:])
    [(clicks, _)] = predictor.calls[:1]
    assert clicks[0].pixel == tuple(index[axes])
    assert np.rint(annotator.prompts.positive.data).tolist() == [index.tolist()]
    assert np.argwhere(annotator.painter.layer.data).tolist() == [index.tolist()]
    assert value_at(annotator.painter.layer, world, viewer) == 1
    annotator.close()
    return predictor.image


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")  # of negative scales, says napari
@settings(max_examples=20, deadline=None)
@given(places())
def test_a_click_lands_on_the_same_pixel_everywhere(place):
    shape, order, index, point, transforms = place
    viewer = ViewerModel()
    data = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    image = viewer.add_image(data, **transforms)
    before = {name: np.array(getattr(image, name), copy=True) for name in TRANSFORMS[:4]}
    affine = image.affine.affine_matrix.copy()
    seen = click_lands_on(viewer, image, order, index, point)
    assert seen[tuple(index[sorted(order[-2:])])] == data[tuple(index)]
    assert value_at(image, shown_at(viewer, image, order, point), viewer) == data[tuple(index)]
    assert all(np.array_equal(getattr(image, name), was) for name, was in before.items())
    assert np.array_equal(image.affine.affine_matrix, affine)
    assert np.array_equal(image.data, np.arange(np.prod(shape)).reshape(shape))


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")
@settings(max_examples=20, deadline=None)
@given(places(), st.data())
def test_a_click_lands_on_the_same_pixel_after_the_image_was_moved(place, data):
    shape, order, index, point, transforms = place
    viewer = ViewerModel()
    image = viewer.add_image(np.zeros(shape, np.float32))
    shown_at(viewer, image, order, point)
    annotator = start(viewer, image, OnePixel())
    annotator.show_probability = True
    names = data.draw(st.permutations(list(transforms)))
    for name in names:
        setattr(image, name, transforms[name])
    world = shown_at(viewer, image, order, point)
    annotator.buttons.select()
    click(viewer, world)
    objects, view = annotator.painter.layer, viewer.layers["Image probability"]
    assert np.rint(annotator.prompts.positive.data).tolist() == [index.tolist()]
    assert np.argwhere(objects.data).tolist() == [index.tolist()]
    for layer in (objects, view, *annotator.prompts.layers):
        assert np.allclose(layer.data_to_world(point), image.data_to_world(point))
    assert value_at(objects, world, viewer) == 1
    annotator.close()


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")
@settings(max_examples=12, deadline=None)
@given(places(ndim=st.integers(3, 4)), st.booleans())
def test_a_click_on_channels_lands_on_its_pixel_before_and_after_a_move(place, is_moved):
    shape, order, index, point, transforms = place
    viewer = ViewerModel()
    axis = order[0]
    image = viewer.add_image(np.zeros(shape, np.float32), **({} if is_moved else transforms))
    shown_at(viewer, image, order, point)
    annotator = start(viewer, image, OnePixel(), channel_axis=axis)
    for name, value in transforms.items():
        setattr(image, name, value)
    world = shown_at(viewer, image, order, point)
    click(viewer, world)
    objects = annotator.painter.layer
    wanted = [0 if n == axis else at for n, at in enumerate(index.tolist())]
    wanted = wanted[1:] if axis == 0 else wanted
    assert np.argwhere(objects.data).tolist() == [wanted]
    assert annotator.prompts.clicks()[0].pixel == tuple(index[sorted(order[-2:])])
    for channel in range(shape[axis]):
        there = point.copy()
        there[axis] = channel
        assert value_at(objects, shown_at(viewer, image, order, there), viewer) == 1
    annotator.close()


def test_clicks_and_objects_that_are_there_follow_the_image(viewer):
    image = viewer.add_image(np.zeros((20, 30)), name="image")
    annotator = start(viewer, image, OnePixel())
    click(viewer, (5, 7))
    annotator.finish()
    click(viewer, (12, 3))
    image.translate, image.scale, image.units = (100, -50), (2, 3), "um"
    for pixel, value in (((5, 7), 1), ((12, 3), 2)):
        assert value_at(annotator.painter.layer, image.data_to_world(pixel), viewer) == value
    assert value_at(annotator.prompts.positive, image.data_to_world((12, 3)), viewer) == 0
    assert annotator.painter.layer.units == annotator.prompts.negative.units == image.units
    annotator.close()


def test_objects_of_the_person_stay_where_they_lie(viewer):
    image = viewer.add_image(np.zeros((20, 30)))
    objects = viewer.add_labels(np.zeros((20, 30), np.int32), translate=(1, 1))
    annotator = start(viewer, image, OnePixel(), objects=objects)
    image.translate = (100, -50)
    assert tuple(objects.translate) == (1, 1)
    click(viewer, image.data_to_world((5, 7)))
    assert objects.data[5, 7] == 1
    annotator.close()
    image.translate = (0, 0)
    assert tuple(annotator.prompts.positive.translate) == (100, -50)


def test_the_plane_that_a_slider_stands_for_after_a_move_is_the_one_that_is_segmented(viewer):
    image = viewer.add_image(np.zeros((5, 20, 30)))
    viewer.dims.set_point(0, 4)
    annotator = start(viewer, image, OnePixel())
    image.scale = (2, 1, 1)  # what was plane 4 is at 8 now
    click(viewer, (4, 5, 7))
    assert np.argwhere(annotator.painter.layer.data).tolist() == [[2, 5, 7]]
    annotator.close()


@settings(max_examples=6, deadline=None)
@given(places(ndim=st.just(2)))
def test_a_flat_image_beside_a_volume_is_clicked_where_it_lies(place):
    shape, order, index, point, transforms = place
    viewer = ViewerModel()
    viewer.add_image(np.zeros((3, 4, 5)))
    image = viewer.add_image(np.zeros(shape, np.float32), **transforms)
    click_lands_on(viewer, image, order, index, point)


@settings(max_examples=6, deadline=None)
@given(places(ndim=st.integers(2, 3)), st.sampled_from((np.uint8, np.float32)))
def test_a_click_on_a_colour_image_lands_on_its_pixel(place, dtype):
    shape, order, index, point, transforms = place
    viewer = ViewerModel()
    image = viewer.add_image(np.zeros((*shape, 3), dtype), rgb=True, **transforms)
    seen = click_lands_on(viewer, image, order, index, point)
    assert seen.shape == (*(shape[axis] for axis in sorted(order[-2:])), 3)
    assert seen.dtype == np.uint8


@settings(max_examples=6, deadline=None)
@given(places(ndim=st.integers(2, 3)))
def test_a_click_on_a_pyramid_lands_on_the_pixel_of_full_resolution(place):
    shape, order, index, point, transforms = place
    viewer = ViewerModel()
    full = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    finer = np.kron(full, np.ones((2,) * len(shape), np.float32))
    pyramid = {"multiscale": True, "contrast_limits": (-1, 2000)}
    image = viewer.add_image([finer, full], **pyramid, **transforms)
    at = 2 * index
    seen = click_lands_on(viewer, image, order, at, point + index)
    assert seen[tuple(at[sorted(order[-2:])])] == full[tuple(index)]


@pytest.mark.parametrize("channel", [0, 1])
def test_of_an_image_with_a_channel_axis_each_layer_is_clicked_for_itself(channel):
    viewer = ViewerModel()
    data = np.stack([np.zeros((4, 6, 7)), np.ones((4, 6, 7))], axis=1)
    layers = viewer.add_image(data, channel_axis=1, scale=(3, 2, 2))
    index = np.array([2, 4, 5])
    seen = click_lands_on(viewer, layers[channel], (0, 1, 2), index, [2, 4.3, 4.7])
    assert np.all(seen == channel)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_only_the_plane_that_is_shown_is_computed(order):
    lazy = Lazy(np.random.default_rng(0).integers(0, 60000, (5, 6, 7), np.uint16))
    viewer = ViewerModel()
    image = viewer.add_image(lazy, contrast_limits=(0, 65535))
    index = np.array([3, 4, 5])
    shown_at(viewer, image, order, index)
    lazy.largest_read = 0
    seen = click_lands_on(viewer, image, order, index, index.astype(float))
    key = tuple(index[axis] if axis == order[0] else slice(None) for axis in range(3))
    assert np.array_equal(seen, lazy.array[key])
    assert lazy.largest_read == seen.size


def test_of_a_dask_array_only_the_chunks_of_the_plane_are_computed():
    da = pytest.importorskip("dask.array")
    computed = []

    def chunk(block_info=None):
        computed.append(block_info[None]["array-location"][0][0])
        return np.full((1, 8, 9), computed[-1], np.float32)

    stack = da.map_blocks(chunk, chunks=((1,) * 6, (8,), (9,)), dtype=np.float32)
    viewer = ViewerModel()
    image = viewer.add_image(stack, contrast_limits=(0, 10))
    index = np.array([4, 3, 2])
    shown_at(viewer, image, (0, 1, 2), index)
    computed.clear()
    seen = click_lands_on(viewer, image, (0, 1, 2), index, index.astype(float))
    assert set(computed) == {4}
    assert np.all(seen == 4)


def test_a_plane_that_is_too_large_is_refused_before_it_is_read(viewer):
    da = pytest.importorskip("dask.array")
    n_read = []

    def chunk(block_info=None):
        n_read.append(1)
        return np.zeros((1000, 1000), np.uint8)

    huge = da.map_blocks(chunk, chunks=((1000,) * 20, (1000,) * 20), dtype=np.uint8)
    pyramid = [huge, da.zeros((200, 200), np.uint8)]
    image = viewer.add_image(pyramid, multiscale=True, contrast_limits=(0, 255), name="slide")
    n_read.clear()
    with pytest.raises(ValueError, match="20000 x 20000: crop slide, or open a smaller copy"):
        start(viewer, image, OnePixel())
    assert n_read == []
    assert [layer.name for layer in viewer.layers] == ["slide"]


class Lazy:
    """An array as zarr has them: it reads what is asked for, and counts it."""

    def __init__(self, array):
        self.array = array
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim
        self.largest_read = 0

    def __len__(self):
        return len(self.array)

    def __getitem__(self, key):
        part = self.array[key]
        self.largest_read = max(self.largest_read, part.size)
        return part
