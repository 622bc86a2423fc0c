import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_faseg.interaction import Click
from napari_faseg.interaction.windows import (
    Rectangle,
    Window,
    ZoomIn,
    clamped,
    expanded,
    overlap,
    scaled,
)

SHAPE = (240, 320)
WHOLE = Window(Rectangle.whole(SHAPE), SHAPE)
INSIDE = Rectangle(20, 219, 50, 249)
TWO = (Click(100, 120), Click(130, 160))


def blob(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    probability = np.zeros(SHAPE, np.float32)
    probability[top : bottom + 1, left : right + 1] = 0.9
    return probability


@pytest.mark.parametrize(
    ("tight", "enlarged"),
    [
        ((10, 20, 30, 50), (-85, 115, -60, 140)),
        ((0, 0, 0, 0), (-100, 100, -100, 100)),
        ((100, 101, 7, 400), (0, 200, -72, 479)),
        ((5, 204, 5, 204), (-36, 244, -36, 244)),
    ],
)
def test_rectangles_grow_as_in_the_reference(
    tight: tuple[int, ...], enlarged: tuple[int, ...]
) -> None:
    assert expanded(Rectangle(*tight), 1.4, 200) == Rectangle(*enlarged)


def test_what_leaves_the_image_is_cut() -> None:
    assert clamped(Rectangle(-36, 244, -36, 244), SHAPE) == Rectangle(0, 239, 0, 244)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0, 9, 0, 9), (0, 9, 0, 9), 1),
        ((0, 9, 0, 9), (5, 14, 0, 9), 1 / 3),
        ((0, 9, 0, 9), (5, 14, 5, 14), 1 / 9),
        ((0, 9, 0, 9), (20, 29, 0, 9), 0),
    ],
)
def test_overlap_is_that_of_rows_times_that_of_columns(
    one: tuple[int, ...], other: tuple[int, ...], expected: float
) -> None:
    assert overlap(Rectangle(*one), Rectangle(*other)) == pytest.approx(expected)


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 1000))
def test_scaling_gives_the_long_side_and_never_nothing(height: int, width: int, side: int) -> None:
    size = scaled((height, width), side)
    assert max(size) == side
    assert min(size) >= 1


def test_the_first_click_sees_the_whole_image() -> None:
    assert ZoomIn().window(TWO[:1], blob(90, 120, 100, 140), None, WHOLE) is WHOLE


def test_the_second_click_sees_a_window_around_object_and_clicks() -> None:
    window = ZoomIn().window(TWO, blob(90, 120, 100, 140), None, WHOLE)
    assert window.stored == window.seen == window.filled
    assert window.seen == Rectangle(10, 210, 30, 230)
    assert window.size == (400, 400)


def test_negative_clicks_do_not_widen_the_window() -> None:
    far = Click(5, 300, positive=False)
    assert ZoomIn().window((TWO[0], far), blob(90, 120, 100, 140), None, WHOLE).seen == (
        ZoomIn().window((TWO[0], TWO[0]), blob(90, 120, 100, 140), None, WHOLE).seen
    )


def test_a_stored_window_is_kept_while_it_serves() -> None:
    window = ZoomIn().window(TWO, blob(90, 120, 100, 140), INSIDE, WHOLE)
    assert window.seen == INSIDE


@pytest.mark.parametrize("outside", [Click(219, 100), Click(100, 249), Click(19.9, 100)])
def test_a_positive_click_outside_replaces_the_stored_window(outside: Click) -> None:
    window = ZoomIn().window((TWO[0], outside), blob(90, 120, 100, 140), INSIDE, WHOLE)
    assert window.stored != INSIDE


def test_a_stored_window_that_overlaps_too_little_is_replaced() -> None:
    small = Rectangle(90, 140, 100, 170)
    assert ZoomIn().window(TWO, blob(10, 200, 20, 300), small, WHOLE).stored != small


def test_without_a_previous_object_the_image_is_squeezed_into_the_stored_window() -> None:
    window = ZoomIn().window(TWO, blob(0, -1, 0, -1), INSIDE, WHOLE)
    assert (window.seen, window.size, window.filled) == (WHOLE.seen, SHAPE, INSIDE)


def test_without_any_window_the_whole_image_is_seen() -> None:
    assert ZoomIn().window(TWO, None, None, WHOLE) == WHOLE


def test_a_fixed_size_takes_the_whole_image_from_the_start() -> None:
    zoom = ZoomIn((448, 448), n_skipped=-1)
    assert zoom.window((), None, None, WHOLE) == Window(WHOLE.seen, (448, 448), WHOLE.seen)


@pytest.mark.parametrize(
    "rules",
    [
        {"target": 0},
        {"target": -4},
        {"target": (3, 0)},
        {"target": 400.5},
        {"n_skipped": -2},
        {"ratio": 0},
        {"shortest_side": math.nan},
        {"least_overlap": 2},
        {"threshold": 1},
    ],
    ids=str,
)
def test_rules_that_cannot_work_are_refused_by_name(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"expected {next(iter(rules))} .*, got "):
        ZoomIn(**rules)
