from pathlib import Path

import pytest

from napari_faseg.datasets import find_layout, open_dataset
from tests.datasets.trees import written

CASES = [
    ("grabcut", ["data_GT/a.jpg", "boundary_GT/a.bmp"]),
    ("davis", ["DAVIS/img/a.jpg", "DAVIS/gt/a.png"]),
    ("davis", ["DAVIS/JPEGImages/480p/bear/0.jpg", "DAVIS/Annotations/480p/bear/0.png"]),
    ("sbd", ["benchmark_RELEASE/dataset/img/a.jpg", "benchmark_RELEASE/dataset/inst/a.mat"]),
    (
        "voc",
        [f"VOC/{f}/a.x" for f in ("JPEGImages", "SegmentationObject", "ImageSets/Segmentation")],
    ),
    ("coco", ["annotations/instances_val2017.json", "val2017/000007.jpg"]),
    ("folder", ["images/a.png", "labels/a.png"]),
    ("folder", ["mine/images/a.png", "mine/masks/a.png"]),
    (None, ["a.png", "b.png"]),
    (None, ["images/a.png"]),
    (None, ["x/images/a.png", "y/labels/a.png"]),
    (None, ["x/images/a.png", "x/labels/a.png", "y/images/a.png", "y/masks/a.png"]),
    (None, ["images/a.png", "labels/a.txt"]),
    ("folder", ["mine/images/a.png", "mine/labels/a.png", "__MACOSX/mine/images/a.png"]),
    (None, ["a/b/c/d/e/images/a.png", "a/b/c/d/e/labels/a.png"]),
]


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(("name", "files"), CASES)
def test_a_layout_is_told_from_the_names_of_folders(
    name: str | None, files: list[str], as_zip: bool, tmp_path: Path
) -> None:
    root = written(dict.fromkeys(files, b""), tmp_path, as_zip=as_zip)
    assert find_layout(root) == name


def test_what_is_no_archive_has_no_layout(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")
    assert find_layout(tmp_path / "a.zip") is None
    assert find_layout(tmp_path / "missing") is None


def test_folders_that_are_empty_are_missing_their_pictures(tmp_path: Path) -> None:
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    assert find_layout(tmp_path) == "folder"
    with pytest.raises(ValueError, match="has none of the layouts"):
        open_dataset("folder", tmp_path)
