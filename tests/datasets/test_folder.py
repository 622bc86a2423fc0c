import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_faseg.datasets import open_dataset
from tests.datasets.trees import encoded, written

IMAGE = np.random.default_rng(0).integers(0, 255, (6, 8, 3)).astype(np.uint8)
LABELS = np.zeros((6, 8), np.uint8)
LABELS[1:3, 1:3], LABELS[4:, 4:] = 1, 7
BINARY = np.zeros((6, 8), np.uint8)
BINARY[2:4, 2:4], BINARY[5] = 255, 128


@pytest.fixture(params=[False, True], ids=["folder", "zip"])
def as_zip(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("images/b.png", "labels/b.png"),
        ("images/b.jpg", "masks/b.png"),
        ("images/deep/b.webp", "labels/deep/b.tif"),
        ("b.webp", "b.png"),
        ("deep/b.tif", "deep/b.png"),
    ],
)
def test_images_and_label_maps_are_paired_by_name(
    image: str, mask: str, as_zip: bool, tmp_path: Path
) -> None:
    kinds = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP", ".tif": "TIFF"}
    files = {
        image: encoded(IMAGE, kinds[Path(image).suffix]),
        mask: encoded(LABELS, kinds[Path(mask).suffix]),
    }
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=as_zip))
    assert dataset.name == "pictures"
    assert len(dataset) == 2
    assert [sample.name for sample in dataset] == ["b#1", "b#7"]
    np.testing.assert_array_equal(dataset[1].mask, LABELS == 7)
    assert dataset[0].ignore is None
    if not image.endswith(".jpg"):
        np.testing.assert_array_equal(dataset[0].image, IMAGE)


def test_a_binary_mask_is_one_object_with_unknown_pixels(as_zip: bool, tmp_path: Path) -> None:
    files = {"images/a.png": encoded(IMAGE), "masks/a.png": encoded(BINARY)}
    (sample,) = open_dataset("folder", written(files, tmp_path, as_zip=as_zip))
    np.testing.assert_array_equal(sample.mask, BINARY == 255)
    np.testing.assert_array_equal(sample.ignore, BINARY == 128)


def test_a_mask_of_one_bit_is_one_object(tmp_path: Path) -> None:
    files = {"a.webp": encoded(IMAGE, "WEBP"), "a.png": encoded(BINARY > 200)}
    (sample,) = open_dataset("folder", written(files, tmp_path, as_zip=True))
    np.testing.assert_array_equal(sample.mask, BINARY == 255)


def test_an_index_names_the_objects(as_zip: bool, tmp_path: Path) -> None:
    rows = [
        {"image": "images/a.png", "mask": "masks/a.png", "id": 7, "area": 8},
        {"image": "images/a.png", "mask": "masks/a.png", "id": [1, 7]},
        {"image": "images/a.png", "mask": "masks/b.png", "id": None},
    ]
    files = {
        "index.json": json.dumps(rows).encode(),
        "images/a.png": encoded(IMAGE),
        "masks/a.png": encoded(LABELS),
        "masks/b.png": encoded(BINARY),
    }
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=as_zip))
    masks = [sample.mask for sample in dataset]
    assert len(dataset) == 3
    np.testing.assert_array_equal(masks[0], LABELS == 7)
    np.testing.assert_array_equal(masks[1], LABELS > 0)
    np.testing.assert_array_equal(masks[2], BINARY == 255)
    np.testing.assert_array_equal(dataset[2].mask, masks[2])


def test_sixteen_bit_labels_and_images_keep_their_values(tmp_path: Path) -> None:
    files = {
        "images/a.png": encoded(IMAGE[:, :, 0].astype(np.uint16) * 200),
        "labels/a.png": encoded(LABELS.astype(np.uint16) * 300),
    }
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=False))
    assert [sample.name for sample in dataset] == ["a#300", "a#2100"]
    np.testing.assert_array_equal(dataset[0].image, IMAGE[:, :, 0].astype(np.uint16) * 200)


def test_files_are_read_when_they_are_needed(tmp_path: Path) -> None:
    files = {"images/a.png": encoded(IMAGE), "labels/a.png": encoded(LABELS)}
    files |= {"images/b.png": b"damaged", "labels/b.png": b"damaged"}
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=True))
    samples = iter(dataset)
    assert next(samples).name == "a#1"
    assert next(samples).name == "a#7"
    with pytest.raises(ValueError, match=r"cannot read images/b.png"):
        next(samples)


def test_a_data_set_can_be_sent_to_another_process(as_zip: bool, tmp_path: Path) -> None:
    files = {"images/a.png": encoded(IMAGE), "labels/a.png": encoded(LABELS)}
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=as_zip))
    assert len(dataset) == 2
    assert pickle.loads(pickle.dumps(dataset))[1].name == "a#7"


def test_hidden_files_do_not_matter(as_zip: bool, tmp_path: Path) -> None:
    files = {"images/a.png": encoded(IMAGE), "labels/a.png": encoded(LABELS)}
    files |= {"images/._a.png": b"", "__MACOSX/images/a.png": b"", "images/notes.txt": b""}
    assert len(open_dataset("folder", written(files, tmp_path, as_zip=as_zip))) == 2


# What can go wrong


def test_a_missing_mask_is_named(as_zip: bool, tmp_path: Path) -> None:
    files = {"images/a.png": encoded(IMAGE), "labels/b.png": encoded(LABELS)}
    with pytest.raises(FileNotFoundError, match=r"no labels/ or masks/ file for images/a.png"):
        open_dataset("folder", written(files, tmp_path, as_zip=as_zip))


