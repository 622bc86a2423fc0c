"""An image is one image to learn from, however many masks it has: nothing is held out of a half."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from napari_faseg.datasets import Pictures, SyntheticDataset, open_dataset, split_pictures
from tests.datasets.examples import berkeley, coco, davis, frames, grabcut, sbd, voc
from tests.datasets.trees import encoded, written

N, SEEDS = 6, range(12)
SHAPE = (12, 16)


def picture(number: int) -> bytes:
    return encoded(np.random.default_rng(number).integers(0, 255, (*SHAPE, 3)).astype(np.uint8))


def mask(row: int) -> bytes:
    found = np.zeros(SHAPE, np.uint8)
    found[row : row + 2, 2:9] = 255
    return encoded(found)


def indexed() -> dict[str, bytes]:
    """Each image with three masks."""
    files, rows = {}, []
    for n in range(N):
        files[f"images/{n}.png"] = picture(n)
        for k in range(3):
            files[f"masks/{n}-{k}.png"] = mask(4 * k)
            rows.append({"image": f"images/{n}.png", "mask": f"masks/{n}-{k}.png", "id": None})
    return files | {"index.json": json.dumps(rows).encode()}


def copied(images: str, masks: str, between: str) -> dict[str, bytes]:
    """Each image twice, under another name for each of its two masks."""
    names = [(n, f"{n}{between}{k}", k) for n in range(N) for k in range(2)]
    files = {f"{images}/{name}.png": picture(n) for n, name, _ in names}
    return files | {f"{masks}/{name}.png": mask(4 * k) for _, name, k in names}


def named_twice() -> dict[str, bytes]:
    """Each image of COCO under two ids."""
    box = [1, 1, 5, 1, 5, 4, 1, 4]
    about = json.loads(coco()["annotations/instances_val2017.json"])
    about["images"] = [
        {"id": 2 * n + k, "file_name": f"{n}.png", "height": SHAPE[0], "width": SHAPE[1]}
        for n in range(N)
        for k in range(2)
    ]
    about["annotations"] = [
        {"id": key, "image_id": key, "category_id": 1, "segmentation": [box], "area": 12}
        for key in range(2 * N)
    ]
    files = {f"val2017/{n}.png": picture(n) for n in range(N)}
    return files | {"annotations/instances_val2017.json": json.dumps(about).encode()}


def pixels(part: Pictures) -> set[bytes]:
    return {part.picture(number)[0].tobytes() for number in range(part.n_pictures)}


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("folder", indexed()),
        ("berkeley", copied("images", "masks", "#")),
        ("coco_mval", copied("img", "gt", "-")),
        ("coco_all", named_twice()),
    ],
)
def test_no_image_is_both_learned_from_and_held_out(
    name: str, files: Mapping[str, bytes], as_zip: bool, tmp_path: Path
) -> None:
    if name == "coco_all":
        pytest.importorskip("pycocotools")
    dataset = open_dataset(name, written(files, tmp_path, as_zip=as_zip))
    assert isinstance(dataset, Pictures)
    assert dataset.n_pictures == N
    for seed in SEEDS:
        learned, held_out = (pixels(part) for part in split_pictures(dataset, 0.3, seed))
        assert len(learned) + len(held_out) == N
        assert not learned & held_out


@pytest.mark.parametrize(
    ("name", "files", "n_pictures"),
    [
        ("grabcut", grabcut(), 2),
        ("berkeley", berkeley(), 2),
        ("davis", davis(), 2),
        ("davis", frames(), 1),
        ("voc", voc(), 1),
        ("sbd", sbd(), 1),
    ],
)
def test_there_are_as_many_images_as_photos(
    name: str, files: Mapping[str, bytes], n_pictures: int, tmp_path: Path
) -> None:
    dataset = open_dataset(name, written(files, tmp_path, as_zip=True))
    assert isinstance(dataset, Pictures)
    assert dataset.n_pictures == n_pictures


def test_an_image_has_the_objects_of_all_its_masks(tmp_path: Path) -> None:
    dataset = open_dataset("folder", written(indexed(), tmp_path, as_zip=False))
    assert isinstance(dataset, Pictures)
    _, labels = dataset.picture(1)
    assert [np.unique(labels[row]).tolist() for row in (0, 4, 8)] == [[0, 1], [0, 2], [0, 3]]
    assert len(dataset) == 3 * N
    assert dataset.picture_size(1) == SHAPE
    for sample, label in zip(list(dataset)[3:6], (1, 2, 3), strict=True):
        np.testing.assert_array_equal(sample.mask, labels == label)


def test_a_pixel_is_unknown_only_where_no_mask_of_its_image_has_an_object(tmp_path: Path) -> None:
    first, second = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    first[:4], second[2:6], second[9:] = 128, 255, 128
    first[7] = 255
    files = copied("images", "masks", "#")
    files |= {"masks/0#0.png": encoded(first), "masks/0#1.png": encoded(second)}
    dataset = open_dataset("berkeley", written(files, tmp_path, as_zip=False))
    assert isinstance(dataset, Pictures)
    labels = dataset.picture(0)[1]
    assert labels[:, 0].tolist() == [-1, -1, 2, 2, 2, 2, 0, 1, 0, -1, -1, -1]


def test_where_objects_of_two_masks_overlap_the_smaller_lies_on_top(tmp_path: Path) -> None:
    whole, part = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    whole[2:10], part[4:6] = 255, 255
    files = copied("images", "masks", "#")
    for names in (("masks/0#0.png", "masks/0#1.png"), ("masks/1#1.png", "masks/1#0.png")):
        files |= dict(zip(names, (encoded(whole), encoded(part)), strict=True))
    dataset = open_dataset("berkeley", written(files, tmp_path, as_zip=False))
    assert isinstance(dataset, Pictures)
    for number, (under, above) in enumerate([(1, 2), (2, 1)]):
        labels = dataset.picture(number)[1]
        assert labels[:, 0].tolist() == [0] * 2 + [under] * 2 + [above] * 2 + [under] * 4 + [0] * 2


def test_a_missing_mask_of_several_is_named(tmp_path: Path) -> None:
    files = {name: content for name, content in indexed().items() if name != "masks/2-1.png"}
    root = written(files, tmp_path, as_zip=True)
    dataset = open_dataset("folder", root, incomplete=True)
    assert isinstance(dataset, Pictures)
    with pytest.raises(FileNotFoundError, match=r"has no file masks/2-1.png"):
        dataset.picture(2)
    assert dataset.picture(3)[1].max() == 3


def test_the_second_mask_of_an_image_has_its_size_too(tmp_path: Path) -> None:
    files = indexed() | {"masks/0-1.png": encoded(np.zeros((3, 3), np.uint8))}
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=True))
    assert isinstance(dataset, Pictures)
    with pytest.raises(ValueError, match=r"mask of shape \(12, 16\) for images/0.png, got \(3, 3"):
        dataset.picture(0)


def test_where_each_image_has_one_mask_it_is_held_out_as_ever(tmp_path: Path) -> None:
    files = {f"images/{n:02}.png": picture(n) for n in range(10)}
    files |= {f"labels/{n:02}.png": mask(n % 8) for n in range(10)}
    dataset = open_dataset("folder", written(files, tmp_path, as_zip=True))
    for pictures in (dataset, SyntheticDataset(10)):
        assert isinstance(pictures, Pictures)
        held_out = split_pictures(pictures, 0.3, 1)[1]
        assert held_out.fingerprint.endswith(" (4, 7, 8)"), held_out.fingerprint
