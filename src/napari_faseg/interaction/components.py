"""One object at a time: parts of a mask that nobody clicked on do not belong to it."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from napari_faseg.interaction.arrays import Probability, bounding_box
from napari_faseg.interaction.clicks import Click

THRESHOLD = 0.5  # above it a pixel counts as part of the mask
EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def keep_clicked(probability: Probability, clicks: Sequence[Click]) -> Probability:
    """Set to zero the connected parts of a mask that hold no positive click.

    A network that looks for what resembles the click also finds the neighbours of the same kind:
    the other coins, the other nuclei. Who wants several parts clicks on each.

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
    box = bounding_box(mask)
    inside = mask[box]
    parts, n_parts = ndimage.label(inside, EIGHT_NEIGHBOURS)
    if n_parts > 1:
        top, left = box[0].start, box[1].start
        kept = np.zeros(n_parts + 1, np.float32)
        kept[[0, *(parts[y - top, x - left] for y, x in on_mask)]] = 1
        probability[box] *= kept.take(parts)
    return probability