def test_an_image_without_a_mask_can_be_left_to_whoever_asks_for_it(
    as_zip: bool, tmp_path: Path
) -> None:
    files = {f"images/{name}.png": encoded(IMAGE) for name in "abc"}
    files["labels/a.png"] = files["labels/c.png"] = encoded(LABELS)
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=as_zip), incomplete=True)
    assert len(dataset) == 5  # two objects twice, and what stands for the missing ones
    assert [dataset[i].name for i in (0, 1, 3, 4)] == ["a#1", "a#7", "c#1", "c#7"]
    with pytest.raises(FileNotFoundError, match=r"masks/ file for images/b.png$"):
        dataset[2]
    del files["labels/c.png"]
    (tmp_path / "more").mkdir()
    with pytest.raises(FileNotFoundError, match=r"images/b.png \(and 1 more files are missing\)"):
        open_dataset("folder", written(files, tmp_path / "more", as_zip=as_zip))


@pytest.mark.parametrize("name", ["masks/none.png", "../outside.png", "/etc/passwd"])
def test_a_file_that_the_index_invents_is_named(name: str, as_zip: bool, tmp_path: Path) -> None:
    rows = [{"image": "images/a.png", "mask": name, "id": 1}]
    files = {"index.json": json.dumps(rows).encode(), "images/a.png": encoded(IMAGE)}
    with pytest.raises(FileNotFoundError, match=rf"has no file {name}, which index.json names"):
        open_dataset("folder", written(files, tmp_path, as_zip=as_zip))


@pytest.mark.parametrize(
    "index",
    [
        b"{",
        b"3",
        b"\xff",
        b'[{"image": "a"}]',
        b'[{"image": ["a"], "mask": "b", "id": 1}]',
        b'[{"image": "a", "mask": "b", "id": 0}]',
        b'[{"image": "a", "mask": "b", "id": []}]',
        b'[{"image": "a", "mask": "b", "id": true}]',
    ],
)
def test_an_index_that_is_none_is_refused(index: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot read index.json"):
        open_dataset("folder", written({"index.json": index}, tmp_path, as_zip=True))


@pytest.mark.parametrize(
    "mask",
    [encoded(IMAGE), encoded(LABELS.astype(np.float32), "TIFF")],
    ids=["colours", "fractions"],
)
def test_a_picture_that_is_no_mask_is_refused(mask: bytes, tmp_path: Path) -> None:
    files = {"images/a.png": encoded(IMAGE), "labels/a.tif": mask}
    with pytest.raises(ValueError, match=r"expected a mask of one channel of integers in labels"):
        list(open_dataset("folder", written(files, tmp_path, as_zip=False)))


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    files = {"images/a.png": encoded(IMAGE), "labels/a.png": encoded(LABELS[:4])}
    with pytest.raises(ValueError, match=r"expected masks of a#1 of shape \(6, 8\), got \(4, 8\)"):
        list(open_dataset("folder", written(files, tmp_path, as_zip=False)))


def test_a_folder_without_a_layout_is_refused(as_zip: bool, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has none of the layouts"):
        open_dataset("folder", written({"a.txt": b"", "b.png": b""}, tmp_path, as_zip=as_zip))


def test_a_root_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder or zip archive"):
        open_dataset("folder", tmp_path / "none")
    (tmp_path / "text").write_text("no archive", encoding="utf-8")
    with pytest.raises(ValueError, match="expected a folder or a zip archive"):
        open_dataset("folder", tmp_path / "text")
    with pytest.raises(ValueError, match="expected the root of the data set"):
        open_dataset("folder")


def test_a_damaged_archive_names_the_file(tmp_path: Path) -> None:
    files = {"images/a.png": encoded(IMAGE), "labels/a.png": encoded(LABELS)}
    root = written(files, tmp_path, as_zip=True)
    content = bytearray(root.read_bytes())
    content[60:70] = bytes(10)
    root.write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot read images/a.png in .*pictures.zip"):
        list(open_dataset("folder", root))


def tiff(array: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((12, 16), (12, 16)),
        ((1, 12, 16), (12, 16)),
        ((1, 1, 12, 16), (12, 16)),
        ((2, 12, 16), (12, 16, 2)),
        ((1, 3, 12, 16), (12, 16, 3)),
        ((12, 16, 3), (12, 16, 3)),
        ((16, 1), (16, 1)),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_tiff_images_of_any_dtype_have_their_channels_last(
    shape: tuple[int, ...], expected: tuple[int, ...], dtype: type, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    mask = np.ones(expected[:2], np.uint16)
    files = {"images/a.tif": tiff(pixels), "labels/a.tif": tiff(mask)}
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=False))
    (sample,) = dataset
    assert sample.image.shape == expected
    assert sample.image.dtype == dtype
    plain = pixels.reshape([n for n in shape if n != 1] or [1]).ravel()
    channels_last = expected[-1] != shape[-1] and len(expected) == 3
    found = np.moveaxis(sample.image, -1, 0) if channels_last else sample.image
    np.testing.assert_array_equal(found.ravel(), plain)
    assert dataset.picture_size(0) == expected[:2]


@pytest.mark.parametrize("shape", [(5, 12, 16), (2, 3, 12, 16)])
def test_a_tiff_stack_is_refused_by_its_shape(shape: tuple[int, ...], tmp_path: Path) -> None:
    files = {
        "images/a.tif": tiff(np.zeros(shape, np.uint8)),
        "labels/a.tif": tiff(np.ones((12, 16), np.uint8)),
    }
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=False))
    with pytest.raises(
        ValueError, match=r"cannot read images/a.tif: expected one image of up to 4"
    ):
        dataset[0]
