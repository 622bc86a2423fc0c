"""Whatever a person does with layers and viewers, nothing is lost and nothing is shared."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg.interaction import Click
from napari_faseg.plugin import keys
from napari_faseg.plugin.annotator import Annotator, start
from napari_faseg.plugin.runner import ImmediateRunner
from tests.fakes import DiscPredictor, discs
from tests.plugin.conftest import SHAPE
from tests.plugin.gestures import click, press_key
from tests.plugin.hand_cranked import HandCrankedRunner

OURS = ("image objects", "image negative", "image positive")


def disc(*clicks, label=1):
    return np.where(discs(clicks, SHAPE, 3) > 0.5, label, 0)


def test_renamed_and_reordered_layers_are_still_ours(viewer, annotator):
    for number, name in enumerate(("image", *OURS)):
        viewer.layers[name].name = f"layer {number}"
    viewer.layers.reverse()
    click(viewer, (10, 10))
    annotator.finish()
    click(viewer, (30, 30))
    expected = disc(Click(10, 10)) + disc(Click(30, 30), label=2)
    assert np.array_equal(annotator.painter.layer.data, expected)
    annotator.close()
    assert {layer.name for layer in viewer.layers} == {"layer 0", "layer 1"}


def test_layers_of_others_come_and_go(viewer, annotator):
    other = viewer.add_image(np.ones(SHAPE))
    viewer.layers.selection.active = annotator.prompts.positive
    click(viewer, (10, 10))
    viewer.layers.remove(other)
    annotator.finish()
    assert np.array_equal(annotator.painter.layer.data, disc(Click(10, 10)))


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("n_turns", [0, 1, 2, 3])
def test_a_layer_that_goes_while_work_is_on_its_way_ends_it_quietly(viewer, image, which, n_turns):
    runner = HandCrankedRunner()
    annotator = Annotator(viewer, image, DiscPredictor, runner)
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    annotator.undo()
    for _ in range(n_turns):
        runner.turn()
    viewer.layers.remove(("image", *OURS)[which])
    runner.turn_all()
    assert dict(viewer.keymap) == {}
    for ask in (annotator.undo, annotator.redo, annotator.finish, annotator.close):
        ask()
    annotator.reopen(1)
    annotator.delete(1)
    annotator.merge([1, 2])
    annotator.relabel(1, 2)
    annotator.classify(1, "x")
    annotator.threshold = 0.4
    runner.turn_all()


def test_a_probability_layer_that_somebody_removed_comes_back_with_the_next_click(
    viewer, annotator
):
    annotator.show_probability = True
    annotator.prompts.positive.add((10, 10))
    assert viewer.layers["image probability"].data[10, 10] == np.float32(0.9)
    viewer.layers.remove("image probability")
    annotator.prompts.positive.add((20, 20))
    assert viewer.layers["image probability"].data[20, 20] == np.float32(0.9)
    assert viewer.layers.selection.active in annotator.prompts.layers
    annotator.close()
    assert "image probability" not in viewer.layers


def test_a_predictor_that_gave_something_up_says_so_once(viewer, image, monkeypatch):
    told = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    predictor = DiscPredictor()
    annotator = start(viewer, image, predictor)
    annotator.prompts.positive.add((10, 10))
    predictor.notice = "The memory was full."
    annotator.prompts.positive.add((20, 20))
    annotator.prompts.positive.add((30, 30))
    assert told == ["The memory was full."]


@pytest.mark.parametrize("first_closed", [0, 1])
def test_two_sessions_in_one_viewer_keep_their_objects_and_keys_apart(
    viewer, annotator, first_closed
):
    before = ViewerModel().mouse_drag_callbacks
    other = viewer.add_image(np.zeros(SHAPE), name="other")
    second = Annotator(viewer, other, DiscPredictor, ImmediateRunner())
    annotator.prompts.positive.add((20, 20))
    second.prompts.positive.add((10, 10))
    press_key(annotator.painter.layer, keys.FINISH)
    assert (len(annotator.prompts.clicks()), len(second.prompts.clicks())) == (0, 1)
    sessions = [annotator, second]
    sessions.pop(first_closed).close()
    [left] = sessions
    left.prompts.positive.add((30, 30))
    press_key(viewer, keys.FINISH)
    assert left.prompts.clicks() == ()
    assert left.painter.layer.data[30, 30] > 0
    left.close()
    assert dict(viewer.keymap) == {}
    assert viewer.mouse_drag_callbacks == before


def test_sessions_in_two_viewers_have_their_own_undo_threshold_and_choice():
    annotators = []
    for _ in range(2):
        viewer = ViewerModel()
        image = viewer.add_image(np.zeros(SHAPE), name="image")
        annotators.append(start(viewer, image, DiscPredictor()))
    first, second = annotators
    first.prompts.positive.add((10, 10))
    second.prompts.positive.add((20, 20))
    first.threshold, first.overwrite = 0.05, True
    second.undo()
    assert (second.threshold, second.overwrite) == (0.5, False)
    assert first.prompts.clicks() == (Click(10, 10),)
    assert second.prompts.clicks() == ()
    assert first.painter.layer.data.all()
    assert not second.painter.layer.data.any()
