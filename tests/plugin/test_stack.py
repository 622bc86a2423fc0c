"""Planes of a volume, one after the other: each has its session, and nothing gets mixed up."""

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from napari.components import ViewerModel
from napari.layers import Labels

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.carrying import carry
from napari_faseg.plugin.annotator import Annotator, start
from tests.fakes import DiscPredictor, LookingDiscs, discs
from tests.machines import runs
from tests.plugin.gestures import click
from tests.plugin.hand_cranked import HandCrankedRunner

SHAPE = (4, 20, 30)
EXAMPLES = 20
CARRIED = 1000  # labels of objects that come from another plane, in models


class Looker(DiscPredictor):
    """Remembers which planes it has seen, by their first pixel."""

    def __init__(self):
        super().__init__(radius=2)
        self.seen = []

    def set_image(self, image):
        super().set_image(image)
        self.seen.append(int(np.asarray(image)[0, 0]))


@pytest.fixture
def predictor():
    return Looker()


@pytest.fixture
def volume(viewer):
    planes = np.arange(SHAPE[0], dtype=np.uint8)[:, None, None]
    return viewer.add_image(np.broadcast_to(planes, SHAPE).copy(), name="volume")


@pytest.fixture
def annotator(viewer, volume, predictor):
    viewer.dims.set_point(0, 0)
    return start(viewer, volume, predictor)


@pytest.fixture
def runner():
    return HandCrankedRunner()


@pytest.fixture
def slow(viewer, volume, predictor, runner):
    viewer.dims.set_point(0, 0)
    annotator = Annotator(viewer, volume, lambda: predictor, runner)
    runner.turn_all()
    return annotator


def labels_of(annotator):
    return annotator.painter.layer.data


def disc(*positions, label=1):
    clicks = [Click(*position) for position in positions]
    return np.where(discs(clicks, SHAPE[1:], 2) > 0.5, label, 0)


def go_to(viewer, z):
    viewer.dims.set_point(0, z)


# One after the other


def test_each_plane_is_segmented_when_it_is_shown(viewer, annotator):
    click(viewer, (0, 5, 5))
    annotator.finish()
    go_to(viewer, 2)
    click(viewer, (2, 9, 9))
    annotator.finish()
    wanted = np.zeros(SHAPE, int)
    wanted[0], wanted[2] = disc((5, 5)), disc((9, 9), label=2)
    assert np.array_equal(labels_of(annotator), wanted)


def test_an_object_in_progress_waits_on_its_plane_and_goes_on(viewer, annotator):
    click(viewer, (0, 5, 5))
    go_to(viewer, 1)
    assert annotator.prompts.clicks() == ()
    click(viewer, (1, 12, 12))
    assert np.array_equal(labels_of(annotator)[0], disc((5, 5)))
    go_to(viewer, 0)
    assert annotator.prompts.clicks() == (Click(5, 5),)
    click(viewer, (0, 8, 8))
    annotator.finish()
    assert np.array_equal(labels_of(annotator)[0], disc((5, 5), (8, 8)))
    assert np.array_equal(labels_of(annotator)[1], disc((12, 12), label=2))
    assert len(annotator.prompts.positive.data) == 1  # that of plane 1


def test_undo_and_redo_are_those_of_the_plane_that_is_shown(viewer, annotator):
    click(viewer, (0, 5, 5))
    annotator.finish()
    go_to(viewer, 1)
    click(viewer, (1, 9, 9))
    annotator.undo()
    annotator.undo()
    assert not labels_of(annotator)[1].any()
    assert np.array_equal(labels_of(annotator)[0], disc((5, 5)))
    go_to(viewer, 0)
    annotator.undo()
    assert annotator.prompts.clicks() == (Click(5, 5),)
    annotator.undo()
    assert not labels_of(annotator).any()
    go_to(viewer, 1)
    annotator.redo()
    assert np.array_equal(labels_of(annotator)[1], disc((9, 9), label=2))
    assert not labels_of(annotator)[0].any()


def test_no_plane_gives_a_label_that_another_may_bring_back(viewer, annotator):
    click(viewer, (0, 5, 5))
    annotator.undo()
    go_to(viewer, 1)
    click(viewer, (1, 9, 9))
    go_to(viewer, 0)
    annotator.redo()
    assert labels_of(annotator)[0, 5, 5] != labels_of(annotator)[1, 9, 9]
    assert labels_of(annotator)[1, 9, 9] == 2


