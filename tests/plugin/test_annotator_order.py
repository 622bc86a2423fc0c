"""Actions that come faster than predictions: nothing that a person did may get lost."""

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from napari.components import ViewerModel

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.plugin.annotator import Annotator
from tests.fakes import LookingDiscs
from tests.machines import runs
from tests.plugin.gestures import RIGHT, dragging
from tests.plugin.hand_cranked import HandCrankedRunner

SHAPE = (40, 50)


@pytest.fixture
def runner():
    return HandCrankedRunner()


@pytest.fixture
def slow(viewer, image, predictor, runner):
    """A session in which nothing happens until the runner is turned."""
    annotator = Annotator(viewer, image, lambda: predictor, runner)
    runner.turn()
    return annotator


def labels_in(annotator):
    return np.unique(annotator.painter.layer.data).tolist()


def test_clicks_may_come_while_the_weights_are_loading(viewer, image, predictor, runner):
    annotator = Annotator(viewer, image, lambda: predictor, runner)
    annotator.prompts.positive.add((10, 10))
    runner.turn_all()
    assert annotator.painter.layer.data[10, 10] == 1


def test_of_clicks_that_wait_only_the_newest_list_is_predicted(slow, runner, predictor):
    for x in range(5, 45, 5):
        slow.prompts.positive.add((10, x))
    runner.turn_all()
    assert [len(clicks) for clicks, _ in predictor.calls] == [8]
    assert all(slow.painter.layer.data[10, x] == 1 for x in range(5, 45, 5))


def test_a_mask_that_is_out_of_date_is_not_shown(slow, runner):
    slow.prompts.positive.add((10, 10))
    slow.undo()
    runner.turn()
    assert not slow.painter.layer.data.any()


@pytest.mark.parametrize("step", ["finish", "undo"])
def test_a_click_that_failed_is_told_though_a_step_came_after_it(slow, runner, predictor, step):
    reasons = []
    slow.failed.connect(reasons.append)
    slow.prompts.positive.add((10, 10))
    runner.turn_all()
    predictor.error = RuntimeError("no memory")
    slow.prompts.positive.add((30, 30))
    getattr(slow, step)()
    runner.turn()
    assert reasons == ["no memory"]
    predictor.error = None
    runner.turn_all()
    assert reasons == ["no memory"]
    assert slow.painter.layer.data[10, 10] == (step == "finish")


def test_an_undo_takes_back_the_click_before_it_and_not_the_one_after(slow, runner):
    slow.prompts.positive.add((10, 10))
    slow.undo()
    slow.prompts.positive.add((30, 30))
    runner.turn_all()
    assert slow.prompts.clicks() == (Click(30, 30),)
    assert (slow.painter.layer.data[10, 10], slow.painter.layer.data[30, 30]) == (0, 1)


def test_a_click_after_finishing_belongs_to_the_next_object(slow, runner):
    slow.prompts.positive.add((10, 10))
    slow.finish()
    slow.prompts.positive.add((30, 30))
    runner.turn_all()
    assert slow.prompts.clicks() == (Click(30, 30),)
    assert (slow.painter.layer.data[10, 10], slow.painter.layer.data[30, 30]) == (1, 2)


def test_a_click_and_an_undo_during_an_undo_cancel_each_other(slow, runner):
    slow.prompts.positive.add((10, 10))
    runner.turn_all()
    slow.prompts.positive.add((20, 20))
    slow.undo()
    slow.prompts.positive.add((30, 30))
    slow.undo()
    runner.turn_all()
    assert slow.prompts.clicks() == (Click(10, 10),)


def test_three_objects_in_a_hurry_are_three_objects(slow, runner):
    for x in (5, 20, 35):
        slow.prompts.positive.add((10, x))
        slow.finish()
    runner.turn_all()
    assert slow.painter.layer.data[10, [5, 20, 35]].tolist() == [1, 2, 3]


def test_no_undo_of_many_is_dropped(slow, runner):
    for x in (5, 20, 35):
        slow.prompts.positive.add((10, x))
        runner.turn_all()
    for _ in range(3):
        slow.undo()
    slow.redo()
    runner.turn_all()
    assert slow.prompts.clicks() == (Click(10, 5),)


def test_a_step_that_fails_does_not_hold_up_the_next(slow, runner, predictor):
    predictor.error = RuntimeError("no memory")
    slow.prompts.positive.add((10, 10))
    slow.finish()
    slow.undo()
    runner.turn_all()
    predictor.error = None
    slow.prompts.positive.add((30, 30))
    runner.turn_all()
    assert slow.painter.layer.data[30, 30] == 1


