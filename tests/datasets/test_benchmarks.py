import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_faseg.datasets import dataset_names, open_dataset
from tests.datasets.examples import (
    IMAGE,
    OBJECTS,
    PNG,
    TRIMAP,
    berkeley,
    coco,
    davis,
    frames,
    grabcut,
    voc,
)
from tests.datasets.trees import encoded, written


@pytest.fixture(params=[False, True], ids=["folder", "zip"])
def as_zip(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def opened(name: str, files: Mapping[str, bytes], tmp_path: Path, *, as_zip: bool):
    return open_dataset(name, written(files, tmp_path, as_zip=as_zip))


def test_every_benchmark_is_known_by_its_name() -> None:
    expected = {"berkeley", "coco", "coco_mval", "davis", "folder", "grabcut", "sbd", "sbd_train"}
    assert expected | {"coco_all", "synthetic", "voc", "voc_train"} <= set(dataset_names())


def test_grabcut_has_an_object_an_image_and_does_not_know_its_border(
    as_zip: bool, tmp_path: Path
) -> None:
    dataset = opened("grabcut", grabcut(), tmp_path, as_zip=as_zip)
    assert [sample.name for sample in dataset] == ["21077", "banana1"]
    for sample in dataset:
        np.testing.assert_array_equal(sample.mask, TRIMAP == 255)
        np.testing.assert_array_equal(sample.ignore, TRIMAP == 128)
    np.testing.assert_array_equal(dataset[1].image, IMAGE)


def test_berkeley_has_a_copy_of_the_photo_for_each_object(as_zip: bool, tmp_path: Path) -> None:
    dataset = opened("berkeley", berkeley(), tmp_path, as_zip=as_zip)
    assert [sample.name for sample in dataset] == ["101085#1", "101085#2", "3096"]


@pytest.mark.parametrize("name", ["davis", "coco_mval"])
def test_an_object_is_where_any_channel_is_above_zero(
    name: str, as_zip: bool, tmp_path: Path
) -> None:
    (sample,) = opened(name, frames(), tmp_path, as_zip=as_zip)
    np.testing.assert_array_equal(sample.mask, TRIMAP == 255)
    assert sample.ignore is None


def test_davis_as_published_has_an_object_a_frame(as_zip: bool, tmp_path: Path) -> None:
    dataset = opened("davis", davis(), tmp_path, as_zip=as_zip)
    assert [sample.name for sample in dataset] == ["bear/00000", "swan/00000"]
    np.testing.assert_array_equal(dataset[0].mask, OBJECTS > 0)


def test_voc_has_every_object_of_the_images_of_its_list(as_zip: bool, tmp_path: Path) -> None:
    dataset = opened("voc", voc(), tmp_path, as_zip=as_zip)
    assert [sample.name for sample in dataset] == ["2007_000033#1", "2007_000033#2"]
    np.testing.assert_array_equal(dataset[1].mask, OBJECTS == 2)
    np.testing.assert_array_equal(dataset[1].ignore, (OBJECTS == 255) | (OBJECTS == 220))


def test_voc_reads_the_colours_of_a_palette_as_labels(tmp_path: Path) -> None:
    picture = Image.fromarray(OBJECTS, "P")
    picture.putpalette(list(range(256)) * 3)
    picture.save(tmp_path / "palette.png")
    mask = "VOCdevkit/VOC2012/SegmentationObject/2007_000033.png"
    files = voc() | {mask: (tmp_path / "palette.png").read_bytes()}
    dataset = opened("voc", files, tmp_path, as_zip=False)
    np.testing.assert_array_equal(dataset[0].mask, OBJECTS == 1)


@pytest.mark.parametrize("name", ["grabcut", "berkeley", "davis", "coco_mval", "voc", "sbd"])
def test_a_folder_that_is_another_data_set_is_refused_by_what_is_missing(
    name: str, as_zip: bool, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="has no folder"):
        opened(name, {"other/a.png": PNG}, tmp_path, as_zip=as_zip)


@pytest.mark.parametrize(
    ("name", "files", "missing", "message"),
    [
        ("grabcut", grabcut(), "boundary_GT/21077.bmp", "no mask in boundary_GT/ .*21077.jpg"),
        ("voc", voc(), "VOCdevkit/VOC2012/JPEGImages/2007_000033.jpg", "2007_000033 in JPEGIm"),
        ("voc", voc(), "VOCdevkit/VOC2012/SegmentationObject/2007_000033.png", "has no folder"),
    ],
)
def test_a_missing_file_is_named(
    name: str, files: dict[str, bytes], missing: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match=message):
        opened(name, {k: v for k, v in files.items() if k != missing}, tmp_path, as_zip=False)


def test_two_pictures_of_one_name_are_refused(as_zip: bool, tmp_path: Path) -> None:
    files = grabcut() | {"data_GT/21077.png": PNG}
    with pytest.raises(ValueError, match=r"one of data_GT/21077.jpg and data_GT/21077.png in"):
        opened("grabcut", files, tmp_path, as_zip=as_zip)


def test_two_folders_of_one_name_are_refused(as_zip: bool, tmp_path: Path) -> None:
    files = {f"{place}/{n}": c for place in ("x", "old") for n, c in grabcut().items()}
    with pytest.raises(ValueError, match=r"GrabCut once in .*, got old/data_GT/ and x/data_GT/"):
        opened("grabcut", files, tmp_path, as_zip=as_zip)


def test_the_folder_nearest_to_the_root_is_meant(as_zip: bool, tmp_path: Path) -> None:
    files = grabcut() | {"old/data_GT/other.png": PNG}
    assert len(opened("grabcut", files, tmp_path, as_zip=as_zip)) == 2


def test_a_list_may_begin_with_a_mark_and_name_an_image_twice(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf2007_000033\r\n2007_000033\n"
    files = voc() | {"VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt": content}
    dataset = opened("voc", files, tmp_path, as_zip=False)
    assert [sample.name for sample in dataset] == ["2007_000033#1", "2007_000033#2"]


@pytest.mark.parametrize("name", ["davis", "coco_mval"])
def test_alpha_of_a_mask_is_no_object(name: str, tmp_path: Path) -> None:
    mask = np.stack([TRIMAP, np.full_like(TRIMAP, 255)], axis=-1)
    files = frames() | {"DAVIS/gt/a.png": encoded(mask)}
    (sample,) = opened(name, files, tmp_path, as_zip=False)
    np.testing.assert_array_equal(sample.mask, TRIMAP > 0)


@pytest.mark.parametrize(("content", "message"), [(b"", "empty file"), (b"\xff\xfe", "no text")])
def test_a_list_that_names_no_image_is_refused(
    content: bytes, message: str, tmp_path: Path
) -> None:
    files = voc() | {"VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt": content}
    with pytest.raises(ValueError, match=message):
        opened("voc", files, tmp_path, as_zip=False)


def test_objects_are_counted_without_decoding_anything_where_each_mask_is_one(
    tmp_path: Path,
) -> None:
    files = grabcut() | {"data_GT/21077.jpg": b"broken", "boundary_GT/21077.bmp": b"broken"}
    dataset = opened("grabcut", files, tmp_path, as_zip=True)
    assert len(dataset) == 2
    with pytest.raises(ValueError, match="21077"):
        dataset[0]


def test_a_data_set_can_go_to_another_process(as_zip: bool, tmp_path: Path) -> None:
    dataset = pickle.loads(pickle.dumps(opened("grabcut", grabcut(), tmp_path, as_zip=as_zip)))
    assert dataset[0].name == "21077"


@pytest.mark.parametrize("name", [n for n in dataset_names() if n != "synthetic"])
def test_a_benchmark_needs_a_root(name: str) -> None:
    with pytest.raises(ValueError, match="expected the root of the data set"):
        open_dataset(name)


def test_coco_has_an_object_for_each_annotation_that_is_no_crowd(
    as_zip: bool, tmp_path: Path
) -> None:
    pytest.importorskip("pycocotools")
    dataset = opened("coco_all", coco(), tmp_path, as_zip=as_zip)
    assert [sample.name for sample in dataset] == ["000007#10", "000007#11"]
    expected = np.zeros((6, 8), bool)
    expected[1:3, 1:4] = True
    np.testing.assert_array_equal(dataset[0].mask, expected)


def test_the_sample_of_coco_is_the_same_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pycocotools")
    monkeypatch.setattr("napari_faseg.datasets.coco.PER_CLASS", 1)
    root = written(coco(), tmp_path, as_zip=True)
    names = [[s.name for s in open_dataset("coco", root)] for _ in range(2)]
    assert len(names[0]) == 1
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("content", "message"), [(b"{}", "cannot read"), (b"no json", "cannot read")]
)
def test_annotations_that_are_damaged_are_named(
    content: bytes, message: str, tmp_path: Path
) -> None:
    pytest.importorskip("pycocotools")
    files = coco() | {"annotations/instances_val2017.json": content}
    with pytest.raises(ValueError, match=f"{message} annotations/instances_val2017.json"):
        len(opened("coco_all", files, tmp_path, as_zip=False))


def test_an_image_that_coco_names_and_nobody_has_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pycocotools")
    files = {k: v for k, v in coco().items() if not k.endswith(".jpg")}
    with pytest.raises(FileNotFoundError, match="has no image 000007.jpg"):
        opened("coco_all", files, tmp_path, as_zip=False)[0]
