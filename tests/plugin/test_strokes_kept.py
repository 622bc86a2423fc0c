"""What a person paints by hand is recorded soon after, without a further action."""

from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg._durable import Disk
from napari_faseg.interaction import Click
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.plugin.annotator import Annotator, start
from tests.fakes import DiscPredictor
from tests.plugin.conftest import SHAPE
from tests.plugin.hand_cranked import HandCrankedRunner

SOON = 0.5  # seconds, of the one that a stroke may take


@pytest.fixture
def runner() -> HandCrankedRunner:
    return HandCrankedRunner()


@pytest.fixture
def slow(viewer: ViewerModel, runner: HandCrankedRunner) -> Annotator:
    """A recorded session in which nothing happens until the runner is turned."""
    annotator = begin(viewer, np.zeros(SHAPE, np.uint8), runner)
    runner.turn_all()
    return annotator


def begin(viewer: ViewerModel, data: np.ndarray, runner: HandCrankedRunner) -> Annotator:
    image = viewer.add_image(data, name="image")
    return Annotator(viewer, image, lambda: DiscPredictor(radius=3), runner, resume=True)


def stroke(annotator: Annotator, *pixel: int, label: int = 7) -> None:
    annotator.painter.layer.brush_size = 1
    annotator.painter.layer.paint(pixel, label)


def recorded(own_sessions: Path) -> np.ndarray:
    [place] = own_sessions.glob("*.faseg")
    return read_session(place).state.labels


def soon(runner: HandCrankedRunner) -> None:
    runner.let_pass(SOON)
    runner.turn_all()


