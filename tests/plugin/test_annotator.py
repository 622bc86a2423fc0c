import numpy as np
import pytest

from napari_faseg.interaction import Click
from napari_faseg.plugin.annotator import Annotator, start
from napari_faseg.plugin.runner import ImmediateRunner
from tests.fakes import DiscPredictor, discs
from tests.plugin.conftest import SHAPE
from tests.plugin.hand_cranked import HandCrankedRunner


def disc(*clicks, label=1):
    """The labels of one object that the fake predictor draws around some clicks."""
    return np.where(discs(clicks, SHAPE, 3) > 0.5, label, 0)


def labels_of(annotator):
    return annotator.painter.layer.data


def names(viewer):
    return [layer.name for layer in viewer.layers]


# Clicks and masks


def test_a_session_adds_a_labels_layer_and_two_points_layers_above_the_image(viewer, annotator):
    assert names(viewer) == ["image", "image objects", "image negative", "image positive"]
    assert viewer.layers.selection.active is annotator.prompts.positive
    assert labels_of(annotator).shape == SHAPE
    assert not labels_of(annotator).any()


def test_a_positive_click_adds_and_a_negative_one_removes(annotator):
    annotator.prompts.positive.add((10, 10))
    assert np.array_equal(labels_of(annotator), disc(Click(10, 10)))
    annotator.prompts.negative.add((10, 12))
    assert np.array_equal(labels_of(annotator), disc(Click(10, 10), Click(10, 12, False)))


