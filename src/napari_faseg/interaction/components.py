"""One object at a time: parts of a mask that nobody clicked on do not belong to it.

The connected parts are found among the runs of each row, of which there are a few thousand, not
among the pixels, of which there are millions: five times as fast as labelling the pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from napari_faseg.interaction.arrays import Mask, Probability, bounding_box
from napari_faseg.interaction.clicks import Click

THRESHOLD = 0.5  # above it a pixel counts as part of the mask


def keep_clicked(probability: Probability, clicks: Sequence[Click]) -> Probability:
    """Set to zero the connected parts of a mask that hold no positive click.

    A network that looks for what resembles the click also finds the neighbours of the same kind:
    the other coins, the other nuclei. Who wants several parts clicks on each. Pixels that touch
    at a corner are connected.

    Parameters
    ----------
    probability : (h, w) float32
        In [0, 1]; changed in place.
    clicks : sequence of Click
        On pixels of it.

    Returns
    -------
    (h, w) float32
        The same array; as it was where no positive click lies in the mask.
    """
    mask = probability > THRESHOLD
    on_mask = [c.pixel for c in clicks if c.positive and mask[c.pixel]]
    if not on_mask:
        return probability
    box = rows, columns = bounding_box(mask)
    runs = Runs.of(mask[box])
    parts = runs.parts()
    clicked = [parts[runs.at(y - rows.start, x - columns.start)] for y, x in on_mask]
    unwanted = ~np.isin(parts, clicked)
    if unwanted.any():
        probability[box][runs.drawn(unwanted)] = 0
    return probability


@dataclass(frozen=True)
class Runs:
    """The true pixels of a mask, as runs in its rows, from top left to bottom right.

    Attributes
    ----------
    shape : (int, int)
        (h, w) of the mask.
    starts, ends : (n,) int64
        Flat positions, the end excluded, in rows of w + 1 pixels whose last is false.
    """

    shape: tuple[int, int]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, mask: Mask) -> "Runs":
        """Find the runs of an (h, w) mask."""
        h, w = mask.shape
        framed = np.zeros(1 + h * (w + 1), bool)
        framed[1:].reshape(h, w + 1)[:, :w] = mask
        changes = np.flatnonzero(framed[1:] != framed[:-1])
        return cls((h, w), changes[::2], changes[1::2])

    def parts(self) -> NDArray[np.int32]:
        """Return the number of the connected part of each run."""
        below = self.shape[1] + 1
        first = np.searchsorted(self.ends, self.starts + below)  # of the runs that touch from below
        n_below = np.searchsorted(self.starts, self.ends + below, side="right") - first
        n_below = np.maximum(n_below, 0)
        upper = np.repeat(np.arange(len(first)), n_below)
        before = np.cumsum(n_below) - n_below
        lower = np.arange(len(upper)) + np.repeat(first - before, n_below)
        touching = (np.ones(len(upper), np.int8), (upper, lower))
        graph = sparse.coo_array(touching, shape=(len(first), len(first)))
        parts: NDArray[np.int32] = connected_components(graph, directed=False)[1]
        return parts

    def at(self, y: int, x: int) -> int:
        """Return which run holds a true pixel."""
        place = y * (self.shape[1] + 1) + x
        return int(np.searchsorted(self.starts, place, side="right")) - 1

    def drawn(self, chosen: NDArray[np.bool_]) -> Mask:
        """Return the (h, w) mask of the chosen ones of the (n,) runs."""
        h, w = self.shape
        bounds = np.stack([self.starts, self.ends], axis=1).ravel()
        lengths = np.diff(bounds, prepend=0, append=h * (w + 1))
        values = np.zeros(len(lengths), bool)
        values[1::2] = chosen
        return np.repeat(values, lengths).reshape(h, w + 1)[:, :w]