def test_a_stroke_is_recorded_soon_without_a_further_action(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    stroke(slow, 3, 4)
    assert not runner.busy, "the window goes on painting"
    soon(runner)
    assert recorded(own_sessions)[3, 4] == 7
    slow.close()


def test_strokes_that_follow_each_other_do_not_put_it_off(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    for x in range(5):
        stroke(slow, 3, x)
        runner.let_pass(SOON / 5)
    runner.turn_all()
    assert (recorded(own_sessions) == 7).sum() == 5
    slow.close()


def test_a_stroke_that_is_undone_and_redone_is_recorded_so(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    stroke(slow, 3, 4)
    soon(runner)
    for action, expected in ((slow.undo, 0), (slow.redo, 7)):
        action()
        soon(runner)
        assert slow.painter.layer.data[3, 4] == expected
        assert recorded(own_sessions)[3, 4] == expected
    slow.close()


@pytest.mark.parametrize("n_turns", [0, 1])
def test_an_undo_while_a_stroke_is_being_recorded_takes_back_the_stroke(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path, n_turns: int
) -> None:
    slow.prompts.positive.add((20, 20))
    runner.turn_all()
    stroke(slow, 3, 4)
    runner.let_pass(SOON)
    for _ in range(n_turns):
        runner.turn()
    slow.undo()
    runner.turn_all()
    soon(runner)
    assert slow.prompts.clicks() == (Click(20, 20),)
    assert slow.painter.layer.data[3, 4] == recorded(own_sessions)[3, 4] == 0
    slow.close()


def test_the_label_that_a_person_paints_with_stays_chosen(
    slow: Annotator, runner: HandCrankedRunner
) -> None:
    slow.painter.layer.selected_label = 7
    stroke(slow, 3, 4)
    soon(runner)
    assert slow.painter.layer.selected_label == 7
    slow.prompts.positive.add((20, 20))
    runner.turn_all()
    assert slow.painter.layer.data[20, 20] == slow.painter.layer.selected_label == 8
    slow.close()


def test_recording_a_stroke_leaves_the_object_in_progress_alone(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    slow.prompts.positive.add((20, 20))
    runner.turn_all()
    stroke(slow, 3, 4)
    runner.let_pass(SOON)
    slow.prompts.positive.add((20, 30))
    runner.turn_all()
    assert len(slow.prompts.clicks()) == 2
    assert slow.painter.layer.data[20, [20, 30]].tolist() == [1, 1]
    slow.finish()
    runner.turn_all()
    assert recorded(own_sessions)[20, 30] == 1
    assert recorded(own_sessions)[3, 4] == 7
    slow.close()


def test_a_click_that_failed_is_still_there_after_a_stroke(
    viewer: ViewerModel, runner: HandCrankedRunner
) -> None:
    predictor = DiscPredictor(radius=3)
    image = viewer.add_image(np.zeros(SHAPE, np.uint8))
    annotator = Annotator(viewer, image, lambda: predictor, runner, resume=True)
    runner.turn_all()
    predictor.error = RuntimeError("no memory")
    annotator.prompts.positive.add((20, 20))
    runner.turn_all()
    stroke(annotator, 3, 4)
    soon(runner)
    predictor.error = None
    annotator.prompts.positive.add((20, 40))
    runner.turn_all()
    assert annotator.painter.layer.data[20, [20, 40]].tolist() == [8, 8]
    annotator.close()


@pytest.mark.parametrize("when", ["painted", "waiting", "running"])
def test_a_stroke_just_before_the_end_is_recorded(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path, when: str
) -> None:
    slow.prompts.positive.add((20, 20))
    slow.finish()
    runner.turn_all()
    slow.prompts.positive.add((10, 40))
    runner.turn_all()
    stroke(slow, 20, 20)
    if when != "painted":
        runner.let_pass(SOON)
    shown = slow.painter.layer.data.copy()
    if when == "running":  # it is written, but its result has not arrived
        slow._jobs.adopting(slow.painter.painted(), slow._jobs.keep)
    slow.close()
    shown[shown == 2] = 0  # of the object in progress
    assert np.array_equal(recorded(own_sessions), shown)


@pytest.mark.parametrize("is_closed_at_once", [False, True])
def test_a_stroke_that_was_painted_to_the_object_in_progress_is_recorded_once_that_is_finished(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path, is_closed_at_once: bool
) -> None:
    slow.prompts.positive.add((20, 20))
    runner.turn_all()
    stroke(slow, 3, 4, label=1)
    soon(runner)
    slow.finish()
    runner.turn_all()
    if is_closed_at_once:
        slow.close()
    soon(runner)
    assert slow.painter.layer.data[3, 4] == slow.painter.layer.data[20, 20] == 1
    assert np.array_equal(recorded(own_sessions), slow.painter.layer.data)
    slow.close()


def test_a_stroke_of_a_script_is_recorded_at_the_end(
    viewer: ViewerModel, own_sessions: Path
) -> None:
    image = viewer.add_image(np.zeros(SHAPE, np.uint8), name="image")
    annotator = start(viewer, image, DiscPredictor(radius=3), resume=True)
    stroke(annotator, 3, 4)
    annotator.close()
    assert recorded(own_sessions)[3, 4] == 7


def test_what_the_window_has_not_shown_yet_is_not_taken_back_at_the_end(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    slow.prompts.positive.add((20, 20))
    runner.turn_all()
    stroke(slow, 3, 4)
    slow._jobs.finish(1)  # it is done, but its result has not arrived
    slow.close()
    labels = recorded(own_sessions)
    assert (labels[20, 20], labels[3, 4]) == (1, 7)


def test_a_window_in_which_nothing_was_painted_leaves_no_folder(
    slow: Annotator, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    slow.undo()
    slow.close()
    assert list(own_sessions.glob("*")) == []


def test_a_stroke_while_the_weights_are_loading_is_recorded(
    viewer: ViewerModel, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    annotator = begin(viewer, np.zeros(SHAPE, np.uint8), runner)
    stroke(annotator, 3, 4)
    runner.let_pass(SOON)
    runner.turn_all()
    soon(runner)
    assert recorded(own_sessions)[3, 4] == 7
    annotator.close()


def test_a_stroke_on_a_plane_that_is_left_at_once_is_recorded(
    viewer: ViewerModel, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    annotator = begin(viewer, np.zeros((3, *SHAPE), np.uint8), runner)
    runner.turn_all()
    stroke(annotator, 1, 3, 4)
    viewer.dims.set_point(0, 2)
    stroke(annotator, 2, 5, 6)
    runner.turn_all()
    soon(runner)
    found = {place.name[:14]: read_session(place).state for place in own_sessions.glob("*.faseg")}
    assert found["image.plane-1-"].labels[3, 4] == 7
    assert found["image.plane-2-"].labels[5, 6] == 7
    annotator.close()


def test_what_is_painted_through_all_planes_is_recorded_on_those_that_were_seen(
    viewer: ViewerModel, runner: HandCrankedRunner, own_sessions: Path
) -> None:
    annotator = begin(viewer, np.zeros((3, *SHAPE), np.uint8), runner)
    runner.turn_all()
    annotator.prompts.positive.add((1, 30, 30))
    viewer.dims.set_point(0, 2)
    runner.turn_all()
    annotator.painter.layer.n_edit_dimensions = 3
    annotator.painter.layer.brush_size = 3
    annotator.painter.layer.paint((1, 5, 5), 7)
    soon(runner)
    states = [read_session(place).state for place in own_sessions.glob("*.faseg")]
    assert [state.labels[5, 5] for state in states] == [7, 7]
    annotator.close()


@pytest.mark.parametrize("kind", [np.uint16, np.uint32, np.int32, np.int64])
def test_a_stroke_right_before_the_end_is_all_that_is_taken_over_whatever_holds_the_labels(
    viewer: ViewerModel, runner: HandCrankedRunner, own_sessions: Path, kind: type
) -> None:
    image = viewer.add_image(np.zeros(SHAPE, np.uint8), name="image")
    cells = viewer.add_labels(np.zeros(SHAPE, kind), name="cells")
    make = lambda: DiscPredictor(radius=3)  # noqa: E731
    annotator = Annotator(viewer, image, make, runner, objects=cells, resume=True)
    runner.turn_all()
    annotator.prompts.positive.add((20, 20))
    annotator.finish()
    runner.turn_all()
    stroke(annotator, 3, 4)
    annotator.close()
    assert np.array_equal(recorded(own_sessions), cells.data)


def test_where_nothing_is_recorded_nothing_is_taken_over(
    viewer: ViewerModel, runner: HandCrankedRunner, image: object
) -> None:
    annotator = Annotator(viewer, image, lambda: DiscPredictor(radius=3), runner)
    runner.turn_all()
    stroke(annotator, 3, 4)
    soon(runner)
    assert not annotator._jobs._session.labels.any()
    annotator.close()


def test_a_disk_that_fails_at_a_stroke_is_told(
    slow: Annotator, runner: HandCrankedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)

    def fail(self: Disk, handle: int) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "sync", fail)
        stroke(slow, 3, 4)
        soon(runner)
    assert len(told) == 1
    assert "cannot be written to the disk" in told[0]
    slow.close()


@pytest.mark.window
def test_in_a_window_a_stroke_is_recorded_without_a_further_action(
    viewer: ViewerModel, image: object, qtbot: object, own_sessions: Path
) -> None:
    latest = pytest.importorskip("napari_faseg.plugin.latest")
    annotator = Annotator(viewer, image, DiscPredictor, latest.LatestRunner(), resume=True)
    shown: list[object] = []
    annotator.shown.connect(shown.append)
    qtbot.waitUntil(lambda: bool(shown))
    stroke(annotator, 3, 4)
    qtbot.waitUntil(lambda: any(own_sessions.glob("*/0001.snapshot")))
    assert recorded(own_sessions)[3, 4] == 7
    annotator.close()
