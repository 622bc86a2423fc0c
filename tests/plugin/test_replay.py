import numpy as np
import pytest

pytest.importorskip("napari")

from napari_faseg.datasets import Sample
from napari_faseg.interaction import Click
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.replay import CLICKS, MASK, ReplayLayers, replayed
from napari_faseg.plugin.view import camera_of
from tests.fakes import DiscPredictor, discs

A, NOT_B = Click(10, 12), Click(14, 20, positive=False)


def replay_on(*index):
    """Return a replay on a plane of the last two axes, at these places along those before."""
    image = np.zeros((30, 40), np.uint8)
    sample = Sample("a", image, discs([A], image.shape, 5) > 0.5)
    n = len(index)
    plane = Plane((n, n + 1), (*index, 0, 0), image.shape)
    return replayed(DiscPredictor(5), sample, [A, NOT_B], plane)


@pytest.fixture
def replay():
    return replay_on(2)


def test_a_replay_has_the_mask_after_each_click(replay) -> None:
    np.testing.assert_array_equal(replay.masks[0], discs([A], (30, 40), 5) > 0.5)
    np.testing.assert_array_equal(replay.masks[1], discs([A, NOT_B], (30, 40), 5) > 0.5)


def test_the_layers_lie_on_the_plane_of_the_object(replay, viewer) -> None:
    image = viewer.add_image(
        np.zeros((4, 30, 40), np.uint8), scale=(5, 2, 2), translate=(1, 10, 20)
    )
    layers = ReplayLayers(viewer)
    layers.show(Overlay(image), replay, 1)
    layers.show(Overlay(image), replay, 2)
    assert viewer.dims.current_step[0] == 2
    mask, clicks = viewer.layers[MASK], viewer.layers[CLICKS]
    assert len(viewer.layers) == 3
    assert len(clicks.data) == 2
    place = image.data_to_world((2, A.y, A.x))
    np.testing.assert_allclose(clicks.data_to_world(clicks.data[0]), place)
    np.testing.assert_allclose(mask.data_to_world((0, A.y, A.x)), place)
    assert mask.data[0, 10, 12] == 1
    layers.remove()
    assert list(viewer.layers) == [image]


PLACES = {
    "as it is": {},
    "larger": {"scale": (5, 2, 2), "translate": (1, 10, 20)},
    "with an affine": {"affine": np.diag([2.0, 3, 1, 1]), "scale": (2, 1, 1)},
    "mirrored and turned": {
        "scale": (-2, 1, 1),
        "rotate": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0.0]]),
        "affine": np.array([[2, 0, 0, 7], [0, 1, 0.5, 3], [0, 0, 1, 2], [0, 0, 0, 1]]),
    },
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_replay_lies_where_its_plane_lies_in_the_world(place, replay, viewer) -> None:
    image = viewer.add_image(np.zeros((4, 30, 40), np.uint8), **place)
    ReplayLayers(viewer).show(Overlay(image), replay, 1)
    mask, clicks = viewer.layers[MASK], viewer.layers[CLICKS]
    in_world = image.data_to_world((2, A.y, A.x))
    np.testing.assert_allclose(mask.data_to_world((0, A.y, A.x)), in_world)
    np.testing.assert_allclose(clicks.data_to_world(clicks.data[0]), in_world)
    assert image.world_to_data(viewer.dims.point)[0] == pytest.approx(2)


OTHERS = {
    "finer": {"scale": (0.5, 1, 1)},
    "that begins earlier": {"translate": (-4, 0, 0)},
    "that has an axis more": {"shape": (3, 16, 30, 40)},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_the_plane_of_the_object_is_shown_beside_another_layer(other, replay, viewer) -> None:
    image = viewer.add_image(np.zeros((4, 30, 40), np.uint8))
    options = {"shape": (16, 30, 40), **other}
    viewer.add_image(np.zeros(options.pop("shape"), np.uint8), **options)
    ReplayLayers(viewer).show(Overlay(image), replay, 1)
    assert viewer.dims.point[-3] == 2


def test_a_replay_lies_over_an_image_of_which_the_channels_come_first(viewer) -> None:
    image = viewer.add_image(np.zeros((3, 4, 30, 40), np.uint8), scale=(9, 5, 2, 2))
    viewer.dims.set_point(0, 18)
    ReplayLayers(viewer).show(Overlay(image, 0), replay_on(2), 1)
    mask, clicks = viewer.layers[MASK], viewer.layers[CLICKS]
    in_world = image.data_to_world((0, 2, A.y, A.x))[1:]
    np.testing.assert_allclose(mask.data_to_world((0, A.y, A.x)), in_world)
    np.testing.assert_allclose(clicks.data_to_world(clicks.data[0]), in_world)
    assert viewer.dims.point[:2] == (18, 10)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_replay_is_seen_on_every_channel_and_the_channel_stays(channel, viewer) -> None:
    affine = np.diag([2.0, 1, 1, 1, 1])
    image = viewer.add_image(np.zeros((4, 3, 30, 40), np.uint8), affine=affine)
    viewer.dims.set_point(1, channel)
    ReplayLayers(viewer).show(Overlay(image, 1), replay_on(2, 0), 1)
    mask, clicks = viewer.layers[MASK], viewer.layers[CLICKS]
    at = (4, channel, A.y, A.x)
    assert viewer.dims.point[:2] == at[:2]
    np.testing.assert_array_equal(np.rint(mask.world_to_data(at)), (0, 0, A.y, A.x))
    np.testing.assert_array_equal(np.rint(clicks.world_to_data(at)), clicks.data[0])


def test_the_view_goes_to_the_object_in_a_viewer_with_more_axes_than_the_image(viewer) -> None:
    viewer.add_image(np.zeros((4, 30, 40), np.uint8))
    image = viewer.add_image(np.zeros((30, 40), np.uint8), scale=(2, 2))
    layers, replay = ReplayLayers(viewer), replay_on()
    layers.show(Overlay(image), replay, 1)
    layers.centre(replay)
    assert camera_of(viewer).center[-2:] == (20, 24)