def test_labels_go_on_after_the_largest_of_the_layer(viewer, volume, predictor):
    there = np.zeros(SHAPE, np.int32)
    there[3, 0, 0] = 41
    objects = viewer.add_layer(Labels(there))
    go_to(viewer, 0)
    start(viewer, volume, predictor, objects=objects)
    click(viewer, (0, 5, 5))
    assert objects.data[0, 5, 5] == 42


def test_labels_go_on_after_what_is_painted_through_all_planes(viewer, annotator):
    annotator.painter.layer.n_edit_dimensions = 3
    annotator.painter.layer.brush_size = 5
    annotator.painter.layer.paint((1, 15, 15), 7)
    assert labels_of(annotator)[3, 15, 15] == 7
    click(viewer, (0, 5, 5))
    assert labels_of(annotator)[0, 5, 5] == 8


def test_objects_that_are_there_on_another_plane_can_be_reopened(viewer, volume, predictor):
    there = np.zeros(SHAPE, np.int32)
    there[2, 4:7, 4:7] = 5
    objects = viewer.add_layer(Labels(there))
    go_to(viewer, 0)
    annotator = start(viewer, volume, predictor, objects=objects)
    go_to(viewer, 2)
    annotator.delete(5)
    assert not objects.data.any()
    annotator.undo()
    assert np.array_equal(objects.data, there)


def test_a_brush_stroke_on_one_plane_is_not_undone_from_another(viewer, annotator):
    annotator.painter.layer.brush_size = 1
    annotator.painter.layer.paint((0, 15, 15), 7)
    go_to(viewer, 1)
    annotator.undo()
    assert labels_of(annotator)[0, 15, 15] == 7


def test_the_table_shows_the_objects_of_the_plane_that_is_shown(viewer, annotator):
    shown, turned = [], []
    annotator.shown.connect(lambda held: shown.append([each.label for each in held.objects]))
    annotator.turned.connect(lambda: turned.append(True))
    click(viewer, (0, 5, 5))
    annotator.finish()
    go_to(viewer, 1)
    assert (shown[-1], turned) == ([], [True])
    go_to(viewer, 0)
    assert shown[-1] == [1]


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1), (1, 2, 0)])
def test_turned_axes_have_planes_and_clicks_of_their_own(viewer, annotator, order):
    click(viewer, (0, 5, 5))
    viewer.dims.set_point(1, 5)
    viewer.dims.set_point(2, 5)
    viewer.dims.order = order  # the point lies on the plane that is shown now, but is not of it
    assert annotator.prompts.clicks() == ()
    click(viewer, (3, 5, 5))
    assert labels_of(annotator)[3, 5, 5] == 2
    assert labels_of(annotator)[0, 5, 5] == 1
    viewer.dims.order = (0, 1, 2)
    go_to(viewer, 0)
    assert annotator.prompts.clicks() == (Click(5, 5),)


def test_a_stack_of_four_axes_is_segmented_anywhere(viewer):
    image = viewer.add_image(np.zeros((2, 3, 20, 30), np.uint8), scale=(1, 4, 2, 2))
    annotator = start(viewer, image, DiscPredictor(radius=0.5))
    for n, index in enumerate([(0, 1, 5, 6), (1, 1, 5, 6), (1, 2, 7, 8)], start=1):
        world = image.data_to_world(index)
        viewer.dims.point = tuple(world)
        click(viewer, world)
        annotator.finish()
        assert labels_of(annotator)[index] == n
    assert np.count_nonzero(labels_of(annotator)) == 3


def test_three_dimensions_are_told_once_and_leave_all_as_it_is(viewer, annotator, monkeypatch):
    told = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_info", told.append)
    click(viewer, (0, 5, 5))
    viewer.dims.ndisplay = 3
    go_to(viewer, 2)
    assert told == ["expected a 2-D view of volume: switch the viewer to 2D first"]
    before = labels_of(annotator).copy()
    click(viewer, (0, 9, 9))
    assert np.array_equal(labels_of(annotator), before)
    annotator.finish()
    viewer.dims.ndisplay = 2
    go_to(viewer, 2)
    click(viewer, (2, 9, 9))
    assert labels_of(annotator)[2, 9, 9] == 2


