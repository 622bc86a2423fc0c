import dataclasses
import math

import numpy as np
import pytest

from napari_faseg.interaction.clicks import Click, checked_clicks


@pytest.mark.parametrize(
    ("y", "x", "pixel"),
    [(0, 0, (0, 0)), (0.49, 1.5, (0, 2)), (-0.5, 2.5, (0, 3)), (3.4999, 7.999, (3, 8))],
)
def test_a_pixel_reaches_half_a_pixel_around_its_centre(
    y: float, x: float, pixel: tuple[int, int]
) -> None:
    assert Click(y, x).pixel == pixel


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_a_click_needs_finite_coordinates(value: float) -> None:
    with pytest.raises(ValueError, match="expected a click at finite coordinates"):
        Click(value, 0)
    with pytest.raises(ValueError, match="expected a click at finite coordinates"):
        Click(0, value)


def test_a_click_needs_numbers() -> None:
    with pytest.raises(TypeError, match=r"expected a click at .* y, x .*, got \('3', 4\)"):
        Click("3", 4)  # type: ignore[arg-type]


def test_clicks_are_values() -> None:
    assert Click(1, 2) == Click(1.0, 2.0, True)
    assert Click(1, 2) != Click(1, 2, False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Click(1, 2).y = 3  # type: ignore[misc]


@pytest.mark.parametrize("click", [Click(-0.5, -0.5), Click(9.49, 19.49)])
def test_clicks_inside_the_image_pass(click: Click) -> None:
    assert checked_clicks([click], (10, 20)) == (click,)


@pytest.mark.parametrize("click", [Click(9.5, 0), Click(0, 19.5), Click(-0.51, 0), Click(0, -1)])
def test_a_click_outside_is_refused_with_its_place_and_the_size(click: Click) -> None:
    with pytest.raises(ValueError, match=r"click \(.*\) lies outside the image of 10 x 20 pixels"):
        checked_clicks([Click(0, 0), click], (10, 20))


def test_what_is_no_click_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected a Click, got \(1, 2\)"):
        checked_clicks([(1, 2)], (10, 20))  # type: ignore[list-item]


@pytest.mark.parametrize("positive", [-1, 2, "negative", None])
def test_a_click_that_is_neither_positive_nor_negative_is_refused(positive: object) -> None:
    with pytest.raises(ValueError, match="True or False"):
        Click(1, 2, positive)  # type: ignore[arg-type]


@pytest.mark.parametrize("positive", [np.True_, 1, 1.0])
def test_what_counts_as_true_is_a_positive_click(positive: object) -> None:
    assert Click(1, 2, positive) == Click(1, 2, positive=True)  # type: ignore[arg-type]
