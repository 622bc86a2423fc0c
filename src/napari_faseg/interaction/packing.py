"""Arrays as text for a journal: masks exactly, probabilities in 255 steps around a threshold."""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.arrays import Box, Labels, Mask, Probability, bounding_box, frozen

N_BELOW, N_ABOVE = 127, 128  # steps from 0 to the threshold, and from there to 1
LABEL_TYPE = np.dtype("<i4")


def pack_probability(probability: Probability, threshold: float) -> dict[str, Any]:
    """Return a probability for JSON; the mask at the threshold comes back pixel by pixel.

    Parameters
    ----------
    probability : (h, w) float32
        In [0, 1].
    threshold : float
        The mask is where the probability is larger, in [0, 1).
    """
    box = bounding_box(probability > np.float32(threshold) * (0.5 / N_BELOW))
    levels = _to_levels(probability[box], threshold)
    return {"box": box_to_list(box), "levels": _pack(levels.tobytes())}


def unpack_probability(
    packed: Mapping[str, Any], threshold: float, shape: tuple[int, int]
) -> Probability:
    """Return the (h, w) float32 probability that was packed with a threshold, read-only.

    Raises
    ------
    ValueError, TypeError, KeyError
        If it is damaged.
    """
    box = box_from_list(packed["box"], shape)
    size = _size(box)
    levels = np.frombuffer(_unpack(packed["levels"], size[0] * size[1]), np.uint8).reshape(size)
    probability = np.zeros(shape, np.float32)
    probability[box] = _from_levels(levels, threshold)
    return frozen(probability)


def pack_mask(mask: Mask) -> str:
    """Return an (h, w) mask for JSON."""
    return _pack(np.packbits(mask).tobytes())


def unpack_mask(text: str, shape: tuple[int, int]) -> Mask:
    """Return an (h, w) mask that was packed, read-only; ValueError if it is damaged."""
    n_pixels = shape[0] * shape[1]
    bits = np.frombuffer(_unpack(text, -(-n_pixels // 8)), np.uint8)
    return frozen(np.unpackbits(bits, count=n_pixels).reshape(shape).astype(np.bool_))


def pack_labels(box: Box, values: Labels) -> dict[str, Any]:
    """Return what labels are in a box, for JSON."""
    return {"box": box_to_list(box), "values": _pack(values.astype(LABEL_TYPE).tobytes())}


def unpack_labels(packed: Mapping[str, Any], shape: tuple[int, int]) -> tuple[Box, Labels]:
    """Return a box, and the labels in it; ValueError, TypeError or KeyError if damaged."""
    box = box_from_list(packed["box"], shape)
    rows, columns = _size(box)
    content = _unpack(packed["values"], rows * columns * LABEL_TYPE.itemsize)
    values = np.frombuffer(content, LABEL_TYPE).reshape(rows, columns).astype(np.int32)
    if values.min(initial=0) < 0:
        raise ValueError("expected labels, got a negative one")
    return box, values


def box_to_list(box: Box) -> list[int]:
    """Return first row, row after the last, and the same of the columns."""
    return [box[0].start, box[0].stop, box[1].start, box[1].stop]


def box_from_list(numbers: list[int], shape: tuple[int, int]) -> Box:
    """Return the box of four numbers, refusing one that an image of a shape has not."""
    top, bottom, left, right = map(int, numbers)
    if not (0 <= top <= bottom <= shape[0] and 0 <= left <= right <= shape[1]):
        raise ValueError(f"expected a box in an image of {shape[0]} x {shape[1]}, got {numbers}")
    return slice(top, bottom), slice(left, right)


def _to_levels(probability: Probability, threshold: float) -> NDArray[np.uint8]:
    border = np.float32(threshold)  # as numpy compares it with float32
    above = probability > border
    levels = np.zeros(probability.shape, np.uint8)
    if border > 0:
        levels[~above] = np.rint(probability[~above] / border * N_BELOW)
    share = (probability[above] - border) / (np.float32(1) - border)
    levels[above] = N_BELOW + np.clip(np.rint(share * N_ABOVE), 1, N_ABOVE)
    return levels


def _from_levels(levels: NDArray[np.uint8], threshold: float) -> Probability:
    border = np.float32(threshold)
    below = np.arange(N_BELOW + 1, dtype=np.float32) / N_BELOW * border
    above = border + np.arange(1, N_ABOVE + 1, dtype=np.float32) / N_ABOVE * (1 - border)
    just_above = np.nextafter(border, np.float32(2))
    table = np.concatenate([np.minimum(below, border), np.clip(above, just_above, 1)])
    probability: Probability = table.astype(np.float32)[levels]
    return probability


def _size(box: Box) -> tuple[int, int]:
    return box[0].stop - box[0].start, box[1].stop - box[1].start


def _pack(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 1)).decode("ascii")


def _unpack(text: str, n_bytes: int) -> bytes:
    """Return what was packed; no more is unpacked than was expected."""
    try:
        engine = zlib.decompressobj()
        content = engine.decompress(base64.b64decode(text, validate=True), n_bytes + 1)
    except zlib.error as error:
        raise ValueError(f"expected a packed array: {error}") from error
    if len(content) != n_bytes:
        raise ValueError(f"expected a packed array of {n_bytes} bytes, got {len(content)} or more")
    return content
