"""The annotations of COCO name images; which file is meant does not depend on chance."""

import json
from pathlib import Path

import numpy as np
import pytest

from napari_faseg.datasets import Dataset, open_dataset
from tests.datasets.examples import coco
from tests.datasets.trees import encoded, written

pytest.importorskip("pycocotools")

FILE = "annotations/instances_val2017.json"


def grey(value: int, size: tuple[int, int] = (6, 8)) -> bytes:
    return encoded(np.full(size, value, np.uint8))


def opened(file_names: list[str], files: dict[str, bytes], tmp_path: Path) -> Dataset:
    """Open annotations with an object in each of some images."""
    found = json.loads(coco()[FILE])
    image, row = found["images"][0], found["annotations"][0]
    found["images"] = [image | {"id": i, "file_name": n} for i, n in enumerate(file_names)]
    found["annotations"] = [row | {"id": i, "image_id": i} for i in range(len(file_names))]
    content = {FILE: json.dumps(found).encode()} | files
    return open_dataset("coco_all", written(content, tmp_path, as_zip=True))


@pytest.mark.parametrize(
    ("file_name", "files", "expected"),
    [
        ("a.png", ["a.png", "x/a.png"], "a.png"),
        ("x/a.png", ["x/a.png", "y/a.png"], "x/a.png"),
        ("x/a.png", ["data/x/a.png", "data/y/a.png", "a.png"], "data/x/a.png"),
        ("/home/me/x/a.png", ["x/a.png", "y/a.png"], "x/a.png"),
        ("x\\a.png", ["x/a.png", "y/a.png"], "x/a.png"),
        ("a.png", ["train2017/a.png", "val2017/a.png"], "val2017/a.png"),
        ("old/a.png", ["new/a.png"], "new/a.png"),
    ],
)
def test_the_image_is_the_file_that_has_most_of_its_path(
    file_name: str, files: list[str], expected: str, tmp_path: Path
) -> None:
    pictures = {name: grey(50 * i) for i, name in enumerate(files)}
    dataset = opened([file_name], pictures, tmp_path)
    assert (dataset[0].image == 50 * files.index(expected)).all()


def test_images_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    dataset = opened(["y/a.png", "x/a.png"], {"x/a.png": grey(10), "y/a.png": grey(20)}, tmp_path)
    assert [sample.image[0, 0] for sample in dataset] == [20, 10]


def test_a_name_that_fits_two_files_is_refused(tmp_path: Path) -> None:
    files = {"x/a.png": grey(10), "y/a.png": grey(20)}
    with pytest.raises(ValueError, match=r"one image a.png in .*, got x/a.png and y/a.png"):
        opened(["a.png"], files, tmp_path)


def test_a_file_is_not_the_image_of_two_names(tmp_path: Path) -> None:
    message = r"expected an image each for x/a.png and y/a.png in .*, got only y/a.png"
    with pytest.raises(ValueError, match=message):
        opened(["x/a.png", "y/a.png"], {"y/a.png": grey(20)}, tmp_path)


def test_an_image_of_another_size_than_annotated_is_refused(tmp_path: Path) -> None:
    dataset = opened(["a.png"], {"a.png": grey(10, (7, 8))}, tmp_path)
    message = rf"expected a.png of shape \(6, 8\) as {FILE} says, got \(7, 8\)"
    with pytest.raises(ValueError, match=message):
        dataset[0]
    with pytest.raises(ValueError, match=message):
        dataset.picture(0)


def test_a_file_that_the_annotations_do_not_name_changes_nothing_of_what_is_learned_from(
    tmp_path: Path,
) -> None:
    root = written(coco(), tmp_path, as_zip=False)
    before = open_dataset("coco_all", root).fingerprint
    (root / "mine.csv").write_text("of a run whose output lies here")
    assert open_dataset("coco_all", root).fingerprint == before
    (root / FILE).write_text((root / FILE).read_text() + " ")
    assert open_dataset("coco_all", root).fingerprint != before
