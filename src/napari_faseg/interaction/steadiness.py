"""What the last click says little about stays nearly as it was.

Each answer of a network is about the whole object, and differs a little everywhere from the one
before. While the object is still being found, at the first two clicks, that is welcome; later a
click means a place, and what it changes far from there is as often a loss as a gain.
"""

from collections.abc import Sequence

import numpy as np

from napari_faseg.interaction.arrays import Probability, bands, whole
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.components import THRESHOLD

FIRST_CLICK = 3  # from this one on
FAR = 0.3  # share of the new answer far from the click; at the click it is 1
REACH = 0.7  # standard deviation of a click's influence, in square roots of the object's area
LEAST_REACH = 12.0  # pixels


def steadied(
    answer: Probability, previous: Probability | None, clicks: Sequence[Click]
) -> Probability:
    """Return an answer that, far from the last click, is mostly the one before.

    Parameters
    ----------
    answer : (h, w) float32
        In [0, 1]; it is not changed.
    previous : (h, w) float32 or None
        The probability before the last click, in [0, 1].
    clicks : sequence of Click
        All clicks, oldest first.

    Returns
    -------
    (h, w) float32
        Between `answer` and `previous` at each pixel, and `answer` at the last click. The very
        same array as `answer` at the first two clicks, and where there was nothing before.
    """
    if previous is None or len(clicks) < FIRST_CLICK:
        return answer
    y, x = clicks[-1].pixel
    area = np.count_nonzero(previous > THRESHOLD)
    reach = max(LEAST_REACH, REACH * float(np.sqrt(area)))
    rows, columns = (
        np.exp(-(((np.arange(n) - at) / reach) ** 2) / 2).astype(np.float32)
        for n, at in zip(answer.shape, (y, x), strict=True)
    )
    steady = np.empty_like(answer)
    for band in bands(whole(answer.shape)):
        weight = FAR + (1 - FAR) * rows[band[0], None] * columns
        change = (answer[band] - previous[band]) * weight
        np.clip(previous[band] + change, 0, 1, out=steady[band])
    return steady
