from collections.abc import Callable

import numpy as np
import pytest

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.history import History, Step
from tests.fakes import DiscPredictor, discs

A, B, C = Click(5, 5), Click(5, 12), Click(14, 20)
NOT_B = Click(5, 12, positive=False)
SHAPE = (20, 30)


@pytest.fixture
def predictor() -> DiscPredictor:
    return DiscPredictor()


@pytest.fixture
def session(predictor: DiscPredictor) -> ClickSession:
    session = ClickSession(predictor)
    session.set_image(np.zeros(SHAPE, np.uint8))
    return session


def disc(*clicks: Click) -> np.ndarray:
    return discs(clicks, SHAPE, 3) > 0.5


# Clicks


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


# What can go wrong


def test_a_click_outside_changes_nothing(session: ClickSession, predictor: DiscPredictor) -> None:
    session.add_click(A)
    with pytest.raises(ValueError, match=r"click \(20, 5\) lies outside the image of 20 x 30"):
        session.add_click(Click(20, 5))
    assert session.clicks == (A,)
    assert len(predictor.calls) == 1


def test_a_predictor_that_raises_leaves_the_session_as_it_was(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.undo()
    predictor.error = MemoryError("no memory")
    with pytest.raises(MemoryError):
        session.add_click(B)
    with pytest.raises(MemoryError):
        session.set_image(np.zeros((3, 3)))
    assert session.clicks == ()
    assert session.labels.shape == SHAPE
    assert session.redo()
    np.testing.assert_array_equal(session.mask, disc(A))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (np.zeros((3, 3)), r"expected a probability of shape \(20, 30\), got \(3, 3\)"),
        (np.full(SHAPE, 1.5), r"expected a probability in \[0, 1\]"),
        (np.full(SHAPE, np.nan), r"expected a probability in \[0, 1\]"),
    ],
)
def test_an_answer_that_is_no_probability_is_refused(
    answer: np.ndarray, sentence: str, session: ClickSession, predictor: DiscPredictor
) -> None:
    predictor.predict = lambda clicks, previous: answer  # type: ignore[method-assign]
    with pytest.raises(ValueError, match=sentence):
        session.add_click(A)
    assert session.clicks == ()


