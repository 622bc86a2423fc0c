"""Numbers that say how good a mask is: plain functions on masks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

IGNORED = -1  # in a truth of integers: a pixel that no score counts


def object_and_counted(
    truth: ArrayLike, ignore: ArrayLike | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Split a truth into the pixels of the object and the pixels that count.

    Parameters
    ----------
    truth : (h, w) bool or int
        True or positive on the object; -1 is ignored.
    ignore : (h, w) bool, optional
        Further pixels that do not count.

    Returns
    -------
    is_object, is_counted : (h, w) bool

    Raises
    ------
    ValueError
        If the truth is no plane, or `ignore` has another shape.
    """
    array = np.asarray(truth)
    if array.ndim != 2:
        raise ValueError(f"expected an (h, w) truth, got shape {array.shape}")
    is_counted = np.ones(array.shape, bool) if array.dtype == bool else array != IGNORED
    if ignore is not None:
        if np.shape(ignore) != array.shape:
            raise ValueError(
                f"expected ignored pixels of shape {array.shape}, got {np.shape(ignore)}"
            )
        is_counted = is_counted & ~np.asarray(ignore, bool)
    return (array > 0) & is_counted, is_counted


def iou(mask: ArrayLike, truth: ArrayLike, *, ignore: ArrayLike | None = None) -> float:
    """Return intersection over union of a mask and the truth.

    Parameters
    ----------
    mask : (h, w) bool
    truth : (h, w) bool or int
        True or positive on the object; -1 is ignored.
    ignore : (h, w) bool, optional
        Further pixels that do not count.

    Returns
    -------
    float
        In [0, 1]; 1 if both are empty.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> iou([[1, 0, 1, 1], [0, 1, 0, 0]], [[1, 1, -1, 0], [0, 1, -1, 0]])
    0.5
    """
    found = np.asarray(mask, bool)
    is_object, is_counted = object_and_counted(truth, ignore)
    if found.shape != is_object.shape:
        raise ValueError(f"expected a mask of shape {is_object.shape}, got {found.shape}")
    found = found & is_counted
    union = int((found | is_object).sum())
    return int((found & is_object).sum()) / union if union else 1.0
