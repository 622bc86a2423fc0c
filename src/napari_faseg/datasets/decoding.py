"""From the bytes of a picture to its pixels."""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from napari_faseg.datasets.deep_png import decode_deep_png, is_deep_png
from napari_faseg.datasets.tiff import decode_tiff, is_tiff, tiff_shape

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")

OWN_MODES = ("1", "L", "I", "F", "RGB", "RGBA")  # arrays as they are; others become RGB
WITH_ALPHA = ("LA", "PA", "RGBA")
DAMAGE = (OSError, SyntaxError, ValueError, OverflowError, IndexError, struct.error)


def is_picture(content: bytes) -> bool:
    """Return whether a file begins as one that `decode_image` reads."""
    if is_tiff(content):
        return True
    try:
        with pixels_up_to(0), Image.open(io.BytesIO(content), formats=FORMATS):
            return True
    except UnidentifiedImageError:
        return False
    except DAMAGE:  # it begins so
        return True


@contextmanager
def pixels_up_to(most: int) -> Iterator[None]:
    """Let pictures have so many pixels meanwhile, 0: any number, where Pillow allows fewer.

    That is for the whole process, so it is for programs of one thread.
    """
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = most or None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def decode_image(content: bytes, name: str) -> NDArray[Any]:
    """Return a picture as an (h, w) or (h, w, c) array of its own dtype.

    Parameters
    ----------
    content : bytes
        A PNG, JPEG, WebP, BMP or TIFF file.
    name : str
        Of the file, for the error.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    if is_tiff(content):
        return _tiff(content, name)
    if is_deep_png(content):
        return _deep_png(content, name)
    picture = _open(content, name)
    keeps_mode = picture.mode in OWN_MODES or picture.mode.startswith("I;16")
    return np.asarray(picture if keeps_mode else picture.convert("RGB"))


def image_size(content: bytes, name: str) -> tuple[int, int]:
    """Return height and width of a picture from its head.

    Raises
    ------
    ValueError
        If it has none that can be read.
    """
    try:
        if is_tiff(content):
            shape = tiff_shape(content)
            return shape[0], shape[1]
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            return picture.height, picture.width
    except (*DAMAGE, Image.DecompressionBombError) as error:
        raise ValueError(f"cannot read {name}: {_reason(error)}") from error


def decode_values(content: bytes, name: str) -> NDArray[Any]:
    """Return the numbers of a picture as they are stored, without its alpha channel.

    Those of a palette are the places in it.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    if is_tiff(content):
        return _tiff(content, name, as_stored=True)
    if is_deep_png(content):
        return _deep_png(content, name, as_stored=True)
    picture = _open(content, name)
    if picture.mode in WITH_ALPHA:
        return np.asarray(picture)[:, :, :-1]
    keeps_mode = picture.mode in (*OWN_MODES, "P") or picture.mode.startswith("I;16")
    return np.asarray(picture if keeps_mode else picture.convert("RGB"))


def _tiff(content: bytes, name: str, *, as_stored: bool = False) -> NDArray[Any]:
    try:
        return decode_tiff(content, as_stored=as_stored)
    except ValueError as error:
        raise ValueError(f"cannot read {name}: {error}") from error


def _deep_png(content: bytes, name: str, *, as_stored: bool = False) -> NDArray[np.uint16]:
    with _damage_told(name):
        return decode_deep_png(content, as_stored=as_stored)


def _open(content: bytes, name: str) -> Image.Image:
    with _damage_told(name):
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        picture.load()
        return picture


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    """Name the file that Pillow cannot read, or that is too large for it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (*DAMAGE, Image.DecompressionBombError, Warning) as error:
        raise ValueError(f"cannot read {name}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):  # its text is the address of an object
        return "it is no PNG, JPEG, WebP, BMP or TIFF file, or it is damaged"
    return str(error) or type(error).__name__
