"""PNG files of 16 bits keep all of them, whatever their colours and their opacity."""

import struct
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_faseg.datasets.decoding import decode_image, decode_values, image_size
from napari_faseg.datasets.masks import decode_any, decode_instances, decode_mask
from napari_faseg.interaction import to_rgb

COLOUR_OF_CHANNELS = {1: 0, 2: 4, 3: 2, 4: 6}  # by the specification of PNG
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2))  # fmt: skip
PIXELS = np.random.default_rng(0).integers(0, 2**16, (13, 18, 4)).astype(np.uint16)
LABELS = np.zeros((13, 18), np.uint16)
LABELS[1:3, 1:3], LABELS[5:8, 2:9], LABELS[9:, 4:] = 1, 2, 300
OPAQUE = np.full_like(LABELS, 65535)
CHANNELS = {"grey and alpha": 2, "colour": 3, "colour and alpha": 4}


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(
        ">I", zlib.crc32(kind + content)
    )  # fmt: skip


def filtered(row: NDArray[np.uint8], above: NDArray[np.uint8], kind: int, n: int) -> bytes:
    """Return a row of bytes as the difference from those left (1), above (2) or none (0)."""
    left = np.concatenate([np.zeros(n, np.uint8), row[:-n]])
    return bytes([kind]) + (row - (0, left, above)[kind]).tobytes()


def png(array: NDArray[np.uint16], *, interlaced: bool = False) -> bytes:
    """Return an (h, w, c) array as a PNG of 16 bits, with rows that are filtered in three ways."""
    height, width, n_channels = array.shape
    parts = [array[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [array]
    stream = b""
    for part in parts:
        rows = np.ascontiguousarray(part.astype(">u2")).view(np.uint8).reshape(len(part), -1)
        above = np.zeros_like(rows[:1]).ravel() if len(rows) else rows
        for number, row in enumerate(rows):
            stream += filtered(row, above, number % 3, 2 * n_channels)
            above = row
    colours = COLOUR_OF_CHANNELS[n_channels]
    head = struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, int(interlaced))
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(stream)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def labelled(kind: str) -> bytes:
    n_channels = CHANNELS[kind]
    channels = [LABELS] * (1 if n_channels == 2 else 3)
    return png(np.stack(channels + [OPAQUE] * (n_channels % 2 == 0), axis=-1))


@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
@pytest.mark.parametrize("n_channels", [1, 3, 4])
def test_an_image_keeps_all_its_bits(n_channels: int, interlaced: bool) -> None:
    pixels = PIXELS[:, :, :n_channels]
    found = decode_image(png(pixels, interlaced=interlaced), "a.png")
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, pixels[:, :, 0] if n_channels == 1 else pixels)


@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
def test_grey_with_alpha_is_grey(interlaced: bool) -> None:
    content = png(PIXELS[:, :, :2], interlaced=interlaced)
    np.testing.assert_array_equal(decode_image(content, "a.png"), PIXELS[:, :, [0, 0, 0]])
    np.testing.assert_array_equal(decode_values(content, "a.png"), PIXELS[:, :, :1])
    assert image_size(content, "a.png") == PIXELS.shape[:2]


def test_an_image_of_twelve_bits_is_as_bright_as_the_same_pixels() -> None:
    pixels = PIXELS[:, :, :3] // 16
    np.testing.assert_array_equal(to_rgb(decode_image(png(pixels), "a.png")), to_rgb(pixels))


@pytest.mark.parametrize("kind", CHANNELS)
def test_labels_of_sixteen_bits_stay_what_they_are_with_colours_or_alpha(kind: str) -> None:
    np.testing.assert_array_equal(decode_mask(labelled(kind), "a.png"), LABELS)
    np.testing.assert_array_equal(decode_any(labelled(kind), "a.png"), LABELS > 0)


def test_a_map_of_labels_with_alpha_is_one_of_pascal_voc() -> None:
    np.testing.assert_array_equal(decode_instances(labelled("grey and alpha"), "a.png"), LABELS)


@pytest.mark.parametrize("kind", CHANNELS)
def test_a_damaged_file_is_named(kind: str) -> None:
    content = labelled(kind)
    for size in (30, 45, len(content) // 2):
        with pytest.raises(ValueError, match=r"cannot read a.png: ."):
            decode_mask(content[:size], "a.png")


@pytest.mark.parametrize("kind", CHANNELS)
def test_a_file_that_is_too_large_is_named(kind: str) -> None:
    content = labelled(kind)
    head = struct.pack(">II", 2**20, 2**20) + content[24:29]
    content = content[:8] + chunk(b"IHDR", head) + content[33:]
    with pytest.raises(ValueError, match=r"cannot read a.png: .*decompression bomb"):
        decode_image(content, "a.png")
