import gc
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.history import (
    HISTORY_BYTES,
    MASK_THRESHOLD,
    History,
    HistoryRoom,
    Step,
)
from tests.fakes import DiscPredictor
from tests.interaction.places import SHAPE, A, B, C, disc


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


def with_steps(session: ClickSession) -> ClickSession:
    session.set_image(np.zeros(SHAPE, np.uint8))
    for click in (A, B, C):
        session.add_click(click)
        session.commit()
    return session


def n_undone(session: ClickSession) -> int:
    return sum(1 for _ in iter(session.undo, False))


def test_where_there_is_no_room_only_the_object_in_progress_can_be_undone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("napari_faseg.interaction.history.HISTORY_BYTES", 0)
    session = with_steps(ClickSession(DiscPredictor(2)))
    for click in (A, B):
        session.add_click(click)
    assert n_undone(session) == 2
    assert session.clicks == ()


@pytest.mark.parametrize("acting", [0, 1], ids=["first", "second"])
def test_sessions_that_share_a_room_have_one_limit_and_the_longest_left_forgets_first(
    acting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = HistoryRoom()
    sessions = [with_steps(ClickSession(DiscPredictor(2), room=room)) for _ in range(2)]
    here, left = sessions[acting], sessions[1 - acting]
    limit = room.n_bytes
    monkeypatch.setattr("napari_faseg.interaction.history.HISTORY_BYTES", limit)
    here.add_click(A)
    assert room.n_bytes <= limit
    assert n_undone(here) == 7
    assert n_undone(left) < 6
    assert set(np.unique(left.labels)) >= {0, 1}, "what was forgotten is still there"


def test_a_room_forgets_sessions_that_are_gone() -> None:
    room = HistoryRoom()
    session = with_steps(ClickSession(DiscPredictor(2), room=room))
    assert room.n_bytes > 0
    del session
    gc.collect()
    assert room.n_bytes == 0


def test_the_history_that_a_session_goes_on_from_is_counted_too() -> None:
    room = HistoryRoom()
    session = with_steps(ClickSession(DiscPredictor(2), room=room))
    session.restore(session.state)
    gc.collect()
    assert not session.can_undo
    session.add_click(Click(9, 9))
    assert room.n_bytes == 2 * 4 * SHAPE[0] * SHAPE[1]


BYTES = 4 * SHAPE[0] * SHAPE[1]  # of one probability


def step(n_clicks: int = 0, *, begins: bool = False) -> Step:
    return Step((A,) * n_clicks, np.zeros(SHAPE, np.float32), begins=begins)


def test_a_history_may_take_one_gibibyte() -> None:
    assert HISTORY_BYTES == 1024**3


def test_nothing_is_forgotten_before_there_is_more_than_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("napari_faseg.interaction.history.HISTORY_BYTES", 3 * BYTES)
    history = History(step(begins=True))
    for _ in range(2):
        history.push(step(begins=True))
    assert history.n_bytes == 3 * BYTES
    assert [history.undo() for _ in range(2)]
    assert not history.can_undo
    history.redo()
    history.redo()
    history.push(step(begins=True))
    assert [history.undo() for _ in range(2)]
    assert not history.can_undo, "the first was forgotten"


def test_what_is_undone_together_is_forgotten_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_faseg.interaction.history.HISTORY_BYTES", 4 * BYTES)
    history = History(step(begins=True))
    mark = history.mark()
    for _ in range(3):
        history.push(step(begins=True))
    history.join_since(mark)
    history.push(step(begins=True))
    assert history.n_bytes == 2 * BYTES, "the whole action was forgotten, not its first step alone"
    assert len(history.undo()) == 1
    assert not history.can_undo


def test_an_action_is_one_though_earlier_ones_are_forgotten_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = History(step(begins=True))
    for _ in range(3):
        history.push(step(begins=True))
    monkeypatch.setattr("napari_faseg.interaction.history.HISTORY_BYTES", 3 * BYTES)
    mark = history.mark()
    for _ in range(2):
        history.push(step(begins=True))
    history.join_since(mark)
    assert len(history.undo()) == 2
    assert not history.can_undo


def test_an_image_that_is_set_inside_stays(
    session: ClickSession,
) -> None:
    session.add_click(A)

    def set_an_image_and_fail() -> None:
        with session.one_action():
            session.commit()
            session.set_image(np.zeros((5, 6)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        set_an_image_and_fail()
    assert session.labels.shape == (5, 6), "to set an image is no action"
    assert not session.can_undo


def test_actions_that_were_undone_inside_join_nothing_else(session: ClickSession) -> None:
    for click in (A, B):
        session.add_click(click)
    with session.one_action():
        session.undo()
        session.add_click(C)
    assert session.clicks == (A, C)
    session.undo()
    assert session.clicks == (A,)


def test_a_threshold_that_was_chosen_before_stays_when_what_is_done_inside_is_undone(
    session: ClickSession,
) -> None:
    for inside in (MASK_THRESHOLD, 0.7):
        session.reset()
        session.threshold = 0.6
        with session.one_action():
            session.threshold = inside
            session.add_click(A)
            session.add_click(B)
        session.undo()
        assert (session.threshold, session.clicks) == (0.6, ())


def test_what_is_done_after_an_undo_inside_is_one_action(session: ClickSession) -> None:
    session.add_click(A)
    with session.one_action():
        session.undo()
        session.add_click(B)
        session.add_click(C)
    session.undo()
    assert session.clicks == ()


def test_an_answer_that_was_renewed_is_counted_in_place_of_the_old_one() -> None:
    history = History(step(begins=True))
    history.push(step(1))
    history.renew(Step((A,), np.zeros((1, 1), np.float32), begins=False))
    assert history.n_bytes == BYTES + 4


def test_steps_cannot_be_changed_and_are_told_apart_by_what_they_are_not_what_they_hold() -> None:
    one, same = step(), step()
    assert one != same
    with pytest.raises(FrozenInstanceError):
        one.begins = True  # type: ignore[misc]
