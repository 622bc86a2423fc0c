import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_faseg.interaction import Click
from napari_faseg.interaction.last_word import RADIUS, with_last_word

clicks_anywhere = st.lists(
    st.builds(Click, st.integers(0, 13), st.integers(0, 17), st.booleans()), max_size=8
)


@given(clicks=clicks_anywhere, seed=st.integers(0, 999))
def test_every_clicked_pixel_ends_as_the_last_click_on_it_says(clicks, seed):
    probability = np.random.default_rng(seed).random((14, 18), np.float32)
    found = with_last_word(probability.copy(), clicks)
    for pixel, positive in {c.pixel: c.positive for c in clicks}.items():
        assert found[pixel] >= 0.55 if positive else found[pixel] <= 0.45
    assert found.min() >= 0
    assert found.max() <= 1


@given(clicks=clicks_anywhere, seed=st.integers(0, 999))
def test_only_pixels_near_contradicted_clicks_change(clicks, seed):
    before = np.random.default_rng(seed).random((14, 18), np.float32)
    after = with_last_word(before.copy(), clicks)
    y, x = np.mgrid[:14, :18]
    last = {c.pixel: c.positive for c in clicks}
    allowed = np.zeros((14, 18), bool)
    for (row, column), positive in last.items():
        if (before[row, column] < 0.55) if positive else (before[row, column] > 0.45):
            allowed |= np.hypot(y - row, x - column) <= RADIUS
    assert (before == after)[~allowed].all()


@given(clicks=clicks_anywhere, seed=st.integers(0, 999))
def test_a_second_time_changes_nothing(clicks, seed):
    once = with_last_word(np.random.default_rng(seed).random((14, 18), np.float32), clicks)
    assert np.array_equal(with_last_word(once.copy(), clicks), once)


def test_neighbours_of_other_signs_share_the_pixels_between_them():
    clicks = [Click(5, 5), Click(5, 6, positive=False)]
    found = with_last_word(np.full((11, 12), 0.2, np.float32), clicks)
    assert found[5, 5] == np.float32(0.75)
    assert found[5, 4] > 0.5
    assert (found[:, 6:] == np.float32(0.2)).all()


def test_a_mask_that_agrees_with_its_clicks_is_the_same_array():
    probability = np.full((5, 5), 0.9, np.float32)
    assert with_last_word(probability, [Click(2, 2)]) is probability
    assert (probability == np.float32(0.9)).all()
