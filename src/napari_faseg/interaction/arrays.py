"""The kinds of array that the session speaks of, and arrays that nobody can write to."""

from collections.abc import Iterator
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Probability: TypeAlias = NDArray[np.float32]  # (h, w), in [0, 1]
Mask: TypeAlias = NDArray[np.bool_]  # (h, w)
Labels: TypeAlias = NDArray[np.int32]  # (h, w), 0 is background
Box: TypeAlias = tuple[slice, slice]  # rows and columns, as an index of an array

PIXELS_OF_A_BAND = 2**17  # arrays of so many stay in the cache of a processor

AnyArray = TypeVar("AnyArray", bound=NDArray[Any])


def frozen(array: AnyArray) -> AnyArray:
    """Make an array read-only and return it."""
    array.flags.writeable = False
    return array


def hull(first: Box, second: Box) -> Box:
    """Return the smallest box around two, each of which may be empty."""
    boxes = [box for box in (first, second) if box[0].stop > box[0].start]
    if len(boxes) < 2:
        return boxes[0] if boxes else second
    rows, columns = (
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(first, second, strict=True)
    )
    return rows, columns


def bounding_box(mask: Mask) -> Box:
    """Return the smallest box around the true pixels of a mask; an empty box if there are none."""
    found = np.flatnonzero(mask.any(axis=1))
    if found.size == 0:
        return slice(0, 0), slice(0, 0)
    rows = slice(int(found[0]), int(found[-1]) + 1)
    found = np.flatnonzero(mask[rows].any(axis=0))
    return rows, slice(int(found[0]), int(found[-1]) + 1)


def whole(shape: tuple[int, int]) -> Box:
    """Return the box of a whole array."""
    return slice(0, shape[0]), slice(0, shape[1])


def bands(box: Box) -> Iterator[Box]:
    """Cut a box into bands of a few rows: several steps on one after the other are fast."""
    rows, columns = box
    height = max(1, PIXELS_OF_A_BAND // max(1, columns.stop - columns.start))
    for first in range(rows.start, rows.stop, height):
        yield slice(first, min(first + height, rows.stop)), columns


def length_of(mask: Mask) -> int:
    """Return the longer side of the box around the True pixels of an (h, w) mask; 0 without any."""
    rows, columns = bounding_box(mask)
    return int(max(rows.stop - rows.start, columns.stop - columns.start))
