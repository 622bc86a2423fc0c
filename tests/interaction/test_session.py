import numpy as np
import pytest

from napari_faseg.interaction import ClickSession
from tests.fakes import DiscPredictor, discs
from tests.interaction.places import SHAPE, A, B, C, disc


def test_without_clicks_the_mask_is_empty(session: ClickSession) -> None:
    assert session.clicks == ()
    assert session.mask.shape == SHAPE
    assert not session.mask.any()
    assert session.probability.dtype == np.float32
    assert session.labels.dtype == np.int32


def test_a_click_gives_a_mask(session: ClickSession, predictor: DiscPredictor) -> None:
    session.add_click(A)
    assert session.clicks == (A,)
    np.testing.assert_array_equal(session.mask, disc(A))
    assert predictor.calls[0][1] is None


def test_the_next_click_gets_the_probability_before_it(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.add_click(B)
    clicks, previous = predictor.calls[1]
    assert clicks == (A, B)
    np.testing.assert_array_equal(previous, discs([A], SHAPE, 3))


def test_deleting_a_click_takes_its_mask_back(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.add_click(B)
    session.replay([A])
    np.testing.assert_array_equal(session.mask, disc(A))
    assert len(predictor.calls) == 2


def test_moving_the_last_click_starts_from_the_mask_before_it(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.add_click(B)
    session.replay([A, C])
    assert len(predictor.calls) == 3
    np.testing.assert_array_equal(predictor.calls[2][1], discs([A], SHAPE, 3))
    np.testing.assert_array_equal(session.mask, disc(A, C))


def test_moving_the_first_click_is_one_prediction_from_nothing(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.replay([A, B])
    session.replay([C, B])
    assert predictor.calls[1] == ((C, B), None)


def test_the_longest_earlier_beginning_wins(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    for clicks in ([A], [A, B], [C], [A, B, C]):
        session.replay(clicks)
    np.testing.assert_array_equal(predictor.calls[-1][1], discs([A, B], SHAPE, 3))


def test_replaying_the_same_clicks_does_nothing(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.replay([A])
    assert len(predictor.calls) == 1
    session.undo()
    assert not session.can_undo


def test_replaying_no_clicks_empties_the_mask(session: ClickSession) -> None:
    session.add_click(A)
    session.replay([])
    assert not session.mask.any()
    session.undo()
    np.testing.assert_array_equal(session.mask, disc(A))


def test_another_object_is_not_a_beginning(session: ClickSession, predictor: DiscPredictor) -> None:
    session.add_click(A)
    session.commit()
    session.replay([A, B])
    assert predictor.calls[-1] == ((A, B), None)


def test_the_threshold_acts_without_a_prediction(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.threshold = 0.95
    assert not session.mask.any()
    session.threshold = 0.05
    assert session.mask.all()
    assert len(predictor.calls) == 1


@pytest.mark.parametrize("threshold", [-0.1, 1, float("nan")])
def test_a_threshold_outside_0_to_1_is_refused(session: ClickSession, threshold: float) -> None:
    with pytest.raises(ValueError, match="expected a threshold in"):
        session.threshold = threshold


def test_clicks_are_answered_again_by_a_predictor_that_sees_otherwise_now(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.commit()
    labels = session.labels
    session.add_click(B)
    session.add_click(C)
    before = session.mask
    predictor.radius = 5
    session.answer_again()
    np.testing.assert_array_equal(session.mask, discs([B, C], SHAPE, 5) > 0.5)
    assert [len(clicks) for clicks, _ in predictor.calls[-2:]] == [1, 2]
    assert session.labels is labels
    session.undo()
    session.undo()
    session.redo()
    session.redo()
    np.testing.assert_array_equal(session.mask, discs([B, C], SHAPE, 5) > 0.5)
    assert (before != session.mask).any()


def test_answers_from_before_lead_to_no_answer_after(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.replay([A])
    session.replay([A, B])
    predictor.radius = 5
    session.answer_again()
    session.replay([A])
    np.testing.assert_array_equal(session.mask, discs([A], SHAPE, 5) > 0.5)


def test_an_object_that_began_with_a_mask_is_answered_from_that_mask_on(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.set_labels(np.where(disc(A), 1, 0))
    session.reopen(1)
    session.answer_again()
    assert predictor.calls == []
    session.add_click(B)
    session.answer_again()
    assert session.state.asked == (0, 1)
    np.testing.assert_array_equal(predictor.calls[-1][1] > 0.5, disc(A))


def test_a_threshold_that_was_changed_before_stays_when_clicks_are_answered_again(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.threshold = 0.05
    predictor.radius = 5
    session.answer_again()
    session.threshold = 0.5
    np.testing.assert_array_equal(session.mask, discs([A], SHAPE, 5) > 0.5)


def test_a_session_stays_as_it_was_where_an_answer_fails(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    before = session.probability
    predictor.error = RuntimeError("no memory")
    with pytest.raises(RuntimeError, match="no memory"):
        session.answer_again()
    assert session.probability is before


def test_the_same_clicks_again_are_answered_at_once_by_one_last_look(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.replay([A])
    looks = list(session.replaying([A]))
    assert [look.is_last for look in looks] == [True]
    assert looks[0].probability is session.probability
    assert len(predictor.calls) == 1


class Brightest:
    """The object is where the image that was shown last is bright; it can be no key of a dict."""

    __hash__ = None

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []

    def set_image(self, image: np.ndarray) -> None:
        self.shown.append(image)
        if image.max() == 3:
            raise ValueError("no such image")

    def predict(self, clicks: object, previous: object) -> np.ndarray:
        return (self.shown[-1] > 0).astype(np.float32)


def test_sessions_that_share_a_predictor_each_ask_about_their_own_image() -> None:
    left, right = np.eye(*SHAPE, dtype=np.uint8), np.eye(*SHAPE, 5, dtype=np.uint8)
    predictor = Brightest()
    one, other = ClickSession(predictor), ClickSession(predictor)
    one.set_image(left)
    other.set_image(right)
    turns = ((one, left, A), (one, left, B), (other, right, A), (one, left, C))
    for session, image, click in turns:
        session.add_click(click)
        np.testing.assert_array_equal(session.mask, image > 0)
    assert len(predictor.shown) == 5, "the image is shown again where it has to be, only"


def test_a_session_asks_about_its_own_image_after_one_that_the_predictor_refused() -> None:
    predictor = Brightest()
    session = ClickSession(predictor)
    session.set_image(np.eye(*SHAPE, dtype=np.uint8))
    with pytest.raises(ValueError, match="no such image"):
        session.set_image(np.full(SHAPE, 3, np.uint8))
    session.add_click(A)
    np.testing.assert_array_equal(session.mask, np.eye(*SHAPE) > 0)
