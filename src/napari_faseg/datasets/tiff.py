"""TIFF files as microscopes write them: 16 bits, floats, several channels."""

import io
import math
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two are BigTIFF
LARGEST = 2**31  # bytes of an image; a larger one is refused before it is read
MOST_CHANNELS = 4
JPEG = {tifffile.COMPRESSION.JPEG, tifffile.COMPRESSION.OJPEG}
OTHER_COLOURS = {
    tifffile.PHOTOMETRIC.PALETTE,
    tifffile.PHOTOMETRIC.SEPARATED,
    tifffile.PHOTOMETRIC.CIELAB,
    tifffile.PHOTOMETRIC.ICCLAB,
    tifffile.PHOTOMETRIC.ITULAB,
}
ALPHA = {tifffile.EXTRASAMPLE.ASSOCALPHA, tifffile.EXTRASAMPLE.UNASSALPHA}


def is_tiff(content: bytes) -> bool:
    """Return whether a file begins as a TIFF file does."""
    return content[:4] in MAGIC


def is_tiff_of_jpeg(content: bytes) -> bool:
    """Return whether the first image of a TIFF file is compressed as JPEG.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    with _opened(content) as file:
        try:
            return file.pages.first.compression in JPEG
        except Exception as error:
            raise ValueError(_reason(error)) from error


def tiff_shape(content: bytes) -> tuple[int, ...]:
    """Return the shape of the first series of a TIFF file, channels last.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    with _opened(content) as file:
        return _channels_last(_checked_shape(file))


def decode_tiff(content: bytes, *, as_stored: bool = False) -> NDArray[Any]:
    """Return the first series of a TIFF file as an (h, w) or (h, w, c) array of its own dtype.

    Parameters
    ----------
    content : bytes
    as_stored : bool
        Whether numbers are wanted as they are stored, those of a palette too, and no channel that
        says how opaque the pixels are. Otherwise colours of any kind are red, green and blue.

    Raises
    ------
    ValueError
        If it cannot be read, or is a stack.
    """
    with _opened(content) as file:
        shape = _checked_shape(file)
        try:
            page = file.pages.first
            if not as_stored and _has_other_colours(page) and len(file.pages) == 1:
                return _in_rgb(content)
            array = file.series[0].asarray()
            has_alpha = _has_alpha(page)
        except Exception as error:  # every compression has its own way to fail
            raise ValueError(_reason(error)) from error
    array = np.asarray(array).reshape(shape)
    array = array if _channels_last(shape) == shape else np.moveaxis(array, 0, -1)
    return array[:, :, :-1] if has_alpha and as_stored and array.ndim == 3 else array


def _has_other_colours(page: Any) -> bool:
    if page.photometric == tifffile.PHOTOMETRIC.YCBCR:
        return page.compression not in JPEG  # of which tifffile makes red, green and blue
    return page.photometric in OTHER_COLOURS


def _in_rgb(content: bytes) -> NDArray[Any]:
    with Image.open(io.BytesIO(content), formats=["TIFF"]) as picture:
        if picture.mode == "LAB":
            raise ValueError("expected grey or colours of a screen or printer, got those of Lab")
        return np.asarray(picture.convert("RGB"))


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
