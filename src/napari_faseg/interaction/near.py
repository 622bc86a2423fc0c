"""The look at the place of a late click: enlarged, with what is found already as its beginning.

A look at the whole object shows its thin parts in a few cells of the network's grid. What a later
click is about lies next to it, so that there the network looks once more, closer; what it says is
mixed in around the click and changes nothing elsewhere.
"""

from collections.abc import Sequence

import numpy as np

from napari_faseg.interaction.arrays import Probability, length_of
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.components import THRESHOLD
from napari_faseg.interaction.windows import Window, window_around

FIRST_CLICK = 2  # from this one on
RATIO = 0.6  # side of the window over the longer side of the object
LEAST_SIDE = 40  # of the window, in pixels of the image
TARGET = 400  # long side of the window in pixels as it is encoded
SHARE = 0.6  # of the closer answer at the click


def near_window(clicks: Sequence[Click], answer: Probability, window: Window) -> Window | None:
    """Return the window to look at more closely, or None where there is nothing near to see.

    Parameters
    ----------
    clicks : sequence of Click
        All clicks, oldest first.
    answer : (h, w) float32
        The probability that was found with them.
    window : Window
        Where it was found.
    """
    if len(clicks) < FIRST_CLICK:
        return None
    length = length_of(answer > THRESHOLD)
    if not length:
        return None
    side = max(LEAST_SIDE, RATIO * length)
    if side > max(window.seen.shape):
        return None  # it would show nothing new
    shape = (answer.shape[0], answer.shape[1])
    return window_around(clicks[-1], side, shape, TARGET, is_passing=True)


def clicks_inside(clicks: Sequence[Click], window: Window) -> tuple[Click, ...]:
    """Return the clicks that lie in a window, in their order."""
    seen = window.seen
    return tuple(
        click
        for click in clicks
        if seen.top <= click.y <= seen.bottom and seen.left <= click.x <= seen.right
    )


def mixed_in(
    answer: Probability, near: Probability, window: Window, clicks: Sequence[Click]
) -> Probability:
    """Return an answer with a closer one mixed in, less the farther from the last click.

    Parameters
    ----------
    answer, near : (h, w) float32
        In [0, 1]; neither is changed.
    window : Window
        Where the closer answer was found.
    clicks : sequence of Click
        All clicks, oldest first.
    """
    y, x = clicks[-1].pixel
    seen, side = window.seen, max(window.seen.shape)  # shorter where the image ends
    rows, columns = (
        np.clip(2 - 4 * np.abs(np.arange(first, last + 1) - at) / side, 0, 1)
        for first, last, at in ((seen.top, seen.bottom, y), (seen.left, seen.right, x))
    )
    share = (SHARE * np.minimum(rows[:, None], columns)).astype(np.float32)
    mixed = answer.copy()
    inside = mixed[window.seen.index]
    inside += share * (near[window.seen.index] - inside)
    return mixed
