import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_faseg.interaction.recorded_view import RecordedView, read_as_napari

VIEW = RecordedView(axes=(1, 2), index=(3, 0, 0), rgb=False, contrast_limits=(0.0, 100.0))


def test_the_plane_and_its_contrast_are_found_again() -> None:
    stack = np.arange(4 * 5 * 6, dtype=np.uint16).reshape(4, 5, 6)
    plane = VIEW.plane(stack)
    np.testing.assert_array_equal(plane, stack[3])
    assert VIEW.shown(plane).dtype == np.uint8
    assert VIEW.shown(plane)[0, 0] == np.rint(90 / 100 * 255)


def test_a_view_comes_back_from_json() -> None:
    assert RecordedView.from_dict(json.loads(json.dumps(VIEW.to_dict()))) == VIEW


@pytest.mark.parametrize("shape", [(5, 6), (3, 5, 6), (4, 5, 6, 3)])
def test_an_image_without_that_plane_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected an image with 3 axes and a plane at"):
        VIEW.plane(np.zeros(shape))


CHANNELS = RecordedView((1, 3), (0, 0, 2, 0), False, None, 0, (3, 1), (0.0, 100.0))


def test_channels_become_colours_in_the_order_that_was_chosen() -> None:
    image = np.random.default_rng(0).integers(0, 9, (4, 5, 6, 7))
    plane = CHANNELS.plane(image)
    np.testing.assert_array_equal(plane, np.moveaxis(image[:, :, 2], 0, -1))
    shown = CHANNELS.shown(plane)
    assert shown.shape == (5, 7, 2)
    np.testing.assert_array_equal(shown[..., 0] == 255, plane[..., 3] == plane[..., 3].max())


def test_a_view_of_channels_comes_back_from_json() -> None:
    assert RecordedView.from_dict(json.loads(json.dumps(CHANNELS.to_dict()))) == CHANNELS


def test_an_image_of_fewer_channels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected channels below 2, got \(3, 1\)"):
        CHANNELS.shown(CHANNELS.plane(np.zeros((2, 5, 6, 7))))


@pytest.mark.parametrize(
    ("axis", "axes", "shape"), [(0, (1, 2), (5, 6)), (1, (0, 2), (5, 1, 6)), (2, (0, 1), (5, 6, 1))]
)
def test_labels_have_one_plane_for_all_channels(
    axis: int, axes: tuple[int, int], shape: tuple[int, ...]
) -> None:
    view = RecordedView(axes, (0, 0, 0), False, None, axis, (0,))
    labels = np.arange(30).reshape(shape)
    np.testing.assert_array_equal(view.plane_of_labels(labels), labels.reshape(5, 6))


def test_a_tiff_of_three_planes_keeps_its_axes(tmp_path: Path) -> None:
    planes = np.arange(3 * 5 * 6, dtype=np.uint8).reshape(3, 5, 6)
    tifffile.imwrite(tmp_path / "planes.tif", planes, photometric="minisblack")
    np.testing.assert_array_equal(read_as_napari(tmp_path / "planes.tif"), planes)
