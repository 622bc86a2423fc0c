"""What lies where in a window, and that nothing moves on the way there and back."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_faseg.interaction import Click
from napari_faseg.interaction.lens import Lens
from napari_faseg.interaction.windows import Rectangle, Window, ZoomIn

EXACT, PROTOCOL = Lens(exact=True), Lens(exact=False)
SHAPE = (60, 80)
WHOLE = Window(Rectangle.whole(SHAPE), SHAPE)


@st.composite
def windows(draw: st.DrawFn, scales: st.SearchStrategy[int]) -> Window:
    """Draw a window of the image that is so many times as large."""
    top, left = draw(st.integers(0, 50)), draw(st.integers(0, 70))
    bottom, right = draw(st.integers(top + 4, 59)), draw(st.integers(left + 4, 79))
    scale = draw(scales)
    seen = Rectangle(top, bottom, left, right)
    return Window(seen, (scale * seen.shape[0], scale * seen.shape[1]))


@given(windows(st.integers(1, 7)), st.data())
def test_a_click_lies_in_the_middle_of_the_pixel_that_was_clicked_on(
    window: Window, data: st.DataObject
) -> None:
    seen = window.seen
    y, x = data.draw(
        st.tuples(st.integers(seen.top, seen.bottom), st.integers(seen.left, seen.right))
    )
    image = torch.zeros(1, 1, *SHAPE)
    image[0, 0, y, x] = 1
    shown = EXACT.seen(image, window)[0, 0].double()
    weights = shown / shown.sum()
    rows, columns = (torch.arange(n, dtype=torch.float64) for n in shown.shape)
    # Where the image ends, what is beyond is a copy of the last pixel, and the middle moves out.
    placed_y, placed_x = EXACT.place(Click(y, x), window)
    scale = window.scale
    if seen.top < y < seen.bottom:
        assert float((weights.sum(1) * rows).sum()) == pytest.approx(placed_y, abs=1e-4 * scale)
    if seen.left < x < seen.right:
        assert float((weights.sum(0) * columns).sum()) == pytest.approx(placed_x, abs=1e-4 * scale)


@given(windows(st.sampled_from((1, 3, 5, 7))), st.integers(0, 2**32 - 1))
def test_a_mask_comes_back_from_a_window_that_shows_the_middle_of_each_pixel(
    window: Window, seed: int
) -> None:
    mask = np.random.default_rng(seed).random(SHAPE) > 0.5
    shown = EXACT.seen(torch.from_numpy(mask[None, None].astype(np.float32)), window)
    back = EXACT.put_back(shown, window, SHAPE) > 0.5
    inside = window.seen.index
    assert (back[inside] == mask[inside]).all()
    assert not back[~_filled(window)].any()


def _filled(window: Window) -> np.ndarray:
    filled = np.zeros(SHAPE, bool)
    filled[window.filled.index] = True
    return filled


@pytest.mark.parametrize("lens", [EXACT, PROTOCOL])
def test_a_window_of_its_own_size_shows_pixels_and_clicks_as_they_are(lens: Lens) -> None:
    image = torch.rand(1, 3, *SHAPE)
    assert lens.seen(image, WHOLE).equal(image)
    assert lens.place(Click(3.25, 7.5), WHOLE) == (3.25, 7.5)
    answer = torch.rand(1, 1, *SHAPE)
    assert (lens.put_back(answer, WHOLE, SHAPE) == answer[0, 0].numpy()).all()


def test_the_protocol_places_clicks_by_the_corners_of_pixels() -> None:
    window = Window(Rectangle(20, 119, 50, 249), (200, 400))
    assert PROTOCOL.place(Click(20, 50), window) == (0, 0)
    assert PROTOCOL.place(Click(70, 100), window) == (100, 100)
    assert EXACT.place(Click(20, 50), window) == (0.5, 0.5)
    assert EXACT.place(Click(70, 100), window) == (100.5, 100.5)


def test_the_protocol_lets_the_centres_of_the_outermost_pixels_coincide() -> None:
    ramp = torch.arange(5.0).expand(1, 1, 5, 5)
    window = Window(Rectangle(0, 4, 0, 4), (9, 9))
    assert PROTOCOL.seen(ramp, window)[0, 0, 0].tolist() == [k / 2 for k in range(9)]
    assert EXACT.seen(ramp, window)[0, 0, 0, 4] == 2


def test_clicks_are_rows_of_place_and_sign() -> None:
    window = ZoomIn(n_skipped=-1, target=120).window((), None, None, WHOLE)
    rows = EXACT.rows([Click(10, 20), Click(0, 0, positive=False)], window)
    assert rows.tolist() == [[[15.25, 30.25, 1], [0.25, 0.25, -1]]]
    assert EXACT.rows([], window).shape == (1, 0, 3)
