"""Which part of a photo a training scene is a window of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask: TypeAlias = NDArray[np.bool_]
Box: TypeAlias = tuple[int, int, int, int]  # left, top, right, bottom
ChooseBox: TypeAlias = Callable[[Mask, np.random.Generator], Box]
CENTRED_RATIO = (1.2, 2.0)  # of the sides of a window around an object and of the object
NEAR_RATIO = (0.3, 1.2)  # the same of a window at its border
MIN_SIDE = 48  # of a window, in pixels of the photo


def box_at_border(wanted: Mask, rng: np.random.Generator) -> Box:
    """Choose a window in which a part of the border of the object is large."""
    border = np.argwhere(wanted & ~ndimage.binary_erosion(wanted))
    if not len(border):
        return 0, 0, wanted.shape[1], wanted.shape[0]
    longest = int(np.max(np.ptp(border, axis=0))) + 1
    side = max(MIN_SIDE, longest * rng.uniform(*NEAR_RATIO))
    middle = border[rng.integers(len(border))] + rng.uniform(-0.25, 0.25, 2) * side
    sides = [min(round(side), length) for length in wanted.shape]
    top, left = (
        int(np.clip(round(m - s / 2), 0, length - s))
        for m, s, length in zip(middle, sides, wanted.shape, strict=True)
    )
    return left, top, left + sides[1], top + sides[0]


def box_around(wanted: Mask, rng: np.random.Generator, centred: float) -> Box:
    """Choose a window that holds at least part of the object."""
    if not wanted.any():
        return 0, 0, wanted.shape[1], wanted.shape[0]
    if rng.random() < centred:
        shares = np.full(2, rng.uniform(*CENTRED_RATIO))
    else:
        shares = np.array([np.inf, np.inf])
    spans = [np.flatnonzero(wanted.any(1 - axis))[[0, -1]] for axis in (0, 1)]
    longest = max(last - first for first, last in spans) + 1
    limits = []
    for (first, last), length, share in zip(spans, wanted.shape, shares, strict=True):
        side = min(longest * share, length * rng.uniform(0.65, 1.0))
        side = int(np.clip(side, min(MIN_SIDE, length), length))
        middle = (first + last) / 2 + rng.uniform(-0.2, 0.2) * side
        start = int(np.clip(round(middle - side / 2), 0, length - side))
        limits.append((start, start + side))
    (top, bottom), (left, right) = limits
    return left, top, right, bottom
