"""TIFF files as microscopes write them: 16 bits, floats, several channels."""

import io
import math
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two are BigTIFF
LARGEST = 2**31  # bytes of an image; a larger one is refused before it is read
MOST_CHANNELS = 4
ALPHA = {tifffile.EXTRASAMPLE.ASSOCALPHA, tifffile.EXTRASAMPLE.UNASSALPHA}


def is_tiff(content: bytes) -> bool:
    """Return whether a file begins as a TIFF file does."""
    return content[:4] in MAGIC


def tiff_shape(content: bytes) -> tuple[int, ...]:
    """Return the shape of the first series of a TIFF file, channels last.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    with _opened(content) as file:
        return _channels_last(_checked_shape(file))


def decode_tiff(content: bytes, *, alpha: bool = True) -> NDArray[Any]:
    """Return the first series of a TIFF file as an (h, w) or (h, w, c) array of its own dtype.

    Parameters
    ----------
    content : bytes
    alpha : bool
        Whether a channel that says how opaque the pixels are is one of the channels.

    Raises
    ------
    ValueError
        If it cannot be read, or is a stack.
    """
    with _opened(content) as file:
        shape = _checked_shape(file)
        try:
            array = file.series[0].asarray()
            has_alpha = _has_alpha(file.pages.first)
        except Exception as error:  # every compression has its own way to fail
            raise ValueError(_reason(error)) from error
    array = np.asarray(array).reshape(shape)
    array = array if _channels_last(shape) == shape else np.moveaxis(array, 0, -1)
    return array[:, :, :-1] if has_alpha and not alpha and array.ndim == 3 else array


def _has_alpha(page: Any) -> bool:
    is_rgba = page.samplesperpixel == 4 and page.photometric == tifffile.PHOTOMETRIC.RGB
    return is_rgba or (page.samplesperpixel > 1 and not ALPHA.isdisjoint(page.extrasamples))


def _opened(content: bytes) -> tifffile.TiffFile:
    try:
        return tifffile.TiffFile(io.BytesIO(content))
    except Exception as error:
        raise ValueError(_reason(error)) from error


def _checked_shape(file: tifffile.TiffFile) -> tuple[int, ...]:
    """Return the shape without needless axes of length 1, refusing no image and too large ones."""
    try:
        series = file.series[0]
        shape = _image_shape(tuple(int(n) for n in series.shape))
        n_bytes = math.prod(shape) * series.dtype.itemsize
    except Exception as error:
        raise ValueError(_reason(error)) from error
    if n_bytes == 0:
        raise ValueError(f"expected pixels, got shape {shape}")
    if n_bytes > LARGEST:
        raise ValueError(f"it is too large: {n_bytes} bytes")
    if len(shape) not in (2, 3) or (len(shape) == 3 and min(shape[0], shape[-1]) > MOST_CHANNELS):
        raise ValueError(f"expected one image of up to {MOST_CHANNELS} channels, got shape {shape}")
    return shape


def _image_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    while len(shape) > 3 and 1 in shape[:-2]:
        i = shape.index(1)
        shape = (*shape[:i], *shape[i + 1 :])
    if len(shape) == 3 and shape[0] == 1 and shape[-1] > MOST_CHANNELS:
        return shape[1:]
    return shape


def _channels_last(shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) == 3 and shape[-1] > MOST_CHANNELS:
        return (*shape[1:], shape[0])
    return shape


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0] or type(error).__name__
