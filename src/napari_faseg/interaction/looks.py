"""When one look is not enough: what the network found decides where it looks once more.

The benchmark's zoom-in shows the first click the whole image, and keeps a window that the object
has outgrown. Neither costs the annotator a click here: the network looks again, closer at what the
first click found, and further where an answer ends at the edge of its window.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from napari_faseg.interaction.arrays import Mask, Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.windows import Rectangle, Window, ZoomIn

MOST_LOOKS = 4  # for one prediction, the first included
EDGE = 2  # pixels; an object so near to the edge of a window is cut off by it
GROWTH = 1.1  # a window that is larger by less shows nothing new


def next_look(
    zoom: ZoomIn, clicks: Sequence[Click], answer: Probability, window: Window, whole: Window
) -> Window | None:
    """Return the window to look at once more, or None where the answer will do.

    Parameters
    ----------
    zoom : ZoomIn
        How windows lie around objects.
    clicks : sequence of Click
        All clicks on the object.
    answer : (h, w) float32
        The probability that was just found.
    window : Window
        Where it was found.
    whole : Window
        The whole image.
    """
    mask = answer > zoom.threshold
    if not clicks or not mask.any():
        return None
    found = replace(zoom, n_skipped=0).window(clicks, answer, None, whole)
    if window.view == whole.view:
        return found if found.view != window.view else None
    is_larger = found.seen.area > GROWTH * window.seen.area
    return found if is_larger and is_cut_off(mask, window.seen) else None


def is_cut_off(mask: Mask, seen: Rectangle) -> bool:
    """Whether an (h, w) mask reaches an edge of a rectangle beyond which the image goes on."""
    inside = mask[seen.index]
    height, width = mask.shape
    edges = (
        (seen.top > 0, inside[:EDGE]),
        (seen.bottom < height - 1, inside[-EDGE:]),
        (seen.left > 0, inside[:, :EDGE]),
        (seen.right < width - 1, inside[:, -EDGE:]),
    )
    return any(goes_on and bool(np.any(edge)) for goes_on, edge in edges)
