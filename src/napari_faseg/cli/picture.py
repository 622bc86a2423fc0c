"""A picture for the eyes: the image, its objects in colour, its clicks as dots."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from skimage.draw import disk
from skimage.segmentation import find_boundaries

from napari_faseg.interaction import Click, to_rgb

COLOURS = np.array([(255, 106, 0), (0, 158, 255), (190, 60, 255), (255, 210, 0)], dtype=np.float64)
OPACITY = 0.5
RING = (255, 255, 255)
POSITIVE, NEGATIVE = (0, 170, 70), (220, 20, 40)
DOT_RADIUS_PER_SIDE = 1 / 80


def draw(
    image: NDArray[np.generic], labels: NDArray[np.int32], clicks: Iterable[Click]
) -> NDArray[np.uint8]:
    """Draw objects and clicks over an image.

    Parameters
    ----------
    image : (h, w) or (h, w, c), any dtype
    labels : (h, w)
        0 is background; every other value gets a colour and a white outline.
    clicks
        Positive ones become green dots, negative ones red dots.

    Returns
    -------
    picture : (h, w, 3) uint8
    """
    picture = 255.0 * to_rgb(image)  # (h, w, 3)
    inside = labels > 0
    colours = COLOURS[labels[inside] % len(COLOURS)]  # (n, 3)
    picture[inside] = (1 - OPACITY) * picture[inside] + OPACITY * colours
    picture[find_boundaries(labels, mode="inner")] = RING
    radius = max(3.0, max(labels.shape) * DOT_RADIUS_PER_SIDE)
    for click in clicks:
        _dot(picture, click, 1.5 * radius, RING)
        _dot(picture, click, radius, POSITIVE if click.positive else NEGATIVE)
    return picture.round().astype(np.uint8)


def _dot(
    picture: NDArray[np.floating], click: Click, radius: float, colour: tuple[int, int, int]
) -> None:
    rows, columns = disk((click.y, click.x), radius, shape=picture.shape[:2])
    picture[rows, columns] = colour
