"""Any image, as the three channels in [0, 1] that a network takes."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST_N_CHANNELS = 4
MOST_PIXELS = 200_000_000  # of a plane; a session needs about 64 bytes for each
PERCENTILES = (0.5, 99.5)  # of an image that is not uint8: darkest and brightest that still count
N_SAMPLES = 1_000_000  # values that the percentiles of a large image are taken from


def checked_image(image: ArrayLike) -> NDArray[np.generic]:
    """Return an image as an array, refusing what is not one.

    Parameters
    ----------
    image : (h, w) or (h, w, c) array
        Booleans, integers or real numbers; c from 1 to 4.

    Raises
    ------
    ValueError
        If the shape is not that of an image.
    TypeError
        If the values are not real numbers.
    """
    array = np.asarray(image)
    n_channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or not 1 <= n_channels <= LARGEST_N_CHANNELS:
        raise ValueError(
            f"expected an (h, w) or (h, w, c) image with c from 1 to 4, got shape {array.shape}"
        )
    if array.size == 0:
        raise ValueError(f"expected an image with pixels, got shape {array.shape}")
    if array.dtype.kind not in "buif":
        raise TypeError(f"expected an image of real numbers, got dtype {array.dtype}")
    return array


def to_rgb(image: ArrayLike) -> NDArray[np.float32]:
    """Turn any image into red, green and blue.

    Grey becomes three equal channels, of two channels the third is zero, of four the last
    (alpha) is left out. Booleans are 0 or 1 and uint8 is divided by 255; anything else is
    stretched between the percentiles 0.5 and 99.5 of its finite values, one stretch for all
    channels. What is not finite becomes 0, and a constant image 0.5.

    Parameters
    ----------
    image : (h, w) or (h, w, c) array
        Booleans, integers or real numbers; c from 1 to 4.

    Returns
    -------
    (h, w, 3) float32
        In [0, 1].

    Raises
    ------
    ValueError, TypeError
        If it is not such an image.
    """
    array = checked_image(image)
    array = array[:, :, np.newaxis] if array.ndim == 2 else array  # (h, w, c)
    array = array[:, :, :3]
    low, high = _range(array)
    rgb = np.zeros((*array.shape[:2], 3), np.float32)
    for channel in range(array.shape[2]):
        rgb[:, :, channel] = stretched(array[:, :, channel], low, high)
    if array.shape[2] == 1:
        rgb[:, :, 1:] = rgb[:, :, :1]
    return rgb


def to_rgb8(image: ArrayLike) -> NDArray[np.uint8]:
    """Turn any image into red, green and blue of 8 bits, (h, w, 3); see `to_rgb`."""
    array = checked_image(image)
    if array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] == 3:
        return np.asarray(array, np.uint8)
    return (255 * to_rgb(array)).round().astype(np.uint8)


def _range(array: NDArray[np.generic]) -> tuple[float, float]:
    if array.dtype == np.bool_:
        return 0.0, 1.0
    if array.dtype == np.uint8:
        return 0.0, 255.0
    return percentile_range(array, PERCENTILES)


def percentile_range(
    array: NDArray[np.generic], percentiles: tuple[float, float]
) -> tuple[float, float]:
    """Return two percentiles of the finite values of an (h, w) or (h, w, c) image.

    Of a large image, rows and columns at equal distances are looked at. Where the two are the
    same, the smallest and the largest of the values are returned.
    """
    step = math.ceil(math.sqrt(array.size / N_SAMPLES))
    values = array[::step, ::step].astype(np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0, 0.0
    low, high = np.percentile(values, percentiles)
    if not high > low:  # nearly constant: let the few other values count
        low, high = values.min(), values.max()
    return float(low), float(high)


def stretched(channel: NDArray[np.generic], low: float, high: float) -> NDArray[np.float64]:
    """Return values on the way from low, 0, to high, 1; 0 what is not finite, 0.5 if all is one."""
    is_finite = np.isfinite(channel)
    half_range = high / 2 - low / 2  # halves, since the range of large floats may not be a float
    if not half_range > 0:
        return np.where(is_finite, 0.5, 0.0)
    values = np.clip(channel.astype(np.float64), low, high) / 2
    return np.where(is_finite, (values - low / 2) / half_range, 0.0)