def test_a_predictor_may_use_its_array_again(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    answer = np.full(SHAPE, 0.75, np.float32)
    predictor.predict = lambda clicks, previous: answer  # type: ignore[method-assign]
    session.add_click(A)
    answer[:] = 0
    assert session.mask.all()


@pytest.mark.parametrize(
    "action",
    [
        lambda s: s.mask,
        lambda s: s.probability,
        lambda s: s.labels,
        lambda s: s.next_label,
        lambda s: s.add_click(A),
        lambda s: s.replay([]),
        lambda s: s.reset(),
        lambda s: s.commit(),
        lambda s: s.reopen(1),
        lambda s: s.delete(1),
        lambda s: s.set_labels(np.zeros(SHAPE, int)),
    ],
)
def test_without_an_image_nothing_works(action: Callable[[ClickSession], object]) -> None:
    with pytest.raises(RuntimeError, match="set an image first"):
        action(ClickSession(DiscPredictor()))


def test_without_an_image_there_are_no_clicks_and_nothing_to_undo() -> None:
    session = ClickSession(DiscPredictor())
    assert session.clicks == ()
    assert not session.undo()
    assert not session.redo()


def test_an_image_that_is_none_is_refused(session: ClickSession) -> None:
    with pytest.raises(ValueError, match=r"expected an \(h, w\) or \(h, w, c\) image"):
        session.set_image(np.zeros((3, 4, 5, 6)))


def test_a_new_image_starts_afresh(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.set_image(np.zeros((7, 8, 3)))
    assert session.labels.shape == (7, 8)
    assert not session.labels.any()
    assert not session.can_undo


def test_arrays_that_are_handed_out_cannot_be_written(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(B)
    for array in (session.mask, session.probability, session.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_arrays_that_were_handed_out_do_not_change(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    labels = session.labels
    kept = labels.copy()
    session.add_click(B)
    session.commit()
    np.testing.assert_array_equal(labels, kept)


# Undo and redo


def test_undo_and_redo_go_through_clicks_without_a_prediction(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.add_click(B)
    assert session.undo()
    np.testing.assert_array_equal(session.mask, disc(A))
    assert session.redo()
    np.testing.assert_array_equal(session.mask, disc(A, B))
    assert len(predictor.calls) == 2


def test_undo_takes_a_commit_back(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    assert session.undo()
    assert session.clicks == (A,)
    assert not session.labels.any()
    np.testing.assert_array_equal(session.mask, disc(A))
    assert session.redo()
    assert session.clicks == ()
    np.testing.assert_array_equal(session.labels == 1, disc(A))


def test_undo_takes_a_reset_back(session: ClickSession) -> None:
    session.add_click(A)
    session.reset()
    assert not session.mask.any()
    session.undo()
    assert session.clicks == (A,)


def test_a_new_click_ends_what_was_undone(session: ClickSession) -> None:
    session.add_click(A)
    session.undo()
    session.add_click(B)
    assert not session.can_redo
    assert not session.redo()


def test_undo_after_everything_is_false(session: ClickSession) -> None:
    assert not session.undo()
    assert not session.redo()


def test_resetting_nothing_is_no_action(session: ClickSession) -> None:
    session.reset()
    assert not session.can_undo


def test_the_steps_of_the_earliest_objects_are_forgotten_when_memory_runs_short(
    session: ClickSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_faseg.interaction.history.HISTORY_BYTES", 3 * 4 * 20 * 30)
    for click in (A, B, C):
        session.add_click(click)
        session.commit()
    while session.undo():
        pass
    np.testing.assert_array_equal(session.labels == 1, disc(A))
    session.reopen(1)
    assert session.clicks == (A,)


def test_the_object_in_progress_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_faseg.interaction.history.HISTORY_BYTES", 0)
    steps = [Step((A,) * n, np.zeros(SHAPE, np.float32), begins=n == 0) for n in range(5)]
    history = History(steps[0])
    for step in steps[1:]:
        history.push(step)
    assert list(history.steps_of_object()) == steps[::-1]


# Finished objects


def test_objects_get_the_next_label(session: ClickSession) -> None:
    session.add_click(A)
    assert session.commit() == 1
    session.add_click(C)
    assert session.commit() == 2
    assert session.next_label == 3
    np.testing.assert_array_equal(session.labels, disc(A) + 2 * disc(C))


def test_a_label_can_be_chosen(session: ClickSession) -> None:
    session.add_click(A)
    assert session.commit(7) == 7
    assert session.next_label == 8


@pytest.mark.parametrize("label", [0, -1, 2**31])
def test_a_label_out_of_range_is_refused(session: ClickSession, label: int) -> None:
    session.add_click(A)
    with pytest.raises(ValueError, match="expected a label from 1 to 2147483647"):
        session.commit(label)
    assert session.clicks == (A,)


def test_a_label_that_is_taken_is_refused(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(C)
    with pytest.raises(ValueError, match="label 1 is taken"):
        session.commit(1)


def test_a_finished_object_keeps_its_pixels(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(Click(5, 7))
    session.commit()
    np.testing.assert_array_equal(session.labels == 1, disc(A))
    np.testing.assert_array_equal(session.labels == 2, disc(Click(5, 7)) & ~disc(A))


def test_committing_nothing_is_no_action(session: ClickSession) -> None:
    assert session.commit() == 0
    session.add_click(A)
    session.commit()
    session.add_click(A)
    assert session.commit() == 0, "all pixels belong to the first object"
    assert session.clicks == (A,)


def test_a_reopened_object_has_its_clicks_back(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.replay([A, B])
    session.commit()
    session.reopen(1)
    assert session.clicks == (A, B)
    assert not session.labels.any()
    np.testing.assert_array_equal(session.mask, disc(A, B))
    session.add_click(C)
    np.testing.assert_array_equal(predictor.calls[-1][1] > 0.5, disc(A, B))
    assert session.commit() == 1


def test_a_foreign_object_is_reopened_with_its_mask_as_previous(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.set_labels(3 * disc(A))
    session.reopen(3)
    assert session.clicks == ()
    np.testing.assert_array_equal(session.mask, disc(A))
    session.add_click(B)
    np.testing.assert_array_equal(predictor.calls[-1][1], disc(A).astype(np.float32))
    session.replay([])
    np.testing.assert_array_equal(session.mask, disc(A))
    assert session.next_label == 3
    assert session.commit() == 3


def test_an_object_painted_over_elsewhere_is_foreign(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(C)
    session.commit()
    painted = session.labels.copy()
    painted[5, 5] = 0
    session.set_labels(painted)
    session.reopen(1)
    assert session.clicks == ()
    np.testing.assert_array_equal(session.mask, painted == 1)
    session.reset()
    session.reopen(2)
    assert session.clicks == (C,)


def test_giving_up_a_reopened_object_puts_it_back(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    finished = session.labels
    session.reopen(1)
    session.add_click(C)
    session.reset()
    assert session.clicks == ()
    np.testing.assert_array_equal(session.labels, finished)


def test_undo_takes_a_reopening_back(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.reopen(1)
    session.undo()
    np.testing.assert_array_equal(session.labels == 1, disc(A))
    assert session.next_label == 2


def test_all_clicks_of_a_reopened_object_can_be_deleted(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.reopen(1)
    session.replay([])
    assert not session.mask.any()
    session.replay([C])
    assert session.commit() == 1
    np.testing.assert_array_equal(session.labels == 1, disc(C))


def test_an_object_in_progress_has_to_end_before_another_is_reopened(
    session: ClickSession,
) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(C)
    with pytest.raises(RuntimeError, match="commit or reset the object in progress"):
        session.reopen(1)
    assert session.clicks == (C,)


@pytest.mark.parametrize("label", [0, 2, -1])
def test_a_label_that_nothing_has_is_refused(session: ClickSession, label: int) -> None:
    session.add_click(A)
    session.commit()
    for action in (session.reopen, session.delete):
        with pytest.raises(ValueError, match="expected the label of a finished object"):
            action(label)


def test_deleting_an_object_leaves_the_one_in_progress(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(C)
    session.delete(1)
    assert not session.labels.any()
    assert session.clicks == (C,)
    session.add_click(B)
    np.testing.assert_array_equal(predictor.calls[-1][1], discs([C], SHAPE, 3))
    session.undo()
    session.undo()
    np.testing.assert_array_equal(session.labels == 1, disc(A))


def test_finished_objects_can_come_from_elsewhere(session: ClickSession) -> None:
    session.set_labels(5 * disc(A))
    assert session.next_label == 6
    session.add_click(A)
    assert session.commit() == 0
    session.replay([NOT_B])
    session.undo()
    session.undo()
    session.undo()
    assert not session.labels.any()


@pytest.mark.parametrize(
    ("labels", "error", "sentence"),
    [
        (np.zeros((3, 3), int), ValueError, r"expected labels of shape \(20, 30\)"),
        (np.zeros(SHAPE), TypeError, "expected labels that are integers, got dtype float64"),
        (np.full(SHAPE, -1), ValueError, "expected labels from 0 to 2147483647, got -1 to -1"),
        (np.full(SHAPE, 2**31), ValueError, "expected labels from 0 to 2147483647"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    labels: np.ndarray, error: type[Exception], sentence: str, session: ClickSession
) -> None:
    with pytest.raises(error, match=sentence):
        session.set_labels(labels)
