"""When one look is not enough: what the network found decides where it looks once more.

The benchmark's zoom-in shows the first click the whole image, keeps a window that the object has
outgrown, and shows a nucleus of 20 pixels in 200 others. None of this costs the annotator a click
here: the network looks again, closer at what the first click found, closer still where that is
small, and further where an answer ends at the edge of its window. What a first click means is asked
twice from afar, the second time with the first answer as the previous mask, so that it matters less
where in the object one has clicked; that counts where the object is large. Such cascades are from
Sun et al., "CFR-ICL: Cascade-forward refinement with iterative click loss" (AAAI 2024).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from napari_faseg.interaction.arrays import Mask, Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.components import THRESHOLD
from napari_faseg.interaction.windows import Rectangle, Window, ZoomIn

MOST_LOOKS = 4  # for one prediction, the first included
LARGE = 0.08  # share of the image; about smaller objects a second answer from afar goes astray
EDGE = 2  # pixels; an object so near to the edge of a window is cut off by it
GROWTH = 1.1  # a window that is larger by less shows nothing new
SHRINKAGE = 0.6  # nor does one that is smaller by less
FIRST_SIDE = 200  # shortest side of the first closer window: the object may be larger than found


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
    is_first = window.view == whole.view
    side = max(zoom.shortest_side, FIRST_SIDE) if is_first else zoom.shortest_side
    found = replace(zoom, n_skipped=0, shortest_side=side).window(clicks, answer, None, whole)
    if is_first:
        return found if found.view != window.view else None
    growth = found.seen.area / window.seen.area
    is_closer = len(clicks) == 1 and growth < SHRINKAGE
    is_further = growth > GROWTH and is_cut_off(mask, window.seen)
    return found if is_closer or is_further else None


def is_large(answer: Probability) -> bool:
    """Whether the object of an (h, w) answer fills enough of the image to be seen from afar."""
    return bool(np.count_nonzero(answer > THRESHOLD) > LARGE * answer.size)


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
