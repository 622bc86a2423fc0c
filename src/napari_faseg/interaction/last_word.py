"""Clicks have the last word: a pixel that was clicked on ends as the click says.

The network makes clicks win on its own grid, a cell of which holds sixteen pixels and more. Where
clicks of both signs lie closer than that, or an enlarged window is shrunk again, a clicked pixel
can still end wrong; it is put right here, with a few pixels around it.
"""

from collections.abc import Sequence

import numpy as np

from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click

RADIUS = 3  # pixels around a click that follow it, unless another click is as near
LEAST = 0.05  # that a clicked pixel is above or below 0.5, so that thresholds near it agree
SURE = 0.75  # probability at the clicked pixel itself; at the radius it is 0.5


def with_last_word(probability: Probability, clicks: Sequence[Click]) -> Probability:
    """Put the clicked pixels right that contradict their click.

    Parameters
    ----------
    probability : (h, w) float32
        In [0, 1]; changed in place.
    clicks : sequence of Click
        On pixels of it. Of several clicks on one pixel the last counts.

    Returns
    -------
    (h, w) float32
        The same array; as it was where no click is contradicted.
    """
    last = {click.pixel: click.positive for click in clicks}
    wrong = [p for p, positive in last.items() if not _agrees(probability[p], positive)]
    if not wrong:
        return probability
    pixels = np.array(list(last))  # (n, 2)
    for y, x in wrong:
        top, left = max(0, y - RADIUS), max(0, x - RADIUS)
        near = probability[top : y + RADIUS + 1, left : x + RADIUS + 1]
        rows, columns = np.ogrid[top : top + near.shape[0], left : left + near.shape[1]]
        distance = np.hypot(rows - y, columns - x)
        others = pixels[(pixels != (y, x)).any(1)]
        for row, column in others[np.abs(others - (y, x)).max(1) <= 2 * RADIUS]:
            distance[np.hypot(rows - row, columns - column) <= distance] = RADIUS + 1
        follows = distance <= RADIUS
        share = (SURE - 0.5) * (1 - distance[follows] / RADIUS)
        if last[y, x]:
            near[follows] = np.maximum(near[follows], 0.5 + share)
        else:
            near[follows] = np.minimum(near[follows], 0.5 - share)
    return probability


def _agrees(probability: float, positive: bool) -> bool:
    return probability >= 0.5 + LEAST if positive else probability <= 0.5 - LEAST