def test_a_pyramid_has_objects_of_full_resolution_on_every_plane(viewer):
    levels = [np.zeros((3, 20, 30), np.uint8), np.zeros((3, 10, 15), np.uint8)]
    image = viewer.add_image(levels, multiscale=True)
    annotator = start(viewer, image, DiscPredictor(radius=0.5))
    go_to(viewer, 2)
    click(viewer, (2, 17, 21))
    assert np.argwhere(labels_of(annotator)).tolist() == [[2, 17, 21]]
    assert not annotator.painter.layer.multiscale


def test_a_layer_of_more_axes_that_comes_and_goes_changes_nothing(viewer, annotator):
    go_to(viewer, 2)
    click(viewer, (2, 5, 5))
    other = viewer.add_image(np.zeros((6, 5, 20, 30)))
    annotator.buttons.select()  # napari makes a new layer the active one
    viewer.dims.set_point((0, 1), (3, 2))
    click(viewer, (3, 2, 9, 9))
    viewer.layers.remove(other)
    annotator.buttons.select()
    go_to(viewer, 2)
    click(viewer, (2, 12, 12))
    annotator.finish()
    assert np.array_equal(labels_of(annotator)[2], disc((5, 5), (9, 9), (12, 12)))
    assert not labels_of(annotator)[[0, 1, 3]].any()


# The predictor and memory


def test_the_predictor_sees_a_plane_when_it_is_shown(viewer, annotator, predictor):
    click(viewer, (0, 5, 5))
    go_to(viewer, 2)
    go_to(viewer, 0)
    assert predictor.seen == [0, 2, 0]
    click(viewer, (0, 9, 9))
    assert predictor.seen == [0, 2, 0]


def test_a_plane_on_which_nothing_was_done_is_forgotten(viewer, annotator):
    click(viewer, (0, 5, 5))
    for z in (1, 2, 3):
        go_to(viewer, z)
    assert len(annotator._stack._works) == 2


def test_the_weights_are_loaded_once(viewer, volume, runner):
    n_loaded = []
    annotator = Annotator(viewer, volume, lambda: n_loaded.append(1) or Looker(), runner)
    for z in (1, 2, 3):
        go_to(viewer, z)
        runner.turn_all()
    assert n_loaded == [1]
    annotator.close()


# Recorded


def recorded(volume_data, told=None):
    """Start on a volume in a new viewer, as another process would."""
    viewer = ViewerModel()
    volume = viewer.add_image(volume_data, name="volume")
    go_to(viewer, 0)
    annotator = start(viewer, volume, Looker(), resume=True)
    if told is not None:
        annotator.failed.connect(told.append)
    return viewer, annotator


@pytest.fixture
def volume_data():
    return np.random.default_rng(0).integers(0, 255, SHAPE, np.uint8)


def test_each_plane_is_recorded_and_resumed_when_it_is_shown(volume_data, own_sessions):
    viewer, first = recorded(volume_data)
    click(viewer, (0, 5, 5))
    first.finish()
    go_to(viewer, 1)
    click(viewer, (1, 9, 9))
    first.finish()
    click(viewer, (1, 15, 15))
    go_to(viewer, 2)
    labels = labels_of(first).copy()
    first.close()
    assert len(list(own_sessions.glob("*.faseg"))) == 2
    viewer, second = recorded(volume_data)
    assert np.array_equal(labels_of(second)[0], labels[0])
    go_to(viewer, 1)
    assert np.array_equal(labels_of(second), labels)
    assert second.prompts.clicks() == (Click(15, 15),)
    go_to(viewer, 0)
    go_to(viewer, 1)
    assert second.prompts.clicks() == (Click(15, 15),)
    second.reopen(2)
    assert second.prompts.clicks() == (Click(9, 9),)
    second.close()


def test_labels_that_were_given_before_a_plane_was_resumed_are_told(volume_data, own_sessions):
    viewer, first = recorded(volume_data)
    go_to(viewer, 1)
    click(viewer, (1, 9, 9))
    first.finish()
    told = []
    viewer, second = recorded(volume_data, told)
    click(viewer, (0, 5, 5))
    first.close()  # until then, its objects were not known here
    go_to(viewer, 1)
    assert told == ["This plane and others have the labels 1: relabel what is not one object."]
    go_to(viewer, 2)
    go_to(viewer, 1)
    assert len(told) == 1
    click(viewer, (1, 15, 15))
    assert labels_of(second)[1, 15, 15] == 2
    second.close()


