"""The image as the person sees it: what napari shows is what the network gets."""

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.images import percentile_range, stretched

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


def as_stretched(
    plane: NDArray[np.generic], percentiles: tuple[float, float], *, rgb: bool
) -> NDArray[np.uint8]:
    """Return a plane of an image stretched between two percentiles of its own values.

    Parameters
    ----------
    plane : (h, w) or (h, w, c) array
        Real numbers of any type.
    percentiles : (float, float)
        In [0, 100]: what is as dark as the one is black, what is as bright as the other white.
    rgb : bool
        Whether the last axis is red, green, blue (and alpha, which is left out): they have one
        stretch together, so that colours stay what they are. Any other channel has its own.

    Returns
    -------
    uint8 array of the same shape, but for alpha
    """
    parts = plane[..., :3] if rgb else plane
    if rgb or plane.ndim == 2:
        return _to_levels(stretched(parts, *percentile_range(parts, percentiles)))
    ranges = [percentile_range(parts[..., n], percentiles) for n in range(parts.shape[2])]
    shades = [stretched(parts[..., n], *found) for n, found in enumerate(ranges)]
    return _to_levels(np.stack(shades, axis=2))


def _is_extent(plane: NDArray[np.generic], low: float, high: float) -> bool:
    if plane.dtype == np.uint8:
        return False
    finite = plane[np.isfinite(plane)]
    return bool(finite.size and low <= finite.min() and high >= finite.max())


def _to_uint8(plane: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    return _to_levels((np.nan_to_num(plane.astype(np.float64)) - low) / (high - low))


def _to_levels(shade: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(np.clip(shade, 0, 1) * UINT8_MAX).astype(np.uint8)