def test_a_threshold_after_finishing_belongs_to_the_next_object(slow, runner):
    slow.prompts.positive.add((10, 10))
    runner.turn_all()
    slow.finish()
    slow.threshold = 0.05
    slow.prompts.positive.add((30, 30))
    runner.turn_all()
    assert slow.threshold == 0.05
    labels = slow.painter.layer.data
    assert (labels == 1).sum() == 29  # a disc
    assert (labels == 2).sum() == labels.size - 29


def test_an_undo_takes_the_threshold_before_it_back_and_not_the_one_after(slow, runner):
    slow.prompts.positive.add((10, 10))
    runner.turn_all()
    slow.threshold = 0.05
    slow.undo()
    runner.turn_all()
    assert slow.threshold == 0.5
    slow.threshold = 0.05
    slow.undo()
    slow.threshold = 0.95
    slow.undo()
    runner.turn_all()
    assert (slow.threshold, len(slow.prompts.clicks())) == (0.5, 1)
    assert (slow.painter.layer.data > 0).sum() == 29


def test_a_slider_that_is_dragged_is_one_action(slow, runner):
    slow.prompts.positive.add((10, 10))
    runner.turn_all()
    for threshold in (0.4, 0.3, 0.2, 0.05):
        slow.threshold = threshold
        runner.turn()
    assert slow.painter.layer.data.all()
    slow.undo()
    runner.turn_all()
    assert slow.threshold == 0.5
    slow.undo()
    runner.turn_all()
    assert slow.prompts.clicks() == ()


# Looks


@pytest.fixture
def looking(viewer, image, runner):
    """A session whose predictor looks three times, each time with a larger disc."""
    predictor = LookingDiscs(radius=3)
    annotator = Annotator(viewer, image, lambda: predictor, runner)
    runner.turn()
    return annotator


def width(annotator, y):
    """How many pixels of a row have a label."""
    return int((annotator.painter.layer.data[y] > 0).sum())


def test_the_first_look_is_shown_at_once_and_better_ones_as_they_come(looking, runner):
    looking.prompts.positive.add((20, 20))
    widths = []
    while runner.busy:
        runner.turn()
        widths.append(width(looking, 20))
    assert widths == [3, 5, 7]


def test_an_undo_waits_for_the_last_look_and_takes_it_back(looking, runner):
    looking.prompts.positive.add((20, 20))
    runner.turn()
    looking.undo()
    runner.turn_all()
    assert looking.prompts.clicks() == ()
    assert not looking.painter.layer.data.any()
    looking.redo()
    runner.turn_all()
    assert width(looking, 20) == 7


def test_an_object_that_is_finished_in_a_hurry_has_the_mask_of_the_last_look(looking, runner):
    looking.prompts.positive.add((20, 20))
    runner.turn()
    looking.finish()
    runner.turn_all()
    assert width(looking, 20) == 7
    assert looking.prompts.clicks() == ()


@pytest.mark.parametrize("n_looks", [0, 1])
def test_a_newer_click_takes_the_place_of_further_looks_and_leaves_no_trace(
    looking, runner, n_looks
):
    looking.prompts.positive.add((20, 20))
    for _ in range(n_looks):
        runner.turn()
    looking.prompts.positive.add((20, 40))
    runner.turn_all()
    alone = ClickSession(LookingDiscs(radius=3))
    alone.set_image(np.zeros(SHAPE, np.uint8))
    alone.replay([Click(20, 20), Click(20, 40)])
    assert np.array_equal(looking.painter.layer.data > 0, alone.mask)
    looking.undo()
    runner.turn_all()
    assert looking.prompts.clicks() == ()


def test_a_look_that_fails_leaves_the_clicks_before(looking, runner):
    looking.prompts.positive.add((20, 20))
    runner.turn_all()
    predictor = looking._jobs._session._predictor._shared.loaded
    predictor.fails_at = 2
    looking.prompts.positive.add((20, 40))
    runner.turn_all()
    predictor.fails_at = None
    looking.prompts.negative.add((0, 0))
    runner.turn_all()
    assert width(looking, 20) == 14


def test_a_step_that_fails_hides_nothing_of_what_was_asked_for_before_it(looking, runner):
    looking.prompts.positive.add((20, 20))
    looking.delete(7)
    runner.turn_all()
    session = looking._jobs._session
    assert session.mask.any()
    assert np.array_equal(looking.painter.layer.data > 0, session.mask)


