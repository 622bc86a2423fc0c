"""From the bytes of a mask to its objects, as each data set stores them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.decoding import decode_values
from napari_faseg.datasets.lossy import lossy_format

OBJECT, IGNORED = 255, 128  # of a binary mask
VOID = (220, 255)  # of a map of objects of Pascal VOC


def decode_mask(content: bytes, name: str) -> NDArray[np.integer]:
    """Return a mask as (h, w) labels, -1 where nobody knows.

    A mask of two colours, one with no other values than 0, 128 and 255, and one of 8 bits with
    no other values than 0 and 128 is binary: its object has label 1, and 128 is unknown. In any
    other mask each value above 0 is the label of an object. Alpha does not count.

    Parameters
    ----------
    content : bytes
        A PNG, BMP, TIFF or lossless WebP file of one channel.
    name : str
        Of the file, for the errors.

    Raises
    ------
    ValueError
        If it cannot be read, is not a mask, or has lost its labels to a compression.
    """
    _refuse_lossy(content, name)
    values = _one_channel(decode_values(content, name))
    _check(values, 2, f"a mask of one channel of integers in {name}")
    return binary_labels(values) if _is_binary(values) else values


def decode_any(content: bytes, name: str) -> NDArray[np.integer]:
    """Return 1 where any channel of a mask is above 0, as DAVIS-345 and COCO_MVal store objects.

    Alpha does not count.

    Raises
    ------
    ValueError
        If it cannot be read, or has fractions.
    """
    return np.asarray((_channels(content, name) > 0).any(axis=2), np.int8)


def decode_trimap(content: bytes, name: str) -> NDArray[np.integer]:
    """Return 1 where the first channel is above 128, -1 where it is 128, as GrabCut stores it.

    Raises
    ------
    ValueError
        If it cannot be read, or has fractions.
    """
    return binary_labels(_channels(content, name)[:, :, 0])


def decode_instances(content: bytes, name: str) -> NDArray[np.integer]:
    """Return a map of labels with -1 where it is 220 or 255, as Pascal VOC stores objects.

    Raises
    ------
    ValueError
        If it cannot be read, has several channels or fractions, or has lost its labels to a
        compression.
    """
    _refuse_lossy(content, name)
    values = decode_values(content, name)
    values = values[:, :, 0] if values.ndim == 3 and values.shape[2] == 1 else values
    _check(values, 2, f"a map of labels in {name}")
    return np.where(np.isin(values, VOID), -1, _signed(values, name))


def binary_labels(values: NDArray[Any]) -> NDArray[np.int8]:
    """Return 1 where a binary mask is true or above 128, -1 where it is 128, else 0."""
    if values.dtype == np.bool_:
        return values.astype(np.int8)
    return np.where(values == IGNORED, -1, values > IGNORED).astype(np.int8)


def _refuse_lossy(content: bytes, name: str) -> None:
    found = lossy_format(content)
    if found is not None:
        raise ValueError(
            f"expected a mask with the values that were saved in {name}, got {found}, which "
            "changes the labels: save it as PNG or TIFF"
        )


def _channels(content: bytes, name: str) -> NDArray[Any]:
    """Return a mask of any number of channels as (h, w, c)."""
    values = np.atleast_3d(decode_values(content, name))
    _check(values, 3, f"a mask of integers in {name}")
    return values


def _one_channel(values: NDArray[Any]) -> NDArray[Any]:
    is_grey = values.ndim == 3 and bool((values == values[:, :, :1]).all())
    return values[:, :, 0] if is_grey else values


def _check(values: NDArray[Any], ndim: int, expected: str) -> None:
    if values.ndim != ndim or values.dtype.kind not in "bui":
        raise ValueError(f"expected {expected}, got shape {values.shape} of {values.dtype}")


def _signed(values: NDArray[Any], name: str) -> NDArray[np.integer]:
    """Return the same labels in a type that has -1 too."""
    if values.dtype != np.uint64:
        return values.astype(np.promote_types(values.dtype, np.int8))
    largest = np.iinfo(np.int64).max
    if (values > largest).any():
        raise ValueError(f"expected labels up to {largest} in {name}, got {values.max()}")
    return values.astype(np.int64)


def _is_binary(values: NDArray[Any]) -> bool:
    if values.dtype == np.bool_:
        return True
    found = set(np.unique(values)) - {0}
    # A map of labels of more bits may well hold no other label than 128.
    return found in ({OBJECT}, {OBJECT, IGNORED}) or (found == {IGNORED} and values.itemsize == 1)