# Faster than the predictor


def test_of_planes_that_rush_by_only_the_newest_is_looked_at(viewer, slow, predictor, runner):
    for z in (1, 2, 3):
        go_to(viewer, z)
    runner.turn_all()
    assert predictor.seen == [0, 3]


def test_a_click_on_a_plane_that_is_left_at_once_is_answered_later(viewer, slow, runner):
    go_to(viewer, 1)
    click(viewer, (1, 9, 9))
    go_to(viewer, 2)
    runner.turn_all()
    assert not labels_of(slow).any()
    go_to(viewer, 1)
    runner.turn_all()
    assert np.array_equal(labels_of(slow)[1], disc((9, 9)))


def test_an_object_is_finished_on_its_plane_also_where_that_is_left_at_once(viewer, slow, runner):
    click(viewer, (0, 5, 5))
    slow.finish()
    go_to(viewer, 1)
    click(viewer, (1, 9, 9))
    slow.finish()
    go_to(viewer, 2)
    click(viewer, (2, 12, 12))
    runner.turn_all()
    wanted = np.zeros(SHAPE, int)
    wanted[0], wanted[1] = disc((5, 5)), disc((9, 9), label=2)
    wanted[2] = disc((12, 12), label=3)
    assert np.array_equal(labels_of(slow), wanted)
    assert slow.prompts.clicks() == (Click(12, 12),)


def test_a_click_that_waited_on_its_plane_belongs_to_what_is_finished_there(viewer, slow, runner):
    click(viewer, (0, 5, 5))
    go_to(viewer, 1)
    runner.turn_all()
    go_to(viewer, 0)
    slow.finish()
    runner.turn_all()
    assert np.array_equal(labels_of(slow)[0], disc((5, 5)))
    assert slow.prompts.clicks() == ()


def begun_on_both(viewer, annotator, runner):
    """Finish label 1 on plane 1, and turn to plane 0."""
    go_to(viewer, 1)
    click(viewer, (1, 2, 2))
    annotator.finish()
    runner.turn_all()
    go_to(viewer, 0)
    runner.turn_all()


def test_objects_that_are_finished_unseen_on_two_planes_have_two_labels(viewer, slow, runner):
    begun_on_both(viewer, slow, runner)
    click(viewer, (0, 5, 5))
    slow.finish()
    go_to(viewer, 1)
    click(viewer, (1, 9, 9))
    slow.finish()
    runner.turn_all()
    assert labels_of(slow)[0, 5, 5] == 2
    assert labels_of(slow)[1, 9, 9] == 3


def test_what_a_plane_still_does_takes_no_click_of_the_one_in_front(viewer, slow, runner):
    begun_on_both(viewer, slow, runner)
    for position in ((0, 5, 5), (0, 12, 12)):
        click(viewer, position)
        slow.finish()
    go_to(viewer, 1)
    click(viewer, (1, 9, 9))
    while not labels_of(slow)[0, 5, 5]:
        runner.turn()  # until plane 0 goes on with its second object
    slow.finish()
    runner.turn_all()
    assert labels_of(slow)[0, 12, 12] > 0
    assert labels_of(slow)[1, 9, 9] > 0
    assert slow.prompts.clicks() == ()


def test_a_plane_that_cannot_be_looked_at_is_told_and_the_next_one_works(
    viewer, annotator, predictor
):
    reasons = []
    annotator.failed.connect(reasons.append)
    predictor.error = RuntimeError("the disk is gone")
    go_to(viewer, 1)
    assert reasons == ["the disk is gone"]
    predictor.error = None
    click(viewer, (1, 9, 9))
    assert labels_of(annotator)[1, 9, 9] == 1


def test_a_click_that_is_drawn_after_the_slider_was_moved_belongs_to_its_plane(
    viewer, slow, runner
):
    runner.turn_all()
    click(viewer, (0, 5, 5))
    go_to(viewer, 1)
    runner.turn_all()
    runner.come_free()
    assert slow.prompts.positive.data.tolist() == [[0, 5, 5]]
    assert slow.prompts.clicks() == ()
    go_to(viewer, 0)
    runner.turn_all()
    assert slow.prompts.clicks() == (Click(5, 5),)
    assert labels_of(slow)[:, 5, 5].tolist() == [1, 0, 0, 0]


