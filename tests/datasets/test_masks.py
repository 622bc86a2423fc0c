"""Masks of every kind keep the numbers of their objects, and alpha is no object."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_faseg.datasets.decoding import decode_image, decode_values
from napari_faseg.datasets.masks import decode_any, decode_instances, decode_mask, decode_trimap
from tests.datasets.trees import encoded

OBJECT = np.zeros((6, 8), np.uint8)
OBJECT[1:3, 1:5] = 255


def tiff(array: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **options)
    return stream.getvalue()


def with_tag(content: bytes, name: str, value: int) -> bytes:
    """Return a TIFF file with another value of a tag."""
    stream = io.BytesIO(content)
    with tifffile.TiffFile(stream, mode="r+b") as file:
        file.pages.first.tags[name].overwrite(value)
    return stream.getvalue()


def colour_with_alpha() -> bytes:
    stream = io.BytesIO()
    picture = Image.merge("RGBA", [Image.fromarray(OBJECT)] * 3 + [Image.new("L", (8, 6), 9)])
    picture.save(stream, "TIFF")
    return stream.getvalue()


OPAQUE = np.full_like(OBJECT, 255)
GREY_WITH_ALPHA = encoded(np.stack([OBJECT, OPAQUE], axis=-1))
SEE_THROUGH = {
    "grey": GREY_WITH_ALPHA,
    "colour": encoded(np.stack([OBJECT, OBJECT, OBJECT, OPAQUE], axis=-1)),
    "colour tiff": colour_with_alpha(),
    "grey tiff": tiff(
        np.stack([OBJECT, OPAQUE], axis=-1), photometric="minisblack", extrasamples=["unassalpha"]
    ),
    "planes": tiff(
        np.stack([OBJECT, OBJECT, OBJECT, OPAQUE]), photometric="rgb", planarconfig="separate"
    ),
}


@pytest.mark.parametrize("decode", [decode_mask, decode_any, decode_trimap])
@pytest.mark.parametrize("kind", SEE_THROUGH)
def test_alpha_is_no_object(decode: Callable[..., np.ndarray], kind: str) -> None:
    np.testing.assert_array_equal(decode(SEE_THROUGH[kind], "a"), OBJECT > 0)


def test_two_masks_in_a_tiff_file_are_not_a_mask_with_alpha() -> None:
    content = tiff(np.stack([OBJECT, OPAQUE]), photometric="minisblack")
    with pytest.raises(ValueError, match=r"expected a mask of one channel of integers in a.tif"):
        decode_mask(content, "a.tif")


def test_labels_of_sixteen_bits_stay_what_they_are() -> None:
    labels = np.where(OBJECT, np.uint16(40000), np.uint16(0))
    labels[0], labels[5] = 300, 255
    found = decode_instances(encoded(labels), "a.png")
    assert np.unique(found).tolist() == [-1, 0, 300, 40000]
    np.testing.assert_array_equal(found == -1, labels == 255)


@pytest.mark.parametrize("dtype", [np.uint32, np.int32, np.uint64])
def test_wide_labels_stay_what_they_are(dtype: type[np.integer]) -> None:
    largest = min(np.iinfo(dtype).max, np.iinfo(np.int64).max)
    labels = np.where(OBJECT, dtype(largest), dtype(0))
    for decode in (decode_mask, decode_instances):
        assert np.unique(decode(tiff(labels), "a.tif")).tolist() == [0, largest]


def test_labels_that_no_signed_number_holds_are_refused() -> None:
    labels = np.where(OBJECT, np.uint64(2**63), np.uint64(0))
    with pytest.raises(ValueError, match=r"up to 9223372036854775807 in a.tif, got 92233720368547"):
        decode_instances(tiff(labels), "a.tif")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([0, 255], np.uint8, [0, 1]),
        ([0, 255], np.uint16, [0, 1]),
        ([0, 128, 255], np.uint8, [0, -1, 1]),
        ([0, 128, 128], np.uint8, [0, -1, -1]),
        ([128, 128, 128], np.uint8, [-1, -1, -1]),
        ([0, 128, 128], np.uint16, [0, 128, 128]),
        ([0, 127, 128], np.uint8, [0, 127, 128]),
        ([0, 1, 255], np.uint8, [0, 1, 255]),
        ([0, 0, 0], np.uint8, [0, 0, 0]),
    ],
)
def test_a_mask_of_objects_and_unknown_pixels_is_told_from_labels(
    values: list[int], dtype: type[np.integer], expected: list[int]
) -> None:
    content = encoded(np.array([values], dtype))
    assert decode_mask(content, "a.png").tolist() == [expected]


@pytest.mark.parametrize("decode", [decode_mask, decode_any, decode_trimap, decode_instances])
def test_fractions_are_no_mask(decode: Callable[..., np.ndarray]) -> None:
    with pytest.raises(ValueError, match=r"expected a .* in a.tif, got shape .* of float32"):
        decode(tiff(OBJECT.astype(np.float32)), "a.tif")


def saved(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.tile(OBJECT, (8, 8))).save(stream, kind, **options)
    return stream.getvalue()


LOSSY = {
    "a.jpg": (saved("JPEG", quality=90), "JPEG"),
    "a.png": (saved("JPEG", quality=100), "JPEG"),  # whatever it is called
    "a.webp": (saved("WEBP", quality=80), "lossy WebP"),
    "b.webp": (saved("WEBP", quality=80, exif=b"Exif\0\0II*\0\b\0\0\0\0\0"), "lossy WebP"),
    "a.tif": (saved("TIFF", compression="jpeg"), "JPEG"),
}


@pytest.mark.parametrize("decode", [decode_mask, decode_instances])
@pytest.mark.parametrize("name", LOSSY)
def test_a_mask_that_has_lost_its_labels_to_a_compression_is_refused_by_name(
    decode: Callable[..., np.ndarray], name: str
) -> None:
    content, kind = LOSSY[name]
    message = f"in {name}, got {kind}, which changes the labels: save it as PNG or TIFF"
    with pytest.raises(ValueError, match=message):
        decode(content, name)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_a_mask_that_is_compressed_without_loss_is_read(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    found = decode_mask(saved(kind, **options), "a")
    np.testing.assert_array_equal(found, np.tile(OBJECT, (8, 8)) > 0)


@pytest.mark.parametrize("name", ["a.jpg", "a.webp"])
def test_a_benchmark_that_tells_its_objects_by_a_threshold_reads_them_from_any_file(
    name: str,
) -> None:
    content, disc = LOSSY[name][0], np.tile(OBJECT, (8, 8)) > 0
    assert ((decode_trimap(content, name) == 1) == disc).mean() > 0.95


TILES = tiff(np.zeros((40, 50), np.float32), tile=(16, 16))


@pytest.mark.parametrize("decode", [decode_mask, decode_any, decode_trimap, decode_instances])
@pytest.mark.parametrize(
    "content",
    [
        with_tag(tiff(OBJECT), "ImageWidth", 0),
        with_tag(TILES, "TileWidth", 2**32 - 16),
        with_tag(TILES, "TileLength", 0),
        b"no picture",
    ],
    ids=["no-width", "wide-tiles", "low-tiles", "text"],
)
def test_a_damaged_file_is_named(decode: Callable[..., np.ndarray], content: bytes) -> None:
    with pytest.raises(ValueError, match=r"cannot read labels/a.tif: ") as caught:
        decode(content, "labels/a.tif")
    assert "BytesIO" not in str(caught.value)


def test_the_places_in_the_palette_of_a_tiff_are_values_but_its_colours_are_an_image() -> None:
    places = np.arange(12, dtype=np.uint8).reshape(3, 4)
    palette = np.zeros((3, 256), np.uint16)
    palette[0] = 257 * np.arange(256)[::-1]  # the larger the number, the less red
    content = io.BytesIO()
    tifffile.imwrite(content, places, photometric="palette", colormap=palette)
    np.testing.assert_array_equal(decode_values(content.getvalue(), "a.tif"), places)
    image = decode_image(content.getvalue(), "a.tif")
    np.testing.assert_array_equal(image[:, :, 0], 255 - places)
    assert not image[:, :, 1:].any()
