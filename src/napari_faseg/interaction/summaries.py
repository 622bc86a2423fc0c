"""Finished objects in numbers: a row of a table for each."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.arrays import Labels
from napari_faseg.interaction.objects import FinishedObject

MOST_COUNTED = 2**20  # labels up to this are counted in one pass, larger ones are sorted


@dataclass(frozen=True)
class ObjectSummary:
    """A finished object in numbers.

    Parameters
    ----------
    label : int
    n_clicks : int
        Clicks that `reopen` brings back; 0 where the object came from elsewhere.
    area : int
        In pixels.
    seconds : float
        From the first click to the end, NaN where nobody knows; reopening adds to it.
    text : str
        What somebody calls it, "" unless given.
    """

    label: int
    n_clicks: int
    area: int
    seconds: float
    text: str


def summaries(
    labels: Labels, finished: Mapping[int, FinishedObject], classes: Mapping[int, str]
) -> tuple[ObjectSummary, ...]:
    """Return a row for each object, by label.

    Parameters
    ----------
    labels : (h, w) int32
        0 is background.
    finished : mapping
        What is known of objects that were made by clicks, by label; others may have changed them.
    classes : mapping
        What objects are called, by label.
    """
    numbers, areas = _areas(labels)
    return tuple(
        _summary(label, area, finished.get(label), labels, classes.get(label, ""))
        for label, area in zip(numbers.tolist(), areas.tolist(), strict=True)
        if label > 0
    )


def labels_in(labels: Labels) -> list[int]:
    """Return which labels there are, in their order; 0 is background, and none of them."""
    numbers, _ = _areas(labels)
    found: list[int] = numbers[numbers > 0].tolist()
    return found


def unchanged(labels: Labels, finished: Mapping[int, FinishedObject]) -> dict[int, FinishedObject]:
    """Return what is known of those objects whose pixels are still as it says, by label.

    Parameters
    ----------
    labels : (h, w) int32
        0 is background.
    finished : mapping
        What is known of objects that were made by clicks, by label; some may be gone or changed.
    """
    areas = dict(zip(*(numbers.tolist() for numbers in _areas(labels)), strict=True))
    return {
        label: found
        for label, found in finished.items()
        if areas.get(label) == found.area and found.is_in(labels)
    }


def _summary(
    label: int, area: int, found: FinishedObject | None, labels: Labels, text: str
) -> ObjectSummary:
    if found is None or found.area != area or not found.is_in(labels):
        return ObjectSummary(label, 0, area, float("nan"), text)
    return ObjectSummary(label, len(found.clicks), area, found.seconds, text)


def _areas(labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if labels.size and labels.max() > MOST_COUNTED:
        return np.unique(labels, return_counts=True)
    counts = np.bincount(labels.ravel())
    numbers = np.flatnonzero(counts)
    return numbers, counts[numbers]
