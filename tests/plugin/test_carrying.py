"""Objects that are carried on from plane to plane, under one label."""

import numpy as np
import pytest

from napari_faseg.plugin.annotator import Annotator, start
from tests.fakes import DiscPredictor
from tests.plugin.gestures import click, press
from tests.plugin.hand_cranked import HandCrankedRunner

SHAPE = (4, 20, 30)
Z = 3  # from plane to plane in world coordinates


@pytest.fixture
def predictor():
    return DiscPredictor(radius=2)


@pytest.fixture
def volume(viewer):
    data = np.random.default_rng(0).integers(0, 255, SHAPE, np.uint8)
    return viewer.add_image(data, name="volume", scale=(Z, 1, 1))


@pytest.fixture
def annotator(viewer, volume, predictor):
    viewer.dims.set_point(0, 0)
    return start(viewer, volume, predictor)


@pytest.fixture
def told(monkeypatch):
    told = []
    for where in ("annotator", "actions", "view_actions"):
        for name in ("show_info", "show_warning"):
            monkeypatch.setattr(f"napari_faseg.plugin.{where}.{name}", told.append, raising=False)
    return told


def labels_of(annotator):
    return annotator.painter.layer.data


def planes_with(annotator, label):
    return np.unique(np.nonzero(labels_of(annotator) == label)[0]).tolist()


def test_an_object_is_carried_through_a_stack_under_its_label(viewer, annotator):
    click(viewer, (0, 5, 5))
    press(viewer, "N")
    press(viewer, "N")
    press(viewer, "Enter")
    assert planes_with(annotator, 1) == [0, 1, 2]
    assert viewer.dims.current_step[0] == 2
    assert all((labels_of(annotator)[z] == 1).sum() == 13 for z in range(3))
    assert np.unique(labels_of(annotator)).tolist() == [0, 1]


def test_it_is_carried_back_too_and_the_next_object_has_a_label_of_its_own(viewer, annotator):
    viewer.dims.set_point(0, Z * 2)
    click(viewer, (Z * 2, 5, 5))
    press(viewer, "Shift-N")
    press(viewer, "Enter")
    click(viewer, (Z, 15, 20))
    press(viewer, "Enter")
    assert planes_with(annotator, 1) == [1, 2]
    assert planes_with(annotator, 2) == [1]


def test_the_click_in_its_middle_can_be_seen_and_corrected(viewer, annotator):
    click(viewer, (0, 5, 5))
    annotator.carry_on()
    [point] = annotator.prompts.positive.data[annotator.prompts.positive.data[:, 0] == 1]
    assert point.tolist() == [1, 5, 5]
    click(viewer, (Z, 5, 15))
    press(viewer, "Enter")
    assert labels_of(annotator)[1, 5, [5, 15]].tolist() == [1, 1]


def test_undo_goes_back_on_each_plane(viewer, annotator):
    click(viewer, (0, 5, 5))
    annotator.carry_on()
    annotator.undo()
    assert planes_with(annotator, 1) == [0]
    viewer.dims.set_point(0, 0)
    annotator.undo()
    assert [c.pixel for c in annotator.prompts.clicks()] == [(5, 5)]


@pytest.mark.parametrize(("z", "n_planes"), [(3, 1), (0, -1), (1, 5)])
def test_the_end_of_the_stack_is_told_and_the_object_stays_in_progress(
    viewer, annotator, told, z, n_planes
):
    viewer.dims.set_point(0, Z * z)
    click(viewer, (Z * z, 5, 5))
    annotator.carry_on(n_planes)
    assert told == ["There is no plane to carry the object on to."]
    assert [c.pixel for c in annotator.prompts.clicks(plane=annotator.painter.plane)] == [(5, 5)]


def test_without_an_object_or_a_stack_there_is_nothing_to_carry(viewer, annotator, told):
    press(viewer, "N")
    flat = viewer.add_image(np.zeros(SHAPE[1:], np.uint8))
    annotator.close()
    annotator = start(viewer, flat, DiscPredictor(radius=2))
    annotator.prompts.positive.add((5, 5))
    annotator.carry_on()
    assert told == [
        "There is no object to carry on: click on one first.",
        "There is no plane to carry the object on to.",
    ]


def test_a_label_that_the_plane_has_already_is_told_and_nothing_is_lost(viewer, annotator, told):
    click(viewer, (0, 5, 5))
    annotator.carry_on()
    viewer.dims.set_point(0, 0)
    annotator.reopen(1)
    before = labels_of(annotator).copy()
    annotator.carry_on()
    assert told == ["object 1 is here already: reopen it"]
    assert np.array_equal(labels_of(annotator), before)


@pytest.mark.parametrize("moved", [0, 1])
def test_it_goes_along_the_slider_that_was_moved_last(viewer, predictor, moved):
    image = viewer.add_image(np.zeros((3, *SHAPE), np.uint8))
    viewer.dims.set_point((0, 1), (1, 1))
    annotator = start(viewer, image, predictor)
    viewer.dims.last_used = moved
    annotator.prompts.positive.add((1, 1, 5, 5))
    annotator.carry_on()
    assert viewer.dims.current_step[:2] == ((2, 1) if moved == 0 else (1, 2))


def test_the_slider_of_the_channels_is_not_one_of_them(viewer, predictor):
    image = viewer.add_image(np.zeros((2, *SHAPE), np.uint8))
    viewer.dims.set_point((0, 1), (0, 0))
    annotator = start(viewer, image, predictor, channel_axis=0)
    viewer.dims.last_used = 0
    annotator.prompts.positive.add((0, 5, 5))
    annotator.carry_on()
    annotator.finish()
    assert planes_with(annotator, 1) == [0, 1]


