import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from napari_faseg.evaluation import iou

MASKS = hnp.arrays(bool, (4, 5))


def test_ignored_pixels_do_not_count() -> None:
    truth = [[1, 1, -1, 0], [0, 1, -1, 0]]
    assert iou([[1, 0, 1, 1], [0, 1, 0, 0]], truth) == 0.5


@given(MASKS, MASKS, MASKS)
def test_ignoring_is_the_same_as_minus_one(
    mask: NDArray[np.bool_], truth: NDArray[np.bool_], ignore: NDArray[np.bool_]
) -> None:
    assert iou(mask, truth, ignore=ignore) == iou(mask, np.where(ignore, -1, truth.astype(int)))


@given(MASKS, MASKS)
def test_iou_is_symmetric_and_1_for_equal_masks_only(
    mask: NDArray[np.bool_], truth: NDArray[np.bool_]
) -> None:
    assert iou(mask, truth) == iou(truth, mask)
    assert (iou(mask, truth) == 1) == np.array_equal(mask, truth)


def test_masks_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a mask of shape"):
        iou(np.zeros((4, 3), bool), np.zeros((3, 4), bool))
