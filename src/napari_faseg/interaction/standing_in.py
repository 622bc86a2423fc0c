"""Parts of a mask that nobody has clicked on yet, because the object began with them.

An object that is reopened may have been painted, merged or found by another tool. The network
knows objects by their clicks, and would lose what has none: so a click in the middle of each such
part stands in for those that its maker has not made. The session never sees it.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from napari_faseg.interaction.arrays import Mask, Probability, bounding_box
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.components import THRESHOLD, Runs
from napari_faseg.interaction.depth import deepest_pixel, depth_of

MOST_PARTS = 20  # the largest ones
RIM = 0.5  # share of a part's depth; a negative click deeper than this does away with the part


def standing_in(previous: Probability | None, clicks: Sequence[Click]) -> tuple[Click, ...]:
    """Return a positive click for each part of the mask before that has none.

    A part that a negative click has hit near its middle gets none, and so goes; unless it is all
    that there is of the object.

    Parameters
    ----------
    previous : (h, w) float32 or None
        The probability before the last click, in [0, 1].
    clicks : sequence of Click
        All clicks, oldest first.
    """
    if previous is None or not clicks:
        return ()
    mask = previous > THRESHOLD
    runs = Runs.of(mask)
    parts = runs.parts()
    areas = np.bincount(parts, weights=runs.ends - runs.starts)
    is_given = areas > 0
    is_given[[parts[runs.at(*c.pixel)] for c in clicks if c.positive and mask[c.pixel]]] = False
    given = np.flatnonzero(is_given)
    given = given[np.argsort(-areas[given], kind="stable")][:MOST_PARTS]
    unwanted = [click.pixel for click in clicks if not click.positive]
    regions = (runs.drawn(parts == part) for part in given)
    return tuple(_middles(regions, unwanted, is_all=len(areas) == 1))


def _middles(
    regions: Iterator[Mask], unwanted: Sequence[tuple[int, int]], *, is_all: bool
) -> Iterator[Click]:
    for region in regions:
        hit = [pixel for pixel in unwanted if region[pixel]]
        if hit and not is_all and _is_deep(region, hit):
            continue
        for pixel in hit:
            region[pixel] = False
        if region.any():
            yield Click(*deepest_pixel(region))


def _is_deep(region: Mask, pixels: Sequence[tuple[int, int]]) -> bool:
    """Whether one of some pixels of a region lies nearer to its middle than to its rim."""
    box = bounding_box(region)
    depth = depth_of(region[box])
    top, left = box[0].start, box[1].start
    return any(depth[y - top, x - left] > RIM * depth.max() for y, x in pixels)
