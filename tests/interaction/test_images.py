from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import DTypeLike, NDArray

from napari_faseg.interaction.images import to_rgb

DTYPES = ["?", "u1", "i1", "u2", "i4", "u8", "i8", "f2", "f4", "f8", ">u2"]


def images() -> st.SearchStrategy[NDArray[Any]]:
    shapes = st.one_of(
        st.tuples(st.integers(1, 7), st.integers(1, 7)),
        st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 4)),
    )
    return st.sampled_from(DTYPES).flatmap(lambda dtype: hnp.arrays(dtype, shapes))


@given(images())
def test_any_image_becomes_three_channels_from_0_to_1(image: NDArray[Any]) -> None:
    rgb = to_rgb(image)
    assert rgb.shape == (*image.shape[:2], 3)
    assert rgb.dtype == np.float32
    assert rgb.min() >= 0
    assert rgb.max() <= 1


def test_uint8_is_divided_by_255() -> None:
    rgb = to_rgb(np.array([[[0, 51, 255]]], np.uint8))
    np.testing.assert_allclose(rgb, [[[0, 0.2, 1]]], rtol=1e-6)


def test_booleans_are_black_and_white() -> None:
    np.testing.assert_array_equal(to_rgb(np.array([[True, False]]))[0, :, 0], [1, 0])


def test_grey_becomes_three_equal_channels() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    rgb = to_rgb(grey)
    for channel in range(3):
        np.testing.assert_array_equal(rgb[:, :, channel], rgb[:, :, 0])
    np.testing.assert_array_equal(rgb, to_rgb(grey[:, :, None]))


def test_the_third_of_two_channels_is_zero() -> None:
    rgb = to_rgb(np.full((2, 2, 2), 255, np.uint8))
    np.testing.assert_array_equal(rgb[0, 0], [1, 1, 0])


def test_alpha_is_left_out() -> None:
    rgba = np.random.default_rng(0).integers(0, 1000, (5, 5, 4)).astype(np.uint16)
    np.testing.assert_array_equal(to_rgb(rgba), to_rgb(rgba[:, :, :3]))


def test_one_hot_pixel_does_not_flatten_the_image() -> None:
    image = np.tile(np.linspace(100, 200, 50), (50, 1))
    image[0, 0] = 1e9
    rgb = to_rgb(image)
    assert rgb[1, 0, 0] == 0
    assert rgb[1, -1, 0] == 1
    assert rgb[1, 25, 0] == pytest.approx(0.5, abs=0.02)


def test_one_bright_pixel_in_a_flat_image_is_seen() -> None:
    image = np.zeros((40, 40), np.uint16)
    image[3, 4] = 9
    assert to_rgb(image)[3, 4, 0] == 1
    assert to_rgb(image).sum() == 3


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_darkest(bad: float) -> None:
    image = np.linspace(1, 2, 100).reshape(10, 10)
    image[5, 5] = bad
    rgb = to_rgb(image)
    assert rgb[5, 5, 0] == 0
    assert rgb[9, 9, 0] == 1


def test_a_constant_image_is_mid_grey() -> None:
    np.testing.assert_array_equal(to_rgb(np.full((3, 3), -7.5)), np.full((3, 3, 3), 0.5))


def test_an_image_of_nan_is_black() -> None:
    np.testing.assert_array_equal(to_rgb(np.full((3, 3), np.nan)), np.zeros((3, 3, 3)))


def test_the_largest_floats_do_not_overflow() -> None:
    largest = np.finfo(np.float64).max
    rgb = to_rgb(np.array([[-largest, 0, largest]]))
    np.testing.assert_allclose(rgb[0, :, 0], [0, 0.5, 1], atol=0.02)


def test_the_range_of_a_large_image_is_that_of_all_its_channels() -> None:
    image = np.zeros((1200, 1200, 3), np.uint16)
    image[:, :, 2] = np.linspace(0, 1000, 1200)
    assert to_rgb(image)[:, :, 2].max() == 1
    assert to_rgb(image)[0, 600, 2] == pytest.approx(0.5, abs=0.02)


def test_a_list_of_lists_is_an_image() -> None:
    assert to_rgb([[1, 2], [3, 4]]).shape == (2, 2, 3)


@pytest.mark.parametrize("shape", [(), (5,), (3, 4, 5), (3, 4, 5, 6), (3, 4, 0)])
def test_other_shapes_are_refused_with_the_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected an \(h, w\) or \(h, w, c\) image") as error:
        to_rgb(np.zeros(shape))
    assert str(shape) in str(error.value)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (0, 0, 3)])
def test_an_image_without_pixels_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected an image with pixels"):
        to_rgb(np.zeros(shape))


@pytest.mark.parametrize("dtype", ["c8", "O", "U3", "M8[s]"])
def test_values_that_are_not_real_numbers_are_refused(dtype: DTypeLike) -> None:
    with pytest.raises(TypeError, match="expected an image of real numbers, got dtype"):
        to_rgb(np.zeros((2, 2), dtype))
