"""Parts of an object that nobody has clicked on stay, as long as nobody says otherwise."""

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from napari_faseg.interaction import Click, ClickSession, NetPredictor
from napari_faseg.interaction.standing_in import MOST_PARTS, standing_in

SHAPE = (120, 160)


def discs(*places: tuple[int, int, int]) -> np.ndarray:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    found = np.zeros(SHAPE, np.float32)
    for row, column, radius in places:
        found[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = 0.9
    return found


LEFT, RIGHT = (60, 40, 20), (60, 120, 20)
FAR = Click(5, 5, positive=False)


def test_each_part_without_a_click_gets_one_in_its_middle() -> None:
    found = standing_in(discs(LEFT, RIGHT), [FAR])
    assert sorted(click.pixel for click in found) == [(60, 40), (60, 120)]
    assert all(click.positive for click in found)


def test_a_part_that_was_clicked_on_needs_none() -> None:
    assert [c.pixel for c in standing_in(discs(LEFT, RIGHT), [Click(55, 45)])] == [(60, 120)]
    assert standing_in(discs(LEFT), [Click(55, 45), FAR]) == ()


@pytest.mark.parametrize("previous", [None, np.zeros(SHAPE, np.float32)])
def test_without_a_mask_there_are_no_parts(previous: np.ndarray | None) -> None:
    assert standing_in(previous, [Click(3, 3)]) == ()


def test_a_part_that_is_hit_in_its_middle_goes_and_at_its_rim_stays() -> None:
    middle, rim = Click(61, 41, positive=False), Click(60, 22, positive=False)
    assert [c.pixel for c in standing_in(discs(LEFT, RIGHT), [middle])] == [(60, 120)]
    assert len(standing_in(discs(LEFT, RIGHT), [rim])) == 2


def test_the_only_part_stays_wherever_it_is_hit() -> None:
    (click,) = standing_in(discs(LEFT), [Click(60, 40, positive=False)])
    assert click.pixel != (60, 40)
    assert discs(LEFT)[click.pixel] > 0.5


@given(
    places=st.lists(st.tuples(st.integers(0, 119), st.integers(0, 159), st.integers(0, 9))),
    clicks=st.lists(st.builds(Click, st.integers(0, 119), st.integers(0, 159), st.booleans())),
)
def test_who_stands_in_lies_in_the_mask_and_on_no_negative_click(
    places: list[tuple[int, int, int]], clicks: list[Click]
) -> None:
    previous = discs(*places)
    found = standing_in(previous, clicks)
    assert len(found) <= MOST_PARTS
    unwanted = {click.pixel for click in clicks if not click.positive}
    for click in found:
        assert previous[click.pixel] > 0.5
        assert click.pixel not in unwanted


@pytest.fixture(scope="module")
def reopened() -> ClickSession:
    """Return a session with the packaged weights on coins, two of them painted as one object."""
    session = ClickSession(NetPredictor.from_weights(device="cpu"))
    session.set_image(skimage.data.coins())
    return session


def painted(session: ClickSession) -> np.ndarray:
    labels = np.zeros(session.labels.shape, np.int32)
    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]]
    for row, column in ((126, 102), (125, 160)):
        labels[(y - row) ** 2 + (x - column) ** 2 <= 17**2] = 1
    return labels


@pytest.mark.parametrize(
    "click",
    [
        Click(126, 88, positive=False),  # inside, at the rim
        Click(126, 74, positive=False),  # beside it
        Click(10, 10, positive=False),  # far away
        Click(126, 102),
    ],
)
def test_the_next_click_on_a_painted_object_improves_it_and_loses_no_part(
    reopened: ClickSession, click: Click
) -> None:
    labels = painted(reopened)
    reopened.set_labels(labels)
    reopened.reopen(1)
    reopened.add_click(click)
    found = reopened.mask
    reopened.reset()
    for half in (np.s_[:, :131], np.s_[:, 131:]):
        before = labels[half] > 0
        kept = np.count_nonzero(found[half] & before) / np.count_nonzero(before)
        assert kept > 0.7
    assert np.count_nonzero(found) < 2 * np.count_nonzero(labels)