def test_a_step_that_fails_changes_no_threshold_that_was_undone_before_it(looking, runner):
    looking.threshold = 0.05
    looking.undo()
    looking.delete(1)
    looking.finish()
    runner.turn_all()
    assert looking.threshold == looking._jobs._session.threshold == 0.5


def place(annotator, click):
    """Click, in a window that has no free moment to draw the point."""
    annotator.prompts.place(np.array((click.y, click.x)), click)


def test_an_object_that_is_finished_before_its_click_is_drawn_has_it(slow, runner):
    place(slow, Click(10, 10))
    slow.finish()
    place(slow, Click(30, 30))
    runner.turn_all()
    runner.come_free()
    assert slow.prompts.clicks() == (Click(30, 30),)
    assert slow.prompts.positive.data.tolist() == [[30, 30]]
    assert (slow.painter.layer.data[10, 10], slow.painter.layer.data[30, 30]) == (1, 2)


@pytest.mark.parametrize("is_drawn_first", [False, True])
def test_a_click_that_is_undone_before_it_is_drawn_comes_back_with_redo(
    slow, runner, is_drawn_first
):
    place(slow, Click(10, 10))
    slow.undo()
    if is_drawn_first:
        runner.come_free()
    runner.turn_all()
    runner.come_free()
    assert slow.prompts.clicks() == ()
    assert len(slow.prompts.positive.data) == 0
    slow.redo()
    runner.turn_all()
    assert slow.prompts.positive.data.tolist() == [[10, 10]]


def test_a_click_whose_layer_is_removed_before_it_is_drawn_is_drawn_nowhere(slow, runner, viewer):
    place(slow, Click(10, 10))
    viewer.layers.remove(slow.prompts.positive)
    runner.come_free()
    assert not slow.is_open
    assert [len(layer.data) for layer in slow.prompts.layers] == [0, 0]


def test_a_click_that_is_not_drawn_when_the_session_ends_stays_in_its_layer(slow, runner, viewer):
    place(slow, Click(10, 10))
    viewer.layers.remove(slow.prompts.negative)
    runner.come_free()
    assert slow.prompts.positive.data.tolist() == [[10, 10]]


def test_nothing_runs_after_the_end(slow, runner, predictor):
    slow.prompts.positive.add((10, 10))
    slow.close()
    runner.turn_all()
    assert predictor.calls == []


LABELS = st.integers(1, 3)


# What may come


class Anticipating(LookingDiscs):
    """Notes the clicks that it is told may come."""

    def __init__(self):
        super().__init__(radius=3)
        self.ahead = []

    def anticipate(self, clicks, previous):
        self.ahead.append((tuple(clicks), previous is None))


@pytest.fixture
def predictor_ahead():
    return Anticipating()


@pytest.fixture
def slow_ahead(viewer, image, predictor_ahead, runner):
    annotator = Annotator(viewer, image, lambda: predictor_ahead, runner)
    runner.turn()
    return annotator


def do_ahead(runner):
    """Let the runner do what it does before anybody asks; say whether there was any."""
    work, runner.ahead_due = runner.ahead_due, None
    if work is not None:
        work()
    return work is not None


def test_a_click_is_begun_with_while_the_button_is_down(
    viewer, slow_ahead, runner, predictor_ahead
):
    events = dragging(viewer, (10, 10))
    next(events)
    assert do_ahead(runner)
    assert predictor_ahead.ahead == [((Click(10, 10),), True)]
    assert slow_ahead.prompts.clicks() == ()
    list(events)
    runner.turn_all()
    events = dragging(viewer, (30, 30), button=RIGHT)
    next(events)
    assert do_ahead(runner)
    assert predictor_ahead.ahead[1:] == [((Click(10, 10), Click(30, 30, positive=False)), False)]


def test_a_drag_that_was_begun_with_leaves_everything_as_it_was(
    viewer, slow_ahead, runner, predictor_ahead
):
    shown = []
    slow_ahead.shown.connect(shown.append)
    events = dragging(viewer, (10, 10), (10, 40))
    next(events)
    do_ahead(runner)
    list(events)
    runner.turn_all()
    assert len(predictor_ahead.ahead) == 1
    assert slow_ahead.prompts.clicks() == ()
    assert shown == []


@pytest.mark.parametrize("step", ["finish", "undo"])
def test_nothing_is_begun_with_while_a_step_is_on_its_way(viewer, slow_ahead, runner, step):
    slow_ahead.prompts.positive.add((10, 10))
    runner.turn_all()
    getattr(slow_ahead, step)()
    next(dragging(viewer, (30, 30)))
    assert not do_ahead(runner)


