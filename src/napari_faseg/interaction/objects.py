"""Finished objects: what is kept of one, and how an array of labels changed."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import nan
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_faseg.interaction.arrays import Box, Labels, Mask, Probability, bounding_box, frozen
from napari_faseg.interaction.clicks import Click

LARGEST_LABEL = int(np.iinfo(np.int32).max)


@dataclass(frozen=True, eq=False)
class Change:
    """How the labels of an image changed, kept as the changed box alone.

    Parameters
    ----------
    box : (slice, slice)
        Rows and columns of the box.
    before, after : (box height, box width) int32
        The labels in the box.
    """

    box: Box
    before: Labels
    after: Labels

    @classmethod
    def between(cls, before: Labels, after: Labels) -> "Change":
        """Return what differs between two arrays of labels of one shape."""
        box = bounding_box(before != after)
        return cls(box, frozen(before[box].copy()), frozen(after[box].copy()))

    def apply(self, labels: Labels) -> Labels:
        """Return a copy of labels that are as before the change, with the change.

        Pixels that somebody has changed since stay as they are.
        """
        return _changed(labels, self.box, self.before, self.after)

    def revert(self, labels: Labels) -> Labels:
        """Return a copy of labels that are as after the change, without the change.

        Pixels that somebody has changed since stay as they are.
        """
        return _changed(labels, self.box, self.after, self.before)


@dataclass(frozen=True, eq=False)
class FinishedObject:
    """One finished object, kept so that work on it can go on.

    Parameters
    ----------
    label : int
        Its value in the labels.
    clicks : tuple of Click
        The clicks that made it; none if it came from elsewhere.
    box : (slice, slice)
        The smallest box around its mask.
    region : (box height, box width) bool
        The pixels that have its label.
    probability : (box height, box width) float32
        What the predictor said, in [0, 1]; outside the box it counts as 0.
    threshold : float
        Its mask is where the probability is larger.
    seconds : float
        That the work on it took; NaN where nobody knows.
    asked : tuple of int
        How many clicks there were at each prediction that led to it; see `Step`.
    """

    label: int
    clicks: tuple[Click, ...]
    box: Box
    region: Mask
    probability: Probability
    threshold: float = 0.5
    seconds: float = nan
    asked: tuple[int, ...] = ()

    @classmethod
    def cut(
        cls,
        label: int,
        clicks: tuple[Click, ...],
        threshold: float,
        probability: Probability,
        region: Mask,
    ) -> "FinishedObject":
        """Keep the box around the mask of a probability; all arrays are (h, w)."""
        box = bounding_box(probability > threshold)
        inside = region[box].copy(), frozen(probability[box].copy())
        return cls(label, clicks, box, *inside, threshold)

    @classmethod
    def foreign(cls, label: int, region: Mask) -> "FinishedObject":
        """Describe an object of which nothing but its (h, w) mask is known."""
        found = cls.cut(label, (), 0.5, region.astype(np.float32), region)
        return replace(found, asked=(0,))

    @cached_property
    def area(self) -> int:
        """Pixels that have its label."""
        return int(self.region.sum())

    def full_probability(self, shape: tuple[int, int]) -> Probability:
        """Return the (h, w) probability, 0 outside the box, read-only."""
        probability = np.zeros(shape, np.float32)
        probability[self.box] = self.probability
        return frozen(probability)

    def covers(self, region: Mask) -> bool:
        """Say whether an (h, w) mask is still this object's, pixel by pixel."""
        return np.array_equal(region[self.box], self.region) and int(region.sum()) == self.area

    def is_in(self, labels: Labels) -> bool:
        """Say whether its box of (h, w) labels holds it, pixel by pixel."""
        return np.array_equal(labels[self.box] == self.label, self.region)

    def put_back(self, labels: Labels) -> Labels:
        """Return a copy of the labels with this object in its place, where that is still free."""
        labels = labels.copy()
        inside = labels[self.box]
        inside[self.region & (inside == 0)] = self.label
        return frozen(labels)


def region_of(labels: Labels, label: int) -> Mask:
    """Return the (h, w) pixels of a finished object; ValueError if there is none of that label."""
    region: Mask = labels == whole_label(label)
    if label <= 0 or not region.any():
        raise ValueError(f"expected the label of a finished object, got {label}")
    return region


def whole_label(value: Any) -> int:
    """Return a label as an integer, 3 for 3.0, too; ValueError for what is no whole number."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if is_number and (isinstance(value, Integral) or float(value).is_integer()):
        return int(value)
    raise ValueError(f"expected a label that is a whole number, got {value!r}")


def free_label(labels: Labels, label: int) -> int:
    """Return a label, refusing one that is taken, not positive or too large by a ValueError."""
    label = whole_label(label)
    if not 0 < label <= LARGEST_LABEL:
        raise ValueError(f"expected a label from 1 to {LARGEST_LABEL}, got {label}")
    if (labels == label).any():
        raise ValueError(f"label {label} is taken: reopen or delete that object first")
    return label


def checked_labels(labels: ArrayLike, shape: tuple[int, ...]) -> Labels:
    """Return a copy of labels as int32, refusing what an image of a shape cannot have.

    Raises
    ------
    TypeError
        If they are not integers.
    ValueError
        If their shape is another one, or a label is negative or too large.
    """
    array = np.asarray(labels)
    if array.dtype.kind not in "bui":
        raise TypeError(f"expected labels that are integers, got dtype {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"expected labels of shape {shape}, got {array.shape}")
    if array.min() < 0 or array.max() > LARGEST_LABEL:
        raise ValueError(
            f"expected labels from 0 to {LARGEST_LABEL}, got {array.min()} to {array.max()}"
        )
    return array.astype(np.int32)


def _changed(labels: Labels, box: Box, old: Labels, new: Labels) -> Labels:
    labels = labels.copy()
    inside = labels[box]
    chosen = (old != new) & (inside == old)
    inside[chosen] = new[chosen]
    return frozen(labels)