def test_deleting_a_click_takes_its_mask_back(annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.prompts.positive.add((20, 20))
    annotator.prompts.positive.selected_data = {0}
    annotator.prompts.positive.remove_selected()
    assert np.array_equal(labels_of(annotator), disc(Click(20, 20)))


def test_the_mask_follows_a_moved_click(annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.prompts.positive.data = np.array([[20.0, 20.0]])
    assert np.array_equal(labels_of(annotator), disc(Click(20, 20)))


def test_each_click_costs_one_prediction(annotator, predictor):
    annotator.prompts.positive.add((10, 10))
    annotator.prompts.negative.add((10, 12))
    assert [len(clicks) for clicks, _ in predictor.calls] == [1, 2]


def test_a_click_outside_the_image_costs_none(annotator, predictor):
    annotator.prompts.positive.add((-10, 10))
    assert predictor.calls == []


# Objects


def test_the_next_object_has_a_new_label_and_leaves_the_finished_one_alone(annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    assert annotator.prompts.clicks() == ()
    annotator.prompts.positive.add((10, 13))
    first, second = disc(Click(10, 10)), disc(Click(10, 13), label=2)
    assert np.array_equal(labels_of(annotator), np.where(first > 0, first, second))


def test_undo_goes_back_through_clicks_and_finished_objects(annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    annotator.prompts.positive.add((30, 30))
    annotator.undo()
    assert np.array_equal(labels_of(annotator), disc(Click(10, 10)))
    annotator.undo()
    assert annotator.prompts.clicks() == (Click(10, 10),)
    assert np.array_equal(labels_of(annotator), disc(Click(10, 10)))
    annotator.undo()
    assert annotator.prompts.clicks() == ()
    assert not labels_of(annotator).any()


def test_redo_brings_everything_back(annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    annotator.prompts.negative.add((20, 20))
    annotator.prompts.positive.add((30, 30))
    before, clicks = labels_of(annotator).copy(), annotator.prompts.clicks()
    for _ in range(4):
        annotator.undo()
    for _ in range(4):
        annotator.redo()
    assert np.array_equal(labels_of(annotator), before)
    assert annotator.prompts.clicks() == clicks


def test_undo_without_anything_to_undo_changes_nothing(annotator):
    annotator.undo()
    annotator.redo()
    assert not labels_of(annotator).any()


def test_finishing_without_an_object_keeps_the_clicks(annotator):
    annotator.prompts.negative.add((10, 10))
    annotator.finish()
    assert annotator.prompts.clicks() == (Click(10, 10, False),)
    assert not labels_of(annotator).any()


def test_undo_takes_a_newer_brush_stroke_back_before_the_clicks(annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.painter.layer.paint((30, 30), 7)
    annotator.undo()
    assert np.array_equal(labels_of(annotator), disc(Click(10, 10)))
    annotator.redo()
    assert labels_of(annotator)[30, 30] == 7


@pytest.mark.parametrize("act", [lambda a: a.classify(1, "cell"), lambda a: a.reopen(1)])
def test_undo_takes_back_what_is_newer_than_a_stroke_also_if_it_has_changed_no_pixel(
    annotator, act
):
    painter = annotator.painter
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    painter.layer.paint((30, 30), 7)
    painted = painter.layer.data.copy()
    act(annotator)
    annotator.undo()
    assert np.array_equal(painter.layer.data, painted)


def test_an_object_keeps_off_the_label_that_a_person_painted(annotator):
    annotator.painter.layer.paint((30, 30), 1)
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    assert labels_of(annotator)[10, 10] == 2
    assert labels_of(annotator)[30, 30] == 1


# The image as it is shown


def test_the_predictor_gets_the_contrast_that_is_shown(viewer):
    image = viewer.add_image(np.array([[0, 50, 100, 4000]], np.uint16), contrast_limits=(50, 100))
    predictor = RememberingPredictor()
    start(viewer, image, predictor)
    assert predictor.image.tolist() == [[0, 0, 255, 255]]


def test_the_predictor_gets_the_plane_that_is_shown(viewer):
    volume = np.zeros((4, 6, 7), np.uint8)
    volume[2] = 9
    image = viewer.add_image(volume)
    viewer.dims.set_point(0, 2)
    predictor = RememberingPredictor()
    start(viewer, image, predictor)
    assert np.array_equal(predictor.image, volume[2])


def test_the_layers_of_the_person_are_never_changed(viewer):
    image = viewer.add_image(np.random.default_rng(0).random(SHAPE), scale=(2, 2))
    before = image.data.copy()
    annotator = start(viewer, image, DiscPredictor())
    annotator.prompts.positive.add((10, 10))
    annotator.close()
    assert np.array_equal(image.data, before)
    assert tuple(image.scale) == (2, 2)
    assert dict(image.keymap) == {}


class RememberingPredictor(DiscPredictor):
    def set_image(self, image):
        super().set_image(image)
        self.image = image


# Errors


def test_an_error_of_the_predictor_is_told_and_the_next_click_works(annotator, predictor):
    reasons = []
    annotator.failed.connect(reasons.append)
    predictor.error = RuntimeError("out of memory")
    annotator.prompts.positive.add((10, 10))
    assert reasons == ["out of memory"]
    predictor.error = None
    annotator.prompts.positive.add((20, 20))
    assert np.array_equal(labels_of(annotator), disc(Click(10, 10), Click(20, 20)))


def test_weights_that_cannot_be_loaded_are_told_and_leave_no_layer(viewer, image):
    runner, reasons = HandCrankedRunner(), []
    annotator = Annotator(viewer, image, fail_to_load, runner)
    annotator.failed.connect(reasons.append)
    runner.turn()
    assert reasons == ["the file is damaged"]
    assert names(viewer) == ["image"]


def fail_to_load():
    raise ValueError("the file is damaged")


# The end


@pytest.mark.parametrize("which", ["image", "image objects", "image positive", "image negative"])
def test_removing_a_layer_ends_the_session_and_leaves_the_others(viewer, annotator, which):
    ended = []
    annotator.closed.connect(lambda: ended.append(True))
    annotator.prompts.positive.add((10, 10))
    assert annotator.is_open
    viewer.layers.remove(which)
    assert (ended, annotator.is_open) == ([True], False)
    assert set(names(viewer)) == {"image", "image objects", "image positive", "image negative"} - {
        which
    }
    annotator.prompts.positive.add((20, 20))
    annotator.finish()
    annotator.undo()
    annotator.close()
    assert np.array_equal(labels_of(annotator), disc(Click(10, 10)))


def test_a_viewer_that_loses_all_layers_ends_the_session(viewer, annotator):
    viewer.layers.clear()
    assert names(viewer) == []
    annotator.close()


def test_new_data_in_the_image_ends_the_session(annotator, image):
    ended = []
    annotator.closed.connect(lambda: ended.append(True))
    image.data = np.ones((20, 20), np.uint8)
    assert ended == [True]


def test_labels_of_another_shape_end_the_session(annotator):
    ended = []
    annotator.closed.connect(lambda: ended.append(True))
    annotator.painter.layer.data = np.zeros((5, 5), np.int32)
    annotator.prompts.positive.add((3, 3))
    assert ended == [True]


def test_closing_leaves_the_objects_and_takes_the_clicks(viewer, annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.close()
    assert names(viewer) == ["image", "image objects"]
    assert np.array_equal(labels_of(annotator), disc(Click(10, 10)))


def test_closing_disconnects_everything(viewer, image):
    emitters = (viewer.layers.events.removed, image.events.data)
    before = [emitter.callbacks for emitter in emitters]
    start(viewer, image, DiscPredictor()).close()
    assert [emitter.callbacks for emitter in emitters] == before


def test_two_sessions_in_two_viewers_know_nothing_of_each_other(viewer, annotator):
    other = type(viewer)()
    second = start(other, other.add_image(np.zeros(SHAPE)), DiscPredictor())
    second.prompts.positive.add((10, 10))
    assert not labels_of(annotator).any()
    second.close()
    annotator.prompts.positive.add((10, 10))
    assert labels_of(annotator).any()


def test_a_session_can_follow_another_on_the_same_image(viewer, image, annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.close()
    second = Annotator(viewer, image, DiscPredictor, ImmediateRunner())
    second.prompts.positive.add((20, 20))
    assert np.array_equal(labels_of(second), disc(Click(20, 20)))
