"""The image as the person sees it: what napari shows is what the network gets."""

import numpy as np
from numpy.typing import NDArray

UINT8_MAX = 255


def as_displayed(
    plane: NDArray[np.generic], *, rgb: bool, contrast_limits: tuple[float, float]
) -> NDArray[np.generic]:
    """Return a plane of an image with the contrast that napari shows it with.

    Limits that are the darkest and brightest pixel are nobody's choice: one hot pixel would
    flatten the image. Such a plane is returned as it is, for the predictor to stretch.

    Parameters
    ----------
    plane : (h, w) or (h, w, c) array
        Real numbers of any type.
    rgb : bool
        Whether the last axis is red, green, blue (and alpha), to which limits do not apply.
    contrast_limits : (float, float)
        The values shown as black and as white.

    Returns
    -------
    array of the same shape
        uint8 where a contrast was chosen, else the plane itself.
    """
    if rgb:
        return _to_uint8(plane, 0, 1) if plane.dtype.kind == "f" else plane
    low, high = contrast_limits
    full_range = plane.dtype == np.uint8 and (low, high) == (0, UINT8_MAX)
    if full_range or not high > low or _is_extent(plane, low, high):
        return plane
    return _to_uint8(plane, low, high)


def _is_extent(plane: NDArray[np.generic], low: float, high: float) -> bool:
    if plane.dtype == np.uint8:
        return False
    finite = plane[np.isfinite(plane)]
    return bool(finite.size and low <= finite.min() and high >= finite.max())


def _to_uint8(plane: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    shade = (np.nan_to_num(plane.astype(np.float64)) - low) / (high - low)
    return np.rint(np.clip(shade, 0, 1) * UINT8_MAX).astype(np.uint8)
