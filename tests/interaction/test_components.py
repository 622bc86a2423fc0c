import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_faseg.interaction import Click
from napari_faseg.interaction.components import Runs, keep_clicked


def two_squares() -> np.ndarray:
    probability = np.full((20, 30), 0.2, np.float32)
    probability[2:8, 2:8] = 0.9
    probability[10:18, 15:28] = 0.8
    return probability


def test_the_part_without_a_click_goes_and_the_clicked_one_stays():
    kept = keep_clicked(two_squares(), [Click(4, 4)])
    assert (kept[2:8, 2:8] == np.float32(0.9)).all()
    assert (kept[10:18, 15:28] == 0).all()
    assert kept[0, 0] == np.float32(0.2)


def test_both_parts_stay_when_both_are_clicked():
    clicks = [Click(4, 4), Click(12, 20), Click(0, 0, positive=False)]
    assert np.array_equal(keep_clicked(two_squares(), clicks), two_squares())


def test_a_negative_click_keeps_nothing():
    clicks = [Click(4, 4), Click(12, 20, positive=False)]
    assert (keep_clicked(two_squares(), clicks)[10:18, 15:28] == 0).all()


def test_parts_that_touch_at_a_corner_are_one():
    probability = np.zeros((6, 6), np.float32)
    probability[:3, :3] = probability[3:, 3:] = 1
    assert keep_clicked(probability, [Click(1, 1)])[5, 5] == 1


def test_nothing_changes_without_a_positive_click_on_the_mask():
    for clicks in ([], [Click(0, 0)], [Click(4, 4, positive=False)]):
        assert np.array_equal(keep_clicked(two_squares(), clicks), two_squares())


@given(seed=st.integers(0, 999), y=st.integers(0, 11), x=st.integers(0, 14))
def test_keeping_twice_is_keeping_once(seed: int, y: int, x: int):
    probability = np.random.default_rng(seed).random((12, 15), np.float32)
    once = keep_clicked(probability.copy(), [Click(y, x)])
    assert np.array_equal(keep_clicked(once.copy(), [Click(y, x)]), once)
    assert ((once == probability) | (once == 0)).all()


@given(
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    seed=st.integers(0, 9999),
    share=st.sampled_from([0.2, 0.5, 0.8, 1.0]),
)
def test_the_parts_of_runs_are_those_of_labelled_pixels(
    shape: tuple[int, int], seed: int, share: float
):
    mask = np.random.default_rng(seed).random(shape) < share
    runs = Runs.of(mask)
    labels, n_parts = ndimage.label(mask, np.ones((3, 3)))
    parts = runs.parts()
    drawn = np.zeros(shape, int)
    for part in range(n_parts):
        drawn[runs.drawn(parts == part)] = part + 1
    assert len(np.unique(parts)) == n_parts
    pairs = np.unique(np.stack([labels.ravel(), drawn.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(labels))  # one to one
    for y, x in np.argwhere(mask):
        assert parts[runs.at(y, x)] + 1 == drawn[y, x]
