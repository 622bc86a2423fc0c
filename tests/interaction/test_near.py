"""From the second click on the network looks at where a click lies, closer."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_faseg.interaction import Click, ClickSession, NetPredictor
from napari_faseg.interaction.near import (
    FIRST_CLICK,
    LEAST_SIDE,
    RATIO,
    SHARE,
    clicks_inside,
    mixed_in,
    near_window,
)
from napari_faseg.interaction.windows import Rectangle, Window

SHAPE = (300, 400)
IMAGE = np.zeros(SHAPE, np.uint8)
FIRST = Click(150, 150)
WHOLE = Window(Rectangle.whole(SHAPE), SHAPE)


def answer(side: int = 100, value: float = 0.9) -> np.ndarray:
    """Return a square that is found around the first click."""
    found = np.zeros(SHAPE, np.float32)
    found[150 - side // 2 : 150 + side // 2, 150 - side // 2 : 150 + side // 2] = value
    return found


def clicks(*last: Click) -> tuple[Click, ...]:
    return (FIRST, *last)


@pytest.mark.parametrize("side", [60, 100, 200])
def test_the_window_lies_around_the_last_click_and_grows_with_the_object(side: int) -> None:
    window = near_window(clicks(Click(160, 170)), answer(side), WHOLE)
    assert window is not None
    expected = max(LEAST_SIDE, RATIO * side)
    assert window.seen.shape == pytest.approx((expected, expected), abs=2)
    assert (window.seen.top + window.seen.bottom) / 2 == pytest.approx(160, abs=1)
    assert (window.seen.left + window.seen.right) / 2 == pytest.approx(170, abs=1)


def test_neither_a_first_click_nor_nothing_is_looked_at_closer() -> None:
    assert FIRST_CLICK == 2
    assert near_window(clicks(), answer(), WHOLE) is None
    assert near_window(clicks(FIRST), np.zeros(SHAPE, np.float32), WHOLE) is None


def test_the_window_ends_where_the_image_ends() -> None:
    window = near_window(clicks(Click(2, 397)), answer(), WHOLE)
    assert window is not None
    assert (window.seen.top, window.seen.right) == (0, SHAPE[1] - 1)


def test_clicks_elsewhere_are_not_seen() -> None:
    near, far = Click(160, 170), Click(20, 30, positive=False)
    window = near_window((FIRST, far, near), answer(), WHOLE)
    assert window is not None
    assert clicks_inside((FIRST, far, near), window) == (FIRST, near)


def test_what_is_seen_closely_already_is_not_looked_at_again() -> None:
    asked, found = clicks(Click(155, 155)), answer(20)
    assert near_window(asked, found, WHOLE) is not None
    small = Window(Rectangle(130, 169, 130, 169), (400, 400))
    assert near_window(asked, found, small) is not None
    smaller = Window(Rectangle(131, 169, 131, 169), (400, 400))
    assert near_window(asked, found, smaller) is None


@given(
    y=st.integers(0, SHAPE[0] - 1),
    x=st.integers(0, SHAPE[1] - 1),
    side=st.integers(10, 200),
    value=st.floats(0, 1, width=32),
)
def test_what_is_mixed_in_lies_between_both_and_ends_in_the_window(
    y: int, x: int, side: int, value: float
) -> None:
    before, asked = answer(side), clicks(Click(y, x))
    window = near_window(asked, before, WHOLE)
    assert window is not None
    closer = np.full(SHAPE, value, np.float32)
    mixed = mixed_in(before, closer, window, asked)
    assert mixed.dtype == np.float32
    assert (mixed >= np.minimum(before, closer) - 1e-6).all()
    assert (mixed <= np.maximum(before, closer) + 1e-6).all()
    expected = before[y, x] + SHARE * (value - before[y, x])
    assert mixed[y, x] == pytest.approx(expected, abs=1e-5)
    outside = np.ones(SHAPE, bool)
    outside[window.seen.index] = False
    assert (mixed[outside] == before[outside]).all()


class Closer(torch.nn.Module):
    """A network that finds the middle of what it sees, and notes sizes and clicks."""

    def __init__(self) -> None:
        super().__init__()
        self.n_encoded = 0
        self.n_clicks: list[int] = []

    def encode(self, image):
        self.n_encoded += 1
        return image

    def segment(self, features, clicks, previous):
        self.n_clicks.append(clicks.shape[1])
        logits = torch.full(features[:, :1].shape, -5.0)
        middle = [slice(side // 4, -(side // 4)) for side in features.shape[-2:]]
        logits[..., middle[0], middle[1]] = 5.0
        return logits


def answered(n_clicks: int, **options: object) -> tuple[Closer, list[np.ndarray]]:
    network = Closer()
    predictor = NetPredictor(network, device="cpu", **options)
    predictor.set_image(IMAGE)
    asked = clicks(*(Click(150 + 9 * i, 150) for i in range(n_clicks - 1)))
    found = [look.probability for look in predictor.looks(asked, None)]
    return network, found


def test_a_second_click_is_looked_at_once_more_and_a_first_one_is_not() -> None:
    for n_clicks, n_more in ((1, 0), (2, 1), (3, 1)):
        near, without = (answered(n_clicks, near=option) for option in (True, False))
        assert len(near[1]) == len(without[1]) + n_more
        assert near[0].n_encoded == without[0].n_encoded + n_more


@pytest.mark.parametrize("mode", ["zoom", "once"])
def test_the_modes_of_the_protocol_do_not_look_closer(mode: str) -> None:
    near, without = (answered(3, near=option, mode=mode) for option in (True, False))
    assert near[0].n_encoded == without[0].n_encoded
    np.testing.assert_array_equal(near[1][-1], without[1][-1])


def test_the_window_of_the_object_stays_encoded() -> None:
    network = Closer()
    session = ClickSession(NetPredictor(network, device="cpu"))
    session.set_image(IMAGE)
    session.add_click(Click(150, 150))
    session.add_click(Click(160, 150))
    _ = session.mask
    before = network.n_encoded
    session.add_click(Click(155, 160))
    _ = session.mask
    assert network.n_encoded <= before + 1  # around the click alone


def test_a_closer_look_changes_nothing_far_from_its_click() -> None:
    near, without = (answered(2, near=option, connected=False)[1][-1] for option in (True, False))
    asked = clicks(Click(150, 150))
    window = near_window(asked, without, WHOLE)
    assert window is not None
    outside = np.ones(SHAPE, bool)
    outside[window.seen.index] = False
    assert not np.array_equal(near, without)
    np.testing.assert_array_equal(near[outside], without[outside])