def test_what_is_asked_for_while_answers_are_late_comes_in_order(viewer, volume, predictor):
    viewer.dims.set_point(0, 0)
    runner = HandCrankedRunner()
    annotator = Annotator(viewer, volume, lambda: predictor, runner)
    runner.turn_all()
    annotator.prompts.positive.add((0, 5, 5))
    runner.turn_all()
    annotator.carry_on()
    annotator.finish()
    runner.turn_all()
    assert planes_with(annotator, 1) == [0, 1]
    assert annotator.prompts.clicks() == ()


@pytest.fixture
def late(viewer, volume, predictor):
    """Begin where nothing comes until the runner is turned."""
    viewer.dims.set_point(0, 0)
    runner = HandCrankedRunner()
    annotator = Annotator(viewer, volume, lambda: predictor, runner)
    runner.turn_all()
    return annotator, runner


@pytest.mark.parametrize("n_turns", range(8))
def test_an_object_can_be_carried_on_before_it_has_arrived(viewer, late, told, n_turns):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    for _ in range(3):
        annotator.carry_on()
        for _ in range(n_turns):
            if runner.busy:
                runner.turn()
    annotator.finish()
    runner.turn_all()
    assert planes_with(annotator, 1) == [0, 1, 2, 3]
    assert np.unique(labels_of(annotator)).tolist() == [0, 1]
    assert told == []
    assert viewer.dims.current_step[0] == 3


@pytest.mark.parametrize("n_turns", range(4))
def test_an_object_that_is_being_finished_is_not_carried_on_and_its_plane_stays(
    viewer, late, told, n_turns
):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    annotator.finish()
    annotator.delete(7)  # which changes nothing in that
    for _ in range(n_turns):
        if runner.busy:
            runner.turn()
    annotator.carry_on()
    assert viewer.dims.current_step[0] == 0
    runner.turn_all()
    assert told.count("There is no object to carry on: click on one first.") == 1
    assert planes_with(annotator, 1) == [0]


def test_a_click_after_the_end_of_an_object_is_carried_on_at_once(viewer, late):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    annotator.finish()
    annotator.prompts.positive.add((0, 12, 12))
    annotator.carry_on()
    runner.turn_all()
    annotator.finish()
    runner.turn_all()
    assert (planes_with(annotator, 1), planes_with(annotator, 2)) == ([0], [0, 1])


@pytest.mark.parametrize("is_answered", [True, False])
def test_an_object_whose_pixels_all_belong_to_others_is_not_carried_on(
    viewer, late, told, is_answered
):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    annotator.finish()
    runner.turn_all()
    annotator.prompts.positive.add((0, 5, 5))
    if is_answered:
        runner.turn_all()
    annotator.carry_on()
    runner.turn_all()
    assert viewer.dims.current_step[0] == (0 if is_answered else 1)
    assert told[0].startswith("Nothing was finished: other objects have all pixels of the mask.")
    assert np.unique(np.nonzero(labels_of(annotator))[0]).tolist() == [0]


def test_an_object_that_takes_pixels_of_others_is_carried_on(viewer, late):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    annotator.finish()
    runner.turn_all()
    annotator.overwrite = True
    annotator.prompts.positive.add((0, 5, 5))
    runner.turn_all()
    annotator.carry_on()
    runner.turn_all()
    assert planes_with(annotator, 2) == [0, 1]


def test_an_object_that_is_being_reopened_is_carried_on_at_once(viewer, late):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    annotator.finish()
    runner.turn_all()
    annotator.reopen(1)
    annotator.carry_on()
    runner.turn_all()
    assert planes_with(annotator, 1) == [0, 1]


def test_an_object_is_carried_there_and_back_before_it_has_arrived(viewer, late, told):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    annotator.carry_on()
    annotator.carry_back()
    annotator.undo()
    runner.turn_all()
    assert planes_with(annotator, 1) == [0, 1]
    assert viewer.dims.current_step[0] == 0
    assert told == ["object 1 is here already: reopen it"]


def test_where_no_object_arrives_there_is_none_to_carry_on(viewer, late, told):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    annotator.undo()
    annotator.carry_on()
    annotator.carry_on()
    runner.turn_all()
    assert not labels_of(annotator).any()
    assert set(told) == {"There is no object to carry on: click on one first."}


def test_a_plane_waits_for_an_object_and_says_so(viewer, late):
    annotator, runner = late
    annotator.prompts.positive.add((0, 5, 5))
    runner.turn_all()
    shown = []
    annotator.shown.connect(shown.append)
    annotator.carry_on()
    runner.turn_all()
    assert [each.is_last for each in shown if each.box == (slice(0, 0), slice(0, 0))][-1] is False
    assert shown[-1].is_last


def test_a_carried_object_is_no_surprise_to_the_next_session(viewer, volume, predictor, told):
    viewer.dims.set_point(0, 0)
    annotator = start(viewer, volume, predictor, resume=True)
    click(viewer, (0, 5, 5))
    for _ in range(3):
        annotator.carry_on()
    annotator.finish()
    layer = annotator.painter.layer
    annotator.close()
    viewer.layers.remove(layer)
    viewer.dims.set_point(0, 0)
    told.clear()
    again = start(viewer, volume, predictor, resume=True)
    for z in range(1, 4):
        viewer.dims.set_point(0, Z * z)
    assert planes_with(again, 1) == [0, 1, 2, 3]
    assert not [sentence for sentence in told if "relabel" in sentence]
