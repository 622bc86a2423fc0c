"""How deep pixels lie in a mask, and which one lies deepest."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_faseg.interaction.arrays import Mask, bounding_box


def depth_of(mask: Mask) -> NDArray[np.float64]:
    """Return the distance of each pixel of an (h, w) mask to its border, that of the image too."""
    depth: NDArray[np.float64] = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    return depth


def deepest_pixel(mask: Mask) -> tuple[int, int]:
    """Return the (row, column) of an (h, w) mask that is farthest from its border, the first one.

    The border of the image is one of the mask.
    """
    box = bounding_box(mask)
    row, column = np.unravel_index(depth_of(mask[box]).argmax(), mask[box].shape)
    return int(row) + box[0].start, int(column) + box[1].start
