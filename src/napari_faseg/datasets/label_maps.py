"""The objects of several masks of one image, as one map of labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.pair import Objects

LARGEST = np.iinfo(np.int32).max


def label_map(
    masks: Sequence[NDArray[np.integer]], objects: Sequence[Objects]
) -> NDArray[np.int32]:
    """Return the objects of some masks as (h, w) labels, -1 where nobody knows.

    Where objects overlap, the smaller lies on top. An object keeps the smallest of its labels if
    all objects can; otherwise they are numbered from 1 on.

    Parameters
    ----------
    masks : sequence of (h, w) int
        -1 where nobody knows.
    objects : sequence of tuple of tuple of int
        Of each mask, the labels that are one object together, for each object.
    """
    named = [(mask, each) for mask, found in zip(masks, objects, strict=True) for each in found]
    regions = [np.flatnonzero(np.isin(mask, each)) for mask, each in named]
    labels = np.zeros(masks[0].shape, np.int32)
    for mask in masks:
        labels[mask < 0] = -1
    numbers = _numbers([min(each) for _, each in named])
    for number, region in sorted(
        zip(numbers, regions, strict=True), key=lambda numbered: -numbered[1].size
    ):
        labels.flat[region] = number
    return labels


def _numbers(smallest: Sequence[int]) -> Sequence[int]:
    are_their_own = len(set(smallest)) == len(smallest) and max(smallest, default=0) <= LARGEST
    return smallest if are_their_own else range(1, len(smallest) + 1)
