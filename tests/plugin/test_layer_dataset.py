import pickle
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("napari")

from napari.layers import Image, Labels

from napari_faseg.plugin.image_choice import CHOICE, ImageChoice
from napari_faseg.plugin.kept_planes import as_it_is
from napari_faseg.plugin.layer_dataset import SIZES, LayerDataset

RNG = np.random.default_rng(0)
OBJECTS = np.zeros((2, 3, 8, 10), np.int32)
OBJECTS[0, 1, 2:4, 2:4], OBJECTS[1, 2, 5:, 5:], OBJECTS[1, 2, 0, 0] = 4, 4, 9


@pytest.fixture
def image() -> Image:
    return Image(RNG.integers(0, 255, OBJECTS.shape).astype(np.uint8), name="cells")


def test_every_object_of_every_plane_is_a_sample(image: Image) -> None:
    dataset = LayerDataset(image, Labels(OBJECTS))
    assert dataset.name == "cells"
    assert [sample.name for sample in dataset] == ["0,1#4", "1,2#4", "1,2#9"]
    assert dataset.places == [((0, 1), 4), ((1, 2), 4), ((1, 2), 9)]
    np.testing.assert_array_equal(dataset[1].mask, OBJECTS[1, 2] == 4)
    np.testing.assert_array_equal(dataset[1].image, image.data[1, 2])


def test_an_image_of_two_axes_has_objects_without_a_plane() -> None:
    image = Image(RNG.random((8, 10, 3)).astype(np.float32), rgb=True, name="photo")
    dataset = LayerDataset(image, Labels(OBJECTS[1, 2]))
    assert [sample.name for sample in dataset] == ["#4", "#9"]
    assert dataset[0].image.shape == (8, 10, 3)


def test_pixels_that_are_not_known_are_ignored(image: Image) -> None:
    unknown = (RNG.random(OBJECTS.shape) < 0.1).astype(np.uint8)
    dataset = LayerDataset(image, Labels(OBJECTS), Labels(unknown))
    np.testing.assert_array_equal(dataset[0].ignore, unknown[0, 1] > 0)


def test_labels_below_zero_are_ignored(image: Image) -> None:
    labels = OBJECTS.copy()
    labels[0, 1, 7] = -1
    dataset = LayerDataset(image, Labels(labels))
    np.testing.assert_array_equal(dataset[0].ignore, labels[0, 1] == -1)
    assert dataset[1].ignore is None


def test_labels_of_another_shape_are_refused_by_name(image: Image) -> None:
    with pytest.raises(ValueError, match=r"truth of the shape of cells, \(2, 3, 8, 10\)"):
        LayerDataset(image, Labels(OBJECTS[0], name="truth"))


def test_what_the_images_of_a_data_set_were_padded_with_is_left_out() -> None:
    pixels, labels = np.zeros((2, 8, 10), np.uint8), np.zeros((2, 8, 10), np.int32)
    labels[0, 2:4, 2:4] = labels[1, 5:7, 6:9] = 1
    image = Image(pixels, name="set", metadata={SIZES: [(5, 6), (8, 10)]})
    dataset = LayerDataset(image, Labels(labels))
    assert [sample.image.shape[:2] for sample in dataset] == [(5, 6), (8, 10)]
    assert [sample.mask.shape for sample in dataset] == [(5, 6), (8, 10)]
    assert [dataset.picture_size(i) for i in range(2)] == [(5, 6), (8, 10)]
    assert dataset.picture(0)[1].shape == (5, 6)
    assert dataset[1].mask.sum() == 6


def test_planes_without_objects_are_no_images_where_they_are_left_out() -> None:
    pixels = RNG.integers(0, 255, (4, 8, 10)).astype(np.uint8)
    labels = np.zeros((4, 8, 10), np.int32)
    labels[1, 2:4, 2:4], labels[2, 6:, 7:], labels[3, 1], labels[0, 1] = 1, 5, 2, -1
    sizes = [
        (8, 10),
        (8, 10),
        (5, 6),
        (7, 9),
    ]  # the object of plane 2 lies in what it is padded with
    image = Image(pixels, name="set", metadata={SIZES: sizes})
    dataset = LayerDataset(image, Labels(labels)).annotated()
    assert dataset.n_pictures == 2
    assert [dataset.picture_size(i) for i in range(2)] == [(8, 10), (7, 9)]
    np.testing.assert_array_equal(dataset.picture(1)[0], pixels[3, :7, :9])
    np.testing.assert_array_equal(dataset.picture(0)[1], labels[1])


