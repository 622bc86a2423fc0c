"""What `index.json` calls an object is one for whoever learns from it, looks at it or measures."""

import json
from pathlib import Path

import numpy as np
import pytest

from napari_faseg.datasets import Pictures, PictureSubset, open_dataset
from tests.datasets.trees import encoded, written

PICTURE = encoded(np.random.default_rng(0).integers(0, 255, (9, 8, 3)).astype(np.uint8))
LABELS = np.zeros((9, 8), np.uint8)
for row in range(4):
    LABELS[2 * row, : 2 + row] = row + 1


def opened(ids: list[object], root: Path) -> Pictures:
    rows = [{"image": "images/a.png", "mask": "masks/a.png", "id": entry} for entry in ids]
    files = {"images/a.png": PICTURE, "masks/a.png": encoded(LABELS)}
    files["index.json"] = json.dumps(rows).encode()
    dataset = open_dataset("folder", written(files, root, as_zip=True))
    assert isinstance(dataset, Pictures)
    return dataset


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([[1, 2]], [1, 1, 0, 0]),
        ([[1, 2], [3, 4]], [1, 1, 3, 3]),
        ([[4, 2], 3], [0, 2, 3, 2]),
        ([3], [0, 0, 3, 0]),
        ([None], [1, 0, 0, 0]),
    ],
)
def test_an_object_is_the_same_to_learn_from_as_to_click_on(
    ids: list[object], expected: list[int], tmp_path: Path
) -> None:
    dataset = opened(ids, tmp_path)
    labels = dataset.picture(0)[1]
    assert labels[::2, 0].tolist() == [*expected, 0]
    learned = PictureSubset(dataset, [0])
    clicked = list(open_dataset("folder", tmp_path / "pictures.zip"))
    assert len(learned) == len(clicked) == len(ids)
    for one, other in zip(sorted(learned, key=area), sorted(clicked, key=area), strict=True):
        np.testing.assert_array_equal(one.mask, other.mask)


def area(sample: object) -> int:
    return int(sample.mask.sum())  # type: ignore[attr-defined]


def test_of_objects_that_share_a_label_the_smaller_lies_on_top(tmp_path: Path) -> None:
    labels = opened([1, [1, 2]], tmp_path).picture(0)[1]
    assert labels[::2, 0].tolist() == [1, 2, 0, 0, 0]


def test_another_choice_of_objects_is_another_data_set(tmp_path: Path) -> None:
    assert opened([1, 2], tmp_path).fingerprint != opened([[1, 2]], tmp_path).fingerprint
