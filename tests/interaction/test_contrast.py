import numpy as np
import pytest

from napari_faseg.interaction.contrast import as_displayed, as_stretched


def test_a_grey_image_with_its_full_range_is_left_as_it_is():
    plane = np.array([[3, 200]], np.uint8)
    assert as_displayed(plane, rgb=False, contrast_limits=(0, 255)) is plane


def test_chosen_limits_are_black_and_white():
    plane = np.array([[90, 100, 150, 200, 4000]], np.uint16)
    shown = as_displayed(plane, rgb=False, contrast_limits=(100, 200))
    assert shown.dtype == np.uint8
    assert shown.tolist() == [[0, 0, 128, 255, 255]]


def test_limits_at_the_extremes_leave_the_contrast_to_the_predictor():
    plane = np.array([[0.0, 0.1, 1000.0]])  # one hot pixel
    assert as_displayed(plane, rgb=False, contrast_limits=(0, 1000)) is plane


def test_chosen_limits_of_eight_bits_count_even_at_the_extremes():
    plane = np.array([[100, 120]], np.uint8)
    assert as_displayed(plane, rgb=False, contrast_limits=(100, 120)).tolist() == [[0, 255]]


@pytest.mark.parametrize("limits", [(5, 5), (7, 3)])
def test_limits_that_show_nothing_are_ignored(limits):
    plane = np.array([[1.0, 9.0]])
    assert as_displayed(plane, rgb=False, contrast_limits=limits) is plane


def test_a_pixel_that_is_not_a_number_is_black():
    plane = np.array([[np.nan, 0.0, 5.0, 10.0]])
    assert as_displayed(plane, rgb=False, contrast_limits=(0, 5)).tolist() == [[0, 0, 255, 255]]


def test_colours_from_zero_to_one_become_bytes():
    plane = np.array([[[0.0, 0.5, 2.0]]], np.float32)
    assert as_displayed(plane, rgb=True, contrast_limits=(0, 1)).tolist() == [[[0, 128, 255]]]


def test_coloured_bytes_are_left_as_they_are():
    plane = np.zeros((2, 2, 4), np.uint8)
    assert as_displayed(plane, rgb=True, contrast_limits=(0, 255)) is plane


def test_percentiles_ignore_a_hot_pixel_and_what_is_not_a_number():
    plane = np.linspace(0, 100, 101)[None].repeat(3, 0)
    plane[0, 0], plane[0, 1] = 1e9, np.nan
    shown = as_stretched(plane, (10, 90), rgb=False)
    assert (shown[1, 5], shown[1, 95], shown[0, 0], shown[0, 1]) == (0, 255, 255, 0)
    assert abs(int(shown[1, 50]) - 128) <= 2


def test_channels_are_stretched_one_by_one_and_colours_together():
    plane = np.zeros((1, 2, 3))
    plane[0, 1] = 10, 20, 40
    assert as_stretched(plane, (0, 100), rgb=False)[0, 1].tolist() == [255, 255, 255]
    assert as_stretched(plane, (0, 100), rgb=True)[0, 1].tolist() == [64, 128, 255]


def test_a_constant_plane_is_grey():
    assert as_stretched(np.full((2, 2), 7), (1, 99), rgb=False).tolist() == [[128, 128]] * 2