def test_nothing_runs_after_the_end(viewer, slow, predictor, runner):
    slow.close()
    go_to(viewer, 1)
    runner.turn_all()
    assert predictor.seen == [0]


def test_a_volume_that_is_removed_ends_the_session(viewer, annotator, volume):
    ended = []
    annotator.closed.connect(lambda: ended.append(True))
    viewer.layers.remove(volume)
    viewer.layers.clear()
    assert ended == [True]


class AnyPlane(RuleBasedStateMachine):
    """However fast the slider is turned, each plane is as a session that was always alone."""

    def __init__(self):
        super().__init__()
        self.viewer = ViewerModel()
        self.volume = self.viewer.add_image(np.zeros((3, 12, 14), np.uint8))
        self.viewer.dims.set_point(0, 0)
        self.runner = HandCrankedRunner()
        self.annotator = Annotator(self.viewer, self.volume, lambda: LookingDiscs(1), self.runner)
        self.models = [ClickSession(DiscPredictor(1)) for _ in range(3)]
        for model in self.models:
            model.set_image(np.zeros((12, 14), np.uint8))
        self.z = 0
        self.carried = set()

    @property
    def model(self):
        return self.models[self.z]

    @rule(z=st.integers(0, 2))
    def turn_slider(self, z):
        self.viewer.dims.set_point(0, z)
        self.z = z

    @rule(y=st.integers(0, 11), x=st.integers(0, 13))
    def click(self, y, x):
        # one click at a time: of clicks that wait together, undo takes all back at once
        if self.annotator.prompts.clicks() == self.model.clicks and not self.runner.busy:
            click(self.viewer, (self.z, y, x))
            self.model.add_click(Click(y, x))

    @rule(white=st.integers(1, 254))
    def change_contrast(self, white):
        self.volume.contrast_limits = (0, white)  # what is seen is otherwise, what is found is not

    @rule()
    def finish(self):
        self.annotator.finish()
        self.model.commit()

    @rule()
    def undo(self):
        self.annotator.undo()
        self.model.undo()

    @rule()
    def redo(self):
        self.annotator.redo()
        self.model.redo()

    @rule(n_planes=st.sampled_from([-1, 1]), y=st.integers(0, 11), x=st.integers(0, 13))
    def carry_on(self, n_planes, y, x):
        self.runner.turn_all()
        self.click(y, x)
        self.runner.turn_all()  # until the object is seen
        z, label, mask = self.z + n_planes, self.annotator.painter.label, self.model.mask
        if not 0 <= z < len(self.models) or self.models[z].in_progress:
            return
        there, name = self.models[z].labels, CARRIED + label  # models know no other plane
        is_free = (there != name).all() and (self.annotator.painter.layer.data[z] != label).all()
        if is_free and (mask & (there == 0)).any() and (mask & (self.model.labels == 0)).any():
            self.annotator.carry_on(n_planes)
            self.model.commit()
            self.z = z
            carry(self.model, name, mask)
            self.carried.add(label)

    @rule()
    def keep_strokes(self):
        self.annotator._turns.keep()  # as some time after a stroke, which changes nothing

    @rule()
    def turn(self):
        if self.runner.busy:
            self.runner.turn()

    @rule()
    def draw(self):
        self.runner.come_free()

    @invariant()
    def all_planes_are_as_they_should_be_when_nothing_waits(self):
        if self.runner.busy:
            return
        data = self.annotator.painter.layer.data
        assert self.annotator.prompts.clicks() == self.model.clicks
        assert not self.annotator._jobs.is_outdated
        assert np.array_equal(data[self.z] > 0, self.model.mask | (self.model.labels > 0))
        owners = {}
        for z, model in enumerate(self.models):
            for label in np.unique(model.labels[model.labels > 0]):
                [found] = np.unique(data[z][model.labels == label])
                assert found not in owners or found in self.carried
                owners[found] = z, label
        assert 0 not in owners

    def teardown(self):
        for z in range(3):
            self.turn_slider(z)
            self.runner.turn_all()
            self.all_planes_are_as_they_should_be_when_nothing_waits()
        self.annotator.close()


TestAnyPlane = AnyPlane.TestCase
TestAnyPlane.settings = runs(EXAMPLES, 30)
