"""Annotations of COCO that are damaged are refused when they are opened, in one sentence."""

import json
from pathlib import Path

import pytest

from napari_faseg.datasets import Dataset, open_dataset
from tests.datasets.examples import coco
from tests.datasets.trees import written

pytest.importorskip("pycocotools")

FILE = "annotations/instances_val2017.json"
MISSING = object()


def opened(changes: dict[str, object], part: str, tmp_path: Path) -> Dataset:
    """Open the example with another first row in a part of the annotations."""
    files = coco()
    found = json.loads(files[FILE])
    row = found[part][0] | changes
    found[part][0] = {key: value for key, value in row.items() if value is not MISSING}
    files[FILE] = json.dumps(found).encode()
    return open_dataset("coco_all", written(files, tmp_path, as_zip=True))


@pytest.mark.parametrize(
    ("part", "changes", "message"),
    [
        ("annotations", {"id": MISSING}, "expected annotations with id of type int, got None in"),
        ("annotations", {"id": "x"}, "expected annotations with id of type int, got 'x' in"),
        ("annotations", {"id": True}, "expected annotations with id of type int, got True in"),
        ("annotations", {"id": 11}, "expected each id of annotations once, got 11 twice"),
        ("annotations", {"image_id": [7]}, r"with image_id of type int, got \[7\] in"),
        ("annotations", {"image_id": 99}, "image_id of object 10 among the images, got 99"),
        ("annotations", {"category_id": MISSING}, "with category_id of type int, got None in"),
        ("annotations", {"iscrowd": "0"}, "expected iscrowd 0 or 1 of object 10, got '0'"),
        ("images", {"file_name": MISSING}, "expected images with file_name of type str, got None"),
        ("images", {"height": 6.5}, "expected images with height of type int, got 6.5"),
        ("images", {"height": 10**12}, "up to 100000 pixels a side .*got height 1000000000000"),
        ("images", {"width": 0}, "expected image 000007.jpg .*got height 6 and width 0"),
        ("images", {"height": 90_000, "width": 90_000}, "2147483648 in all, got height 90000"),
        ("categories", {"id": 2}, "expected each id of categories once, got 2 twice"),
    ],
)
def test_a_row_that_is_none_is_refused_by_what_is_wrong_with_it(
    part: str, changes: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=rf"cannot read {FILE} in .*: .*{message}") as caught:
        opened(changes, part, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "expected a list of images, got None"),
        (b'{"images": {}, "annotations": []}', "expected a list of images, got {}"),
        (b'{"images": [], "annotations": [3]}', "annotations with names and values, got 3"),
        (b'{"images": [], "annotations": []}', "expected a list of categories, got None"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_a_file_without_annotations_is_refused(
    content: bytes, message: str, tmp_path: Path
) -> None:
    root = written(coco() | {FILE: content}, tmp_path, as_zip=True)
    with pytest.raises(ValueError, match=rf"cannot read {FILE} in .*: .*{message}"):
        open_dataset("coco_all", root)


@pytest.mark.parametrize("changes", [{"iscrowd": None}, {"iscrowd": MISSING}, {"area": "large"}])
def test_what_nobody_needs_may_be_missing(changes: dict[str, object], tmp_path: Path) -> None:
    dataset = opened(changes, "annotations", tmp_path)
    assert [sample.name for sample in dataset] == ["000007#10", "000007#11"]
    assert dataset.picture(0)[1].max() == 2
