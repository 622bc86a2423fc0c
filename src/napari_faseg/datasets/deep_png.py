"""PNG files of 16 bits with colours or alpha: Pillow alone keeps the upper half of their bits."""

import io
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEAD = struct.Struct(">8s4x4s8xBB")  # signature, kind of the first chunk, bits, kind of colours
BEGINNING = b"\x89PNG\r\n\x1a\n", b"IHDR"
N_BITS = 16
GREY_WITH_ALPHA, COLOUR, COLOUR_WITH_ALPHA = 4, 2, 6  # kinds of colours
# What Pillow calls the bytes of a pixel, first one half of each number, then the other.
HALVES = {COLOUR: ("RGB;16B", "RGB;16L"), COLOUR_WITH_ALPHA: ("RGBA;16B", "RGBA;16L")}
FOUR_BYTES = "RGBA"


def is_deep_png(content: bytes) -> bool:
    """Return whether a file is a PNG of 16 bits with colours or alpha."""
    return _colours(content) is not None


def decode_deep_png(content: bytes, *, as_stored: bool = False) -> NDArray[np.uint16]:
    """Return the (h, w, c) values of such a file.

    Parameters
    ----------
    content : bytes
    as_stored : bool
        Whether numbers are wanted, those of grey once and none that say how opaque the pixels are.
        Otherwise they are red, green and blue, and how opaque where there are colours.

    Raises
    ------
    OSError, SyntaxError, ValueError
        If it is damaged: what Pillow says.
    """
    colours = _colours(content)
    if colours == GREY_WITH_ALPHA:
        grey = _unpacked(content, FOUR_BYTES).view(">u2")[:, :, :1].astype(np.uint16)
        return grey if as_stored else np.repeat(grey, 3, axis=2)
    upper, lower = (_unpacked(content, layout) for layout in HALVES[colours or COLOUR])
    values: NDArray[np.uint16] = np.left_shift(upper, 8, dtype=np.uint16) | lower
    return values[:, :, :3] if as_stored else values


def _colours(content: bytes) -> int | None:
    if len(content) < HEAD.size:
        return None
    *beginning, n_bits, colours = HEAD.unpack_from(content)
    is_deep = tuple(beginning) == BEGINNING and n_bits == N_BITS
    return colours if is_deep and colours in (GREY_WITH_ALPHA, *HALVES) else None


def _unpacked(content: bytes, layout: str) -> NDArray[np.uint8]:
    """Return one byte for each channel of a picture, whose pixels are said to be laid out so."""
    picture: Any = Image.open(io.BytesIO(content), formats=["PNG"])
    codec, extents, offset, _ = picture.tile[0]
    picture.tile = [(codec, extents, offset, layout)]
    picture.load()
    return np.asarray(picture)
