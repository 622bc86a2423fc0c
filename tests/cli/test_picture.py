"""The picture shows objects and clicks on any kind of image."""

import numpy as np
import pytest

from napari_faseg import Click
from napari_faseg.cli.picture import draw


@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 1), (30, 40, 2), (30, 40, 3), (30, 40, 4)])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.float32])
def test_any_image_becomes_a_picture_of_its_size(shape, dtype):
    picture = draw(np.ones(shape, dtype=dtype), np.zeros((30, 40), dtype=np.int32), [])
    assert picture.shape == (30, 40, 3)
    assert picture.dtype == np.uint8


def test_without_objects_and_clicks_the_picture_is_the_image():
    image = np.arange(30 * 40 * 3, dtype=np.uint8).reshape(30, 40, 3)
    np.testing.assert_array_equal(draw(image, np.zeros((30, 40), dtype=np.int32), []), image)


def test_positive_clicks_are_green_and_negative_ones_red():
    image, labels = np.zeros((30, 40), dtype=np.uint8), np.zeros((30, 40), dtype=np.int32)
    picture = draw(image, labels, [Click(10, 10), Click(20, 30, positive=False)])
    assert picture[10, 10].argmax() == 1
    assert picture[20, 30].argmax() == 0


def test_a_click_on_the_corner_is_drawn_as_far_as_it_is_inside():
    labels = np.zeros((30, 40), dtype=np.int32)
    picture = draw(np.zeros((30, 40), dtype=np.uint8), labels, [Click(0, 0)])
    assert picture[0, 0].argmax() == 1


def test_neighbouring_objects_have_different_colours_and_a_white_outline():
    labels = np.zeros((30, 40), dtype=np.int32)
    labels[5:25, 5:20], labels[5:25, 20:35] = 1, 2
    picture = draw(np.zeros((30, 40), dtype=np.uint8), labels, [])
    assert (picture[15, 10] != picture[15, 28]).any()
    assert (picture[5, 10] == 255).all()