def test_the_planes_that_have_objects_may_lie_along_several_axes(image: Image) -> None:
    dataset = LayerDataset(image, Labels(OBJECTS)).annotated()
    assert dataset.n_pictures == 2
    for index, plane in enumerate([(0, 1), (1, 2)]):
        np.testing.assert_array_equal(dataset.picture(index)[0], image.data[plane])
        np.testing.assert_array_equal(dataset.picture(index)[1], OBJECTS[plane])
    assert dataset.fingerprint != LayerDataset(image, Labels(OBJECTS)).fingerprint


def made_with(choice: ImageChoice, objects: np.ndarray) -> Labels:
    return Labels(objects, metadata={CHOICE: choice})


@pytest.mark.parametrize("axis", [0, 1])
def test_objects_are_learned_on_the_channels_that_they_were_made_with(axis: int) -> None:
    pixels = RNG.integers(0, 9000, (2, 4, 3, 8, 10)).astype(np.uint16)  # t, c, z, y, x
    pixels = np.moveaxis(pixels, 1, axis)
    objects = OBJECTS if axis == 0 else OBJECTS[:, None]
    choice = ImageChoice(axis, (3, 0), (0.0, 100.0))
    dataset = LayerDataset(Image(pixels, name="cells"), made_with(choice, objects))
    assert dataset.n_pictures == 6
    image, labels = dataset.picture(5)
    np.testing.assert_array_equal(labels, OBJECTS[1, 2])
    plane = np.moveaxis(pixels, axis, -1)[1, 2][..., [3, 0]]
    assert image.shape == (8, 10, 2)
    assert image.dtype == np.uint8
    low, high = plane.min(axis=(0, 1)), plane.max(axis=(0, 1))
    np.testing.assert_array_equal(image, np.rint(255 * ((plane - low) / (high - low))))


def test_objects_that_were_made_on_channels_fit_an_image_without(image: Image) -> None:
    choice = ImageChoice(0, (3,), None)
    dataset = LayerDataset(image, made_with(choice, OBJECTS))
    np.testing.assert_array_equal(dataset[1].image, image.data[1, 2])


def test_channels_behind_rows_and_columns_are_refused() -> None:
    image = Image(np.zeros((8, 10, 5)), name="cells")
    objects = np.zeros((8, 10, 1), np.int32)
    with pytest.raises(ValueError, match="channels of cells before its rows and columns"):
        LayerDataset(image, made_with(ImageChoice(2, (0,), None), objects))


def test_a_contrast_that_is_changed_later_does_not_change_what_the_network_is_shown() -> None:
    pixels = RNG.integers(0, 5000, OBJECTS.shape).astype(np.uint16)
    image = Image(pixels, contrast_limits=(0, 1000))
    dataset = LayerDataset(image, Labels(OBJECTS))
    before = dataset[1].image
    image.contrast_limits = (0, 60000)
    np.testing.assert_array_equal(dataset[1].image, before)


def on_disk(labels: np.ndarray, folder: Path) -> np.ndarray:
    np.save(folder / "labels.npy", labels)
    stack: np.ndarray = np.load(folder / "labels.npy", mmap_mode="r+")
    return stack


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_what_is_painted_on_labels_later_does_not_change_a_data_set_that_was_kept_as_it_is(
    is_on_disk: bool, image: Image, tmp_path: Path
) -> None:
    labels = on_disk(OBJECTS, tmp_path) if is_on_disk else OBJECTS.copy()
    unknown = np.zeros(OBJECTS.shape, np.uint8)
    unknown[1, 2, 4] = 1
    dataset = LayerDataset(image, Labels(labels), Labels(unknown)).as_it_is()
    assert len(dataset) == 3
    assert dataset[1].ignore.sum() == 10
    labels[1, 2], unknown[1, 2] = 0, 0
    np.testing.assert_array_equal(dataset[1].mask, OBJECTS[1, 2] == 4)
    np.testing.assert_array_equal(dataset.picture(5)[1] > 0, OBJECTS[1, 2] > 0)
    assert dataset[1].ignore.sum() == 10


def test_labels_on_the_disk_are_kept_in_less_memory_than_they_would_take(tmp_path: Path) -> None:
    labels = np.zeros((4, 200, 300), np.int32)
    labels[:, 50:80, 60:200] = 7
    stack = on_disk(labels, tmp_path)
    kept = as_it_is(stack)
    for index in range(4):
        np.testing.assert_array_equal(kept[(index,)], labels[index])
    assert len(pickle.dumps(kept._packed)) < labels.nbytes / 50
