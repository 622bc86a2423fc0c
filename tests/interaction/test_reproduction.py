from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.reproduction import ReplayedObject, replay_objects
from napari_faseg.interaction.session_folder import read_session
from tests.fakes import DiscPredictor, discs
from tests.interaction.places import NOT_B, SHAPE, A, B, C, disc


class MindfulPredictor(DiscPredictor):
    """Adds a little of the previous probability, so that the way to a mask shows in it."""

    def predict(self, clicks, previous):
        answer = super().predict(clicks, previous)
        before = np.zeros(self.shape, np.float32) if previous is None else previous
        return np.clip(0.93 * answer + 0.07 * before * len(clicks), 0, 1)


@pytest.fixture
def predictor() -> DiscPredictor:
    return MindfulPredictor()


def replayed(session: ClickSession, predictor: DiscPredictor) -> list[ReplayedObject]:
    return list(replay_objects(session.state, predictor))


def test_objects_made_in_any_way_are_reproduced(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.add_click(B)
    session.add_click(NOT_B)
    session.undo()
    session.replay([B, C])
    session.commit()
    session.replay([A, Click(4, 11), Click(8, 8)])  # several at once, as a quick hand gives them
    session.threshold = 0.4
    session.commit()
    session.reopen(1)
    session.add_click(Click(17, 3))
    session.commit()
    assert [found.n_different for found in replayed(session, predictor)] == [0, 0]
    assert [found.n_pixels for found in replayed(session, predictor)] == [
        (session.labels == 1).sum(),
        (session.labels == 2).sum(),
    ]


def test_an_object_that_was_resumed_in_the_middle_is_reproduced(
    session: ClickSession, predictor: DiscPredictor, tmp_path: Path
) -> None:
    session.threshold = 0.06  # so low that the previous probability decides
    session.replay([A, B])
    session.save(tmp_path / "session")
    session.load(tmp_path / "session")
    session.add_click(C)
    session.commit()
    session.save(tmp_path / "session")
    state = read_session(tmp_path / "session").state
    assert state.finished[1].asked == (2, -2, 3, -3)
    assert [found.n_different for found in replay_objects(state, predictor)] == [0]


def test_another_predictor_is_found_out(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    other = DiscPredictor(radius=4)
    other.set_image(np.zeros(SHAPE))
    n_different = int((discs([A], SHAPE, 4) > 0.5).sum() - disc(A).sum())
    assert replayed(session, other) == [ReplayedObject(1, int(disc(A).sum()), n_different)]


def test_pixels_that_belonged_to_others_are_not_asked_for(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(Click(5, 8))
    session.commit()
    session.delete(1)
    assert [found.n_different for found in replayed(session, predictor)] == [0]


def test_what_was_painted_or_came_from_elsewhere_cannot_be_replayed(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.commit()
    painted = session.labels + 7 * disc(C)
    painted[5, 5] = 0
    session.set_labels(painted)
    session.reopen(7)
    session.add_click(Click(14, 24))
    session.commit()
    assert [found.n_different for found in replayed(session, predictor)] == [None, None]


def test_a_wrong_click_in_the_record_is_found_out(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.commit()
    wrong = replace(session.state.finished[1], clicks=(B,))
    state = replace(session.state, finished={1: wrong})
    [found] = replay_objects(state, predictor)
    assert found.n_different