def test_nothing_is_begun_with_before_the_image_was_looked_at_again(
    viewer, slow_ahead, runner, predictor_ahead, image
):
    next(dragging(viewer, (30, 30)))
    image.contrast_limits = (0, 7)
    do_ahead(runner)
    assert predictor_ahead.ahead == []
    next(dragging(viewer, (30, 30)))
    assert not do_ahead(runner)


class AnyOrder(RuleBasedStateMachine):
    """However slowly the runner turns, the window ends up as a session that never waits."""

    def __init__(self):
        super().__init__()
        viewer = ViewerModel()
        self.image = viewer.add_image(np.zeros(SHAPE, np.uint8), name="image")
        self.runner = HandCrankedRunner()
        self.annotator = Annotator(viewer, self.image, LookingDiscs, self.runner)
        self.runner.turn()
        self.model = ClickSession(LookingDiscs())
        self.model.set_image(np.zeros(SHAPE, np.uint8))

    @rule(y=st.integers(0, 39), x=st.integers(0, 49), positive=st.booleans(), mouse=st.booleans())
    def click(self, y, x, positive, mouse):
        # one click at a time: of clicks that wait together, undo takes all back at once
        if not self.runner.busy:
            prompts, click, point = self.annotator.prompts, Click(y, x, positive), np.array((y, x))
            if mouse:
                prompts.place(point, click)
            else:
                prompts.layers[not positive].add(point)
            self.model.add_click(click)

    @rule()
    def draw(self):
        self.runner.come_free()

    @rule()
    def undo(self):
        self.annotator.undo()
        self.model.undo()

    @rule()
    def redo(self):
        self.annotator.redo()
        self.model.redo()

    @rule()
    def finish(self):
        self.annotator.finish()
        is_finished = self.model.commit()
        if not is_finished and self.model.reopened is None and self.model.mask.any():
            self.model.reset()

    @rule(label=LABELS)
    def reopen(self, label):
        self.annotator.reopen(label)
        if label in self.labels() and (not self.model.in_progress or self.model.commit()):
            self.model.reopen(label)

    @rule(label=LABELS)
    def delete(self, label):
        self.annotator.delete(label)
        if label in self.labels():
            self.model.delete(label)

    @rule(label=LABELS, new=LABELS)
    def relabel(self, label, new):
        # a label that the object in progress is shown under is refused before the step
        if not self.runner.busy and label in self.labels() and new not in self.labels():
            in_progress = self.model.mask.any() and new == self.annotator.painter.label
            self.annotator.relabel(label, new)
            if not in_progress and new != self.model.reopened:
                self.model.relabel(label, new)

    @rule(labels=st.lists(LABELS, min_size=2, unique=True))
    def merge(self, labels):
        self.annotator.merge(labels)
        if set(labels) <= self.labels():
            self.model.merge(labels)

    @rule(threshold=st.sampled_from((0.05, 0.5, 0.95)))
    def adjust(self, threshold):
        # one at a time: of several that wait together only the last is a step
        if not self.runner.busy:
            self.annotator.threshold = threshold
            self.model.threshold = threshold

    @rule()
    def keep_strokes(self):
        self.annotator._turns.keep()  # as some time after a stroke, which changes nothing

    @rule(white=st.integers(1, 254))
    def change_contrast(self, white):
        if not self.runner.busy:
            self.image.contrast_limits = (0, white)
            self.model.answer_again()

    def labels(self):
        return set(np.unique(self.model.labels).tolist()) - {0}

    @rule()
    def turn(self):
        if self.runner.busy:
            self.runner.turn()

    @invariant()
    def the_window_shows_the_session_when_nothing_waits(self):
        if not self.runner.busy:
            mask = self.model.mask & (self.model.labels == 0)
            label = self.annotator.painter.label
            wanted = np.where(mask, label, self.model.labels)
            assert label not in self.labels()
            assert np.array_equal(self.annotator.painter.layer.data, wanted)
            assert self.annotator.threshold == self.model.threshold
            assert self.annotator.prompts.clicks() == self.model.clicks
            assert not self.annotator._jobs.is_outdated

    @invariant()
    def each_click_has_one_point_when_all_are_drawn(self):
        if self.runner.soon_due is None:
            prompts = self.annotator.prompts
            assert sum(len(layer.data) for layer in prompts.layers) == len(prompts.clicks())

    def teardown(self):
        self.runner.turn_all()
        self.draw()
        self.each_click_has_one_point_when_all_are_drawn()
        self.the_window_shows_the_session_when_nothing_waits()
        self.annotator.close()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = runs(200, 50)
