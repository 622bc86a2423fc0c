import numpy as np
import pytest

from napari_faseg.interaction import ClickSession
from napari_faseg.interaction.history import History, Step
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
