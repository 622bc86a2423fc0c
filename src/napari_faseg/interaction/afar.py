"""The first click from two distances: the whole image from afar, and a small part of it nearby.

A network that has learned on windows of a few hundred pixels finds the parts of a large photograph
that it is shown at full size, and misses the object. From afar it sees the object, but not what is
small: of one in a dense field it has but a vague idea. That is looked at afresh nearby, as if there
were nothing around it; what is too large for this is cut off at the edge of the window.
"""

import numpy as np

from napari_faseg.interaction.arrays import Probability, length_of
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.components import THRESHOLD
from napari_faseg.interaction.windows import Window, window_around

AFAR = 512  # pixels of the longer side of a whole image that is looked at from afar
SHRUNK = 0.75  # an image that is encoded at this share of its size or more shows what is small
NOISY = 0.5  # a window that is encoded at less of its size is smoothed, lest it shows noise alone
SMALL = 64  # pixels as they are encoded; a longer object is seen well enough from afar
SURE = 0.7  # probability
CLEAR = 0.2  # share of what may be the object of which that is sure; where it is less, it is vague
HIDDEN = 0.4  # a vague answer is shown at this scale or more, as something to begin with
NEARBY = 200  # side of the window nearby, in pixels of the image
ROOM = 3  # times the length of what was found from afar, if that is more: it has to fit in
TARGET = 400  # its long side in pixels as it is encoded


def side_from_afar(max_side: int | None) -> int:
    """Return the longer side of a whole image from afar where there is a limit already."""
    return AFAR if max_side is None else min(AFAR, max_side)


def is_small(answer: Probability, window: Window) -> bool:
    """Whether an (h, w) answer found in a window is small in it, and would be larger nearby."""
    if window.scale >= SHRUNK:
        return False
    return 0 < length_of(answer > THRESHOLD) * window.scale < SMALL


def is_vague(answer: Probability, window: Window) -> bool:
    """Whether an (h, w) answer found in a window that is far away does not know where it ends."""
    if window.scale >= SHRUNK:
        return False
    sure, perhaps = (int(np.count_nonzero(answer > limit)) for limit in (SURE, 1 - SURE))
    return sure < CLEAR * perhaps


def window_nearby(click: Click, answer: Probability, *, vague: bool) -> Window:
    """Return the window around a click on what an (h, w) answer has found from afar.

    Of a vague answer nothing is known but its place.
    """
    length = 0 if vague else length_of(answer > THRESHOLD)
    height, width = answer.shape
    return window_around(click, max(NEARBY, ROOM * length), (height, width), TARGET)
