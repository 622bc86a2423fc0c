"""The check of a recorded session: its clicks, answered once more, give the same masks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from napari_faseg.interaction.arrays import Mask, Probability
from napari_faseg.interaction.objects import FinishedObject
from napari_faseg.interaction.packing import pack_probability, unpack_probability
from napari_faseg.interaction.prediction import Predictor, checked_probability
from napari_faseg.interaction.state import SessionState


@dataclass(frozen=True)
class ReplayedObject:
    """How a finished object came out when its clicks were answered once more.

    Parameters
    ----------
    label : int
    n_pixels : int
        That have the label.
    n_different : int
        That would have it now and had not, or had it and would not; None where the object cannot
        be replayed, because it was painted or came from elsewhere.
    """

    label: int
    n_pixels: int
    n_different: int | None


def replay_objects(state: SessionState, predictor: Predictor) -> Iterator[ReplayedObject]:
    """Answer the clicks of each finished object once more.

    Parameters
    ----------
    state : SessionState
        What was recorded.
    predictor : Predictor
        That has the image already.
    """
    for label in np.unique(state.labels[state.labels > 0]):
        region = state.labels == label
        found = state.finished.get(int(label))
        n_different = None
        if found is not None and found.covers(region) and found.asked[:1] != (0,):
            again = _region_again(found, region, state, predictor)
            n_different = int(np.count_nonzero(again != region))
        yield ReplayedObject(int(label), int(region.sum()), n_different)


def _region_again(
    found: FinishedObject, region: Mask, state: SessionState, predictor: Predictor
) -> Mask:
    """Return the pixels that the object would get now, if all others stay as they are."""
    taken = (found.full_probability(state.shape) > found.threshold) & ~region
    is_free = (region | (state.labels == 0)) & ~taken
    again: Mask = (_answer(found, state.shape, predictor) > found.threshold) & is_free
    return again


def _answer(found: FinishedObject, shape: tuple[int, int], predictor: Predictor) -> Probability:
    probability: Probability | None = None
    for n_clicks in found.asked:
        if n_clicks > 0:
            answer = predictor.predict(found.clicks[:n_clicks], probability)
            probability = checked_probability(answer, shape)
        elif probability is not None:  # it was read back from a file
            packed = pack_probability(probability, found.threshold)
            probability = unpack_probability(packed, found.threshold, shape)
    return np.zeros(shape, np.float32) if probability is None else probability
