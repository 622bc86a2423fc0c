"""Which mask belongs to which image of somebody's own folder, and what the samples are called."""

import json
from pathlib import Path

import numpy as np
import pytest

from napari_faseg.datasets import Dataset, find_layout, open_dataset
from tests.datasets.trees import encoded, written

IMAGE = np.random.default_rng(0).integers(0, 255, (6, 8, 3)).astype(np.uint8)
LABELS = np.zeros((6, 8), np.uint8)
LABELS[1:3, 1:3] = 5
PICTURE, MASK = encoded(IMAGE), encoded(LABELS)
ROW = {"image": "images/a.png", "mask": "masks/a.png", "id": 5}


@pytest.fixture(params=[False, True], ids=["folder", "zip"])
def as_zip(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def files(*names: str) -> dict[str, bytes]:
    """Return pictures of these names; those that are called masks or labels are masks."""
    return {name: MASK if "masks/" in name or "labels/" in name else PICTURE for name in names}


def names(dataset: Dataset) -> list[str]:
    return [sample.name for sample in dataset]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            ["images/a.png", "images/a.jpg", "labels/a.png"],
            "expected one image for labels/a.png in .*, got images/a.jpg and images/a.png",
        ),
        (
            ["images/a.png", "labels/a.png", "masks/a.png"],
            "expected one mask for images/a.png in .*, got labels/a.png and masks/a.png",
        ),
        (
            ["images/a.png", "labels/a.png", "labels/a.tif"],
            "expected one mask for images/a.png in .*, got labels/a.png and labels/a.tif",
        ),
        (
            ["a.jpg", "a.webp", "a.png"],
            "expected one image for a.png in .*, got a.jpg and a.webp",
        ),
    ],
)
def test_two_files_of_one_name_are_refused(
    found: list[str], message: str, as_zip: bool, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        open_dataset("folder", written(files(*found), tmp_path, as_zip=as_zip))


def test_labels_and_masks_may_hold_different_names(tmp_path: Path) -> None:
    found = files("images/a.png", "labels/a.png", "images/b.png", "masks/b.png")
    assert names(open_dataset("folder", written(found, tmp_path, as_zip=True))) == ["a#5", "b#5"]


def test_suffixes_may_have_capitals(tmp_path: Path) -> None:
    found = {"a.JPG": encoded(IMAGE, "JPEG"), "a.PNG": MASK}
    assert names(open_dataset("folder", written(found, tmp_path, as_zip=True))) == ["a#5"]


def test_images_of_one_name_are_called_by_their_paths(as_zip: bool, tmp_path: Path) -> None:
    found = files(*(f"{kind}/{n}.png" for n in ("x/a", "y/a", "b") for kind in ("images", "masks")))
    dataset = open_dataset("folder", written(found, tmp_path, as_zip=as_zip))
    assert names(dataset) == ["b#5", "x/a#5", "y/a#5"]


def test_several_masks_of_an_image_are_told_apart(tmp_path: Path) -> None:
    rows = [ROW, ROW | {"mask": "masks/b.png"}]
    found = files("images/a.png", "masks/a.png", "masks/b.png")
    found["index.json"] = json.dumps(rows).encode()
    dataset = open_dataset("folder", written(found, tmp_path, as_zip=True))
    assert names(dataset) == ["images/a.png:masks/a.png#5", "images/a.png:masks/b.png#5"]


@pytest.mark.parametrize(("first", "second"), [(5, 5), ([1, 5], [5, 1]), (None, 1), (5, [5, 5])])
def test_an_index_that_names_an_object_twice_is_refused(
    first: object, second: object, tmp_path: Path
) -> None:
    found = files("images/a.png", "masks/a.png")
    found["index.json"] = json.dumps([ROW | {"id": first}, ROW | {"id": second}]).encode()
    with pytest.raises(
        ValueError, match=r"cannot read index.json in .*: expected each object once"
    ):
        open_dataset("folder", written(found, tmp_path, as_zip=True))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("{}", "expected a list, got {}"),
        ("[3]", "expected a row with image, mask and id, got 3"),
        ('[{"image": "a"}]', "expected a row with image, mask and id, got {'image': 'a'}"),
        ('[{"image": 5, "mask": "b", "id": 1}]', "an image and a mask that are names of files"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_an_index_of_something_else_is_refused_by_what_it_is(
    index: str, message: str, tmp_path: Path
) -> None:
    root = written({"index.json": index.encode()}, tmp_path, as_zip=True)
    with pytest.raises(ValueError, match=rf"cannot read index.json in .*: .*{message}"):
        open_dataset("folder", root)


@pytest.mark.parametrize("place", ["", "mine/", "a/b/c/"])
@pytest.mark.parametrize("masks", ["labels", "masks"])
def test_the_folders_may_lie_inside_others(
    place: str, masks: str, as_zip: bool, tmp_path: Path
) -> None:
    found = files(f"{place}images/a.png", f"{place}{masks}/a.png") | {"other/notes.txt": b""}
    root = written(found, tmp_path, as_zip=as_zip)
    assert find_layout(root) == "folder"
    assert names(open_dataset("folder", root)) == ["a#5"]


def test_an_index_may_lie_beside_folders_inside_others(as_zip: bool, tmp_path: Path) -> None:
    found = files("mine/images/a.png", "mine/images/b.png", "mine/masks/a.png")
    found["mine/index.json"] = json.dumps([ROW]).encode()
    root = written(found, tmp_path, as_zip=as_zip)
    assert names(open_dataset("folder", root)) == ["a#5"]


def test_two_places_with_images_and_labels_are_refused(as_zip: bool, tmp_path: Path) -> None:
    found = files("x/images/a.png", "x/labels/a.png", "y/images/b.png", "y/labels/b.png")
    root = written(found, tmp_path, as_zip=as_zip)
    assert find_layout(root) is None
    with pytest.raises(ValueError, match=r"in one place of .*, got them in 2: x/, y/"):
        open_dataset("folder", root)


@pytest.mark.parametrize("place", ["", "mine/"])
def test_folders_of_other_files_are_left_to_others(
    place: str, as_zip: bool, tmp_path: Path
) -> None:
    found = {f"{place}images/a.png": PICTURE, f"{place}labels/a.txt": b"0 0.5 0.5 1 1"}
    root = written(found, tmp_path, as_zip=as_zip)
    assert find_layout(root) is None
    with pytest.raises((ValueError, FileNotFoundError), match="labels/"):
        open_dataset("folder", root)


@pytest.mark.parametrize("folder", ["images", "labels"])
def test_a_folder_may_be_a_link(folder: str, tmp_path: Path) -> None:
    root = written(files("images/a.png", "labels/a.png"), tmp_path, as_zip=False)
    (root / folder).rename(tmp_path / "elsewhere")
    (root / folder).symlink_to(tmp_path / "elsewhere")
    assert find_layout(root) == "folder"
    assert names(open_dataset("folder", root)) == ["a#5"]


def test_links_in_a_circle_are_followed_once(tmp_path: Path) -> None:
    root = written(files("images/a.png", "labels/a.png"), tmp_path, as_zip=False)
    (root / "images" / "again").symlink_to(root)
    assert find_layout(root) == "folder"
    assert names(open_dataset("folder", root)) == ["a#5"]


def test_a_mask_that_cannot_be_read_counts_as_one_sample(as_zip: bool, tmp_path: Path) -> None:
    found = files(*(f"{kind}/{n}.png" for n in "abc" for kind in ("images", "labels")))
    found["labels/b.png"] = MASK[:45]
    dataset = open_dataset("folder", written(found, tmp_path, as_zip=as_zip))
    assert len(dataset) == 3
    assert [dataset[0].name, dataset[2].name] == ["a#5", "c#5"]
    with pytest.raises(ValueError, match=r"cannot read labels/b.png: ."):
        dataset[1]


def test_a_jpeg_mask_is_refused_by_name_and_counts_as_one_sample(tmp_path: Path) -> None:
    found = files("images/a.png", "images/b.png", "masks/a.png")
    found["masks/b.jpg"] = encoded(np.repeat(LABELS, 4, axis=1), "JPEG")
    dataset = open_dataset("folder", written(found, tmp_path, as_zip=False))
    assert len(dataset) == 2
    with pytest.raises(ValueError, match=r"in masks/b.jpg, got JPEG, which changes the labels"):
        dataset[1]


def test_a_mask_that_can_be_read_only_later_is_refused(tmp_path: Path) -> None:
    root = written(files("images/a.png") | {"labels/a.png": b""}, tmp_path, as_zip=False)
    dataset = open_dataset("folder", root)
    assert len(dataset) == 1
    (root / "labels" / "a.png").write_bytes(MASK)
    with pytest.raises(ValueError, match=r"labels/a.png could not be read when its objects were"):
        dataset[0]
