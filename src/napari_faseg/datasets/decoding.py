"""From the bytes of a picture to an image, or to the objects of a mask."""

import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_faseg.datasets.tiff import decode_tiff, is_tiff, tiff_shape

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")

OBJECT, IGNORED = 255, 128  # of a binary mask
VOID = (220, 255)  # of a map of objects of Pascal VOC
OWN_MODES = ("1", "L", "I", "F", "RGB", "RGBA")  # arrays as they are; others become RGB


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
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"cannot read {name}: {error}") from error


def decode_mask(content: bytes, name: str) -> NDArray[np.integer]:
    """Return a mask as (h, w) labels, -1 where nobody knows.

    A mask of two colours, and one of 0, 128 and 255, is binary: its object has label 1, and
    128 is unknown. In any other mask each value above 0 is the label of an object.

    Parameters
    ----------
    content : bytes
        A PNG, JPEG, WebP, BMP or TIFF file of one channel.
    name : str
        Of the file, for the errors.

    Raises
    ------
    ValueError
        If it cannot be read, or is not a mask.
    """
    values = _tiff(content, name) if is_tiff(content) else np.asarray(_open(content, name))
    if values.ndim == 3 and (values[:, :, :3] == values[:, :, :1]).all():
        values = values[:, :, 0]
    if values.ndim != 2 or values.dtype.kind not in "bui":
        raise ValueError(
            f"expected a mask of one channel of integers in {name}, "
            f"got shape {values.shape} of {values.dtype}"
        )
    return binary_labels(values) if _is_binary(values) else values


def decode_any(content: bytes, name: str) -> NDArray[np.integer]:
    """Return 1 where any channel of a mask is above 0, as DAVIS-345 and COCO_MVal store objects.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    values = np.asarray(_open(content, name))
    return np.asarray(np.atleast_3d(values)[:, :, :3].any(axis=2), np.int8)


def decode_trimap(content: bytes, name: str) -> NDArray[np.integer]:
    """Return 1 where the first channel is above 128, -1 where it is 128, as GrabCut stores it.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    values = np.asarray(_open(content, name))
    return binary_labels(values if values.ndim == 2 else values[:, :, 0])


def decode_instances(content: bytes, name: str) -> NDArray[np.integer]:
    """Return a map of labels with -1 where it is 220 or 255, as Pascal VOC stores objects.

    Raises
    ------
    ValueError
        If it cannot be read, or has several channels.
    """
    values = np.asarray(_open(content, name))
    if values.ndim != 2:
        raise ValueError(f"expected a map of labels in {name}, got shape {values.shape}")
    return np.where(np.isin(values, VOID), -1, values.astype(np.int16))


def binary_labels(values: NDArray[Any]) -> NDArray[np.int8]:
    """Return 1 where a binary mask is true or above 128, -1 where it is 128, else 0."""
    if values.dtype == np.bool_:
        return values.astype(np.int8)
    return np.where(values == IGNORED, -1, values > IGNORED).astype(np.int8)


def _tiff(content: bytes, name: str) -> NDArray[Any]:
    try:
        return decode_tiff(content)
    except ValueError as error:
        raise ValueError(f"cannot read {name}: {error}") from error


def _is_binary(values: NDArray[Any]) -> bool:
    return values.dtype == np.bool_ or set(np.unique(values)) - {0, IGNORED} == {OBJECT}


def _open(content: bytes, name: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        raise ValueError(f"cannot read {name}: {error}") from error
    return picture
