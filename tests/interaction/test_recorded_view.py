import json

import numpy as np
import pytest

from napari_faseg.interaction.recorded_view import RecordedView

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
