import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from napari_faseg.interaction import Click
from napari_faseg.interaction.steadiness import FAR, LEAST_REACH, steadied

SHAPE = (9, 12)
Map = NDArray[np.float32]

maps = arrays(np.float32, SHAPE, elements=st.floats(0, 1, width=32))
pixels = st.tuples(st.integers(0, SHAPE[0] - 1), st.integers(0, SHAPE[1] - 1))


def clicks(*pixels: tuple[int, int]) -> list[Click]:
    return [Click(y, x, positive=True) for y, x in pixels]


@pytest.mark.parametrize("n_clicks", [1, 2])
def test_the_first_two_clicks_may_change_everything(n_clicks: int) -> None:
    answer, previous = np.ones(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    assert steadied(answer, previous, clicks(*[(4, 4)] * n_clicks)) is answer


def test_nothing_is_kept_where_there_was_nothing() -> None:
    answer = np.ones(SHAPE, np.float32)
    assert steadied(answer, None, clicks((1, 1), (2, 2), (3, 3))) is answer


def test_far_from_the_third_click_most_of_what_was_there_stays() -> None:
    shape = (5, 400)
    answer, previous = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    found = steadied(answer, previous, clicks((2, 2), (2, 4), (2, 10)))
    assert found[2, 10] == 1
    assert found[2, 390] == pytest.approx(FAR)
    assert (np.diff(found[2, 10:]) <= 0).all()


def test_a_click_reaches_further_in_a_larger_object() -> None:
    small, large = np.zeros((2, 200, 200), np.float32)
    large[:100] = 1
    changes = []
    for previous in (small, large):
        found = steadied(1 - previous, previous, clicks((0, 0), (1, 1), (100, 100)))
        changes.append(abs(found - previous)[100, 150])
    assert 4 * LEAST_REACH < 50
    assert changes[0] < FAR + 0.01  # 50 pixels away is far from the click
    assert changes[1] > 0.85  # and near, in an object of 100 x 200


@given(maps, maps, st.lists(pixels, min_size=3, max_size=5))
def test_it_lies_between_the_answers_and_is_the_new_one_at_the_click(
    answer: Map, previous: Map, places: list[tuple[int, int]]
) -> None:
    kept = answer.copy(), previous.copy()
    found = steadied(answer, previous, clicks(*places))
    assert (found >= np.minimum(answer, previous) - 1e-6).all()
    assert (found <= np.maximum(answer, previous) + 1e-6).all()
    assert found[places[-1]] == pytest.approx(answer[places[-1]], abs=1e-6)
    assert ((found >= 0) & (found <= 1)).all()
    assert np.array_equal(answer, kept[0])
    assert np.array_equal(previous, kept[1])
