import numpy as np
import pytest

pytest.importorskip("napari")

from napari_faseg.datasets import Sample
from napari_faseg.interaction import Click
from napari_faseg.plugin.replay import CLICKS, MASK, Replay, ReplayLayers, replayed
from napari_faseg.plugin.view import camera_of
from tests.fakes import DiscPredictor, discs

A, NOT_B = Click(10, 12), Click(14, 20, positive=False)


@pytest.fixture
def replay():
    image = np.zeros((30, 40), np.uint8)
    sample = Sample("a", image, discs([A], image.shape, 5) > 0.5)
    return replayed(DiscPredictor(5), sample, [A, NOT_B], (2,))


def test_a_replay_has_the_mask_after_each_click(replay) -> None:
    np.testing.assert_array_equal(replay.masks[0], discs([A], (30, 40), 5) > 0.5)
    np.testing.assert_array_equal(replay.masks[1], discs([A, NOT_B], (30, 40), 5) > 0.5)


def test_the_layers_lie_on_the_plane_of_the_object(replay, viewer) -> None:
    image = viewer.add_image(
        np.zeros((4, 30, 40), np.uint8), scale=(5, 2, 2), translate=(1, 10, 20)
    )
    layers = ReplayLayers(viewer)
    layers.show(image, replay, 1)
    layers.show(image, replay, 2)
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


def test_the_view_goes_to_the_object_in_a_viewer_with_more_axes_than_the_image(viewer) -> None:
    viewer.add_image(np.zeros((4, 30, 40), np.uint8))
    image = viewer.add_image(np.zeros((30, 40), np.uint8), scale=(2, 2))
    ReplayLayers(viewer).centre(image, Replay((), (A,), []))
    assert camera_of(viewer).center[-2:] == (20, 24)
