from pathlib import Path

import numpy as np
import pytest

from napari_faseg.datasets import (
    Dataset,
    Sample,
    SyntheticDataset,
    dataset_names,
    open_dataset,
    register_dataset,
    registry,
)


def test_data_sets_of_ones_own_can_be_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))

    @register_dataset("three")
    def open_three(root: Path | None) -> Dataset:
        assert root == Path("somewhere")
        return SyntheticDataset(3)

    assert "three" in dataset_names()
    assert len(open_dataset("three", "somewhere")) == 3


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(ValueError, match="a data set called 'folder' is registered already"):
        register_dataset("folder")


def test_an_unknown_name_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"expected one of .*folder, .*synthetic.*, got 'photos'"):
        open_dataset("photos")


def test_synthetic_samples_are_the_same_each_time() -> None:
    first, second = open_dataset("synthetic"), open_dataset("synthetic")
    assert len(first) == 20
    for one, other in zip(first, second, strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one.image, other.image)
        np.testing.assert_array_equal(one.mask, other.mask)
    assert not np.array_equal(first[0].image, SyntheticDataset(seed=1)[0].image)


def test_the_synthetic_object_has_a_colour_of_its_own() -> None:
    for sample in SyntheticDataset(10):
        inside = sample.image[sample.mask].std(axis=0)
        assert (inside < 20).all()
        assert sample.mask.sum() > 20


@pytest.mark.parametrize("index", [-1, 20])
def test_an_index_out_of_range_is_refused(index: int) -> None:
    with pytest.raises(IndexError, match="expected an index from 0 to 19"):
        SyntheticDataset()[index]


def test_a_sample_needs_an_object_and_fitting_shapes() -> None:
    image = np.zeros((3, 4))
    with pytest.raises(ValueError, match="expected an object in x, got an empty mask"):
        Sample("x", image, np.zeros((3, 4), bool))
    with pytest.raises(ValueError, match=r"expected masks of x of shape \(3, 4\), got \(4, 3\)"):
        Sample("x", image, np.ones((4, 3), bool))
    with pytest.raises(ValueError, match=r"expected masks of x of shape \(3, 4\), got \(4, 3\)"):
        Sample("x", image, np.ones((3, 4), bool), np.ones((4, 3), bool))
