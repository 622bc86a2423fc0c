"""Finished objects in the window: reopened, deleted, relabelled, merged, overwritten."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg.interaction import Click
from napari_faseg.plugin import keys
from napari_faseg.plugin.annotator import Annotator, start
from napari_faseg.plugin.runner import ImmediateRunner
from tests.fakes import DiscPredictor, discs
from tests.plugin.conftest import SHAPE
from tests.plugin.gestures import RIGHT, click, press_key

A, B = Click(10, 10), Click(10, 13)


def disc(*clicks, label=1):
    return np.where(discs(clicks, SHAPE, 3) > 0.5, label, 0)


def labels_of(annotator):
    return annotator.painter.layer.data


def finish(annotator, *positions):
    for position in positions:
        annotator.prompts.positive.add(position)
    annotator.finish()


@pytest.fixture
def reasons(annotator):
    told = []
    annotator.failed.connect(told.append)
    return told


# Reopen


def test_a_click_with_shift_reopens_an_object_with_its_clicks(viewer, annotator):
    finish(annotator, (10, 10), (10, 12))
    finish(annotator, (30, 30))
    click(viewer, (10, 9), modifiers=("Shift",))
    assert annotator.prompts.clicks() == (Click(10, 10), Click(10, 12))
    click(viewer, (10, 12), RIGHT)
    annotator.finish()
    corrected = disc(Click(10, 10), Click(10, 12), Click(10, 12, False))
    assert np.array_equal(labels_of(annotator), corrected + disc(Click(30, 30), label=2))


def test_a_click_with_shift_beside_all_objects_does_nothing(viewer, annotator):
    finish(annotator, (10, 10))
    click(viewer, (30, 30), modifiers=("Shift",))
    assert annotator.prompts.clicks() == ()
    assert np.array_equal(labels_of(annotator), disc(A))
    click(viewer, (30, 30))
    assert annotator.prompts.clicks() == (Click(30, 30),)


def test_a_key_reopens_the_object_under_the_mouse(viewer, annotator):
    finish(annotator, (10, 10))
    viewer.cursor.position = (10, 11)
    press_key(annotator.painter.layer, keys.REOPEN)
    assert annotator.prompts.clicks() == (A,)


def test_the_object_in_progress_is_finished_before_another_is_reopened(annotator):
    finish(annotator, (10, 10))
    annotator.prompts.positive.add((30, 30))
    annotator.reopen(1)
    assert annotator.prompts.clicks() == (A,)
    assert np.array_equal(labels_of(annotator), disc(A) + disc(Click(30, 30), label=2))
    annotator.undo()
    annotator.undo()
    assert annotator.prompts.clicks() == (Click(30, 30),)


def test_clicks_without_a_mask_are_not_lost_for_another_object(annotator, reasons):
    finish(annotator, (10, 10))
    annotator.prompts.negative.add((30, 30))
    annotator.reopen(1)
    assert reasons == ["undo the clicks that are there before reopening 1"]
    assert annotator.prompts.clicks() == (Click(30, 30, False),)


@pytest.fixture
def sentences(monkeypatch):
    told = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_info", told.append)
    return told


def test_clicks_on_a_finished_object_are_given_up_by_finish_and_come_back(annotator, sentences):
    finish(annotator, (10, 10))
    finish(annotator, (10, 10))
    assert annotator.prompts.clicks() == ()
    [told] = sentences
    assert told == (
        "Nothing was finished: other objects have all pixels of the mask. Shift+click on one to "
        "go on with it, or undo to have the clicks back."
    )
    annotator.undo()
    assert annotator.prompts.clicks() == (A,)
    annotator.finish()
    finish(annotator, (30, 30))
    assert np.array_equal(labels_of(annotator), disc(A) + disc(Click(30, 30), label=2))


def test_clicks_on_a_finished_object_are_in_nobodys_way(annotator, reasons):
    finish(annotator, (10, 10))
    annotator.prompts.positive.add((10, 10))
    annotator.reopen(1)
    assert reasons == ["give the clicks that are there up with Enter before reopening 1"]
    annotator.finish()
    annotator.reopen(1)
    assert annotator.prompts.clicks() == (A,)
    annotator.finish()
    assert np.array_equal(labels_of(annotator), disc(A))


def test_a_mask_without_pixels_keeps_its_clicks_and_that_is_told(annotator, sentences):
    finish(annotator, (10, 10))
    annotator.prompts.negative.add((30, 30))
    annotator.finish()
    assert annotator.prompts.clicks() == (Click(30, 30, False),)
    annotator.undo()
    annotator.finish()
    assert sentences == [
        "There is nothing to finish: no pixel is left. Click on the object, or undo.",
        "There is nothing to finish: click on an object first.",
    ]


def test_picking_the_object_in_progress_changes_nothing(annotator):
    annotator.prompts.positive.add((10, 10))
    annotator.reopen_at((10, 10))
    assert annotator.prompts.clicks() == (A,)
    annotator.undo()
    assert annotator.prompts.clicks() == ()


def test_an_object_that_was_painted_by_hand_is_reopened_with_its_mask(annotator, predictor):
    annotator.painter.layer.data_setitem((np.array([20, 20]), np.array([20, 21])), 5)
    annotator.reopen_at((20, 21))
    assert annotator.prompts.clicks() == ()
    annotator.prompts.positive.add((20, 24))
    assert np.argwhere(predictor.calls[-1][1] > 0.5).tolist() == [[20, 20], [20, 21]]
    annotator.finish()
    assert np.array_equal(labels_of(annotator), disc(Click(20, 24), label=5))
    for _ in range(3):
        annotator.undo()
    assert np.argwhere(labels_of(annotator) == 5).tolist() == [[20, 20], [20, 21]]


def test_an_object_that_was_corrected_by_hand_is_reopened_as_it_is(annotator):
    finish(annotator, (10, 10))
    annotator.painter.layer.brush_size = 1
    annotator.painter.layer.paint((10, 10), 0)
    corrected = labels_of(annotator).copy()
    annotator.reopen(1)
    assert annotator.prompts.clicks() == ()
    assert np.array_equal(labels_of(annotator), corrected)


def test_a_label_stays_when_an_object_is_reopened_among_larger_ones(annotator):
    finish(annotator, (10, 10))
    annotator.painter.layer.data_setitem((np.array([30]), np.array([30])), 40)
    annotator.reopen(1)
    annotator.prompts.positive.add((10, 13))
    annotator.finish()
    assert np.unique(labels_of(annotator)).tolist() == [0, 1, 40]


# Objects that were there before


@pytest.fixture
def cells(viewer, image):
    labels = np.zeros(SHAPE, np.uint16)
    labels[5:9, 5:9], labels[20:24, 20:24] = 3, 8
    return viewer.add_labels(labels, name="cells")


def test_objects_of_another_tool_can_be_gone_on_with(viewer, image, cells, predictor):
    before = cells.data.copy()
    annotator = start(viewer, image, predictor, objects=cells)
    assert [layer.name for layer in viewer.layers].count("image objects") == 0
    finish(annotator, (30, 40))
    assert cells.data[30, 40] == 9
    annotator.reopen_at((6, 6))
    annotator.prompts.positive.add((7, 10))
    annotator.finish()
    assert cells.data.dtype == np.uint16
    assert np.array_equal(cells.data == 8, before == 8)
    assert np.array_equal(cells.data == 3, disc(Click(7, 10)) == 1)
    while annotator._jobs._session.can_undo:
        annotator.undo()
    assert np.array_equal(cells.data, before)


@pytest.mark.parametrize("dtype", [np.int16, np.uint32, np.int64, np.uint64])
def test_a_layer_of_any_integers_keeps_its_type(viewer, image, predictor, dtype):
    cells = viewer.add_labels(np.eye(*SHAPE).astype(dtype), name="cells")
    annotator = start(viewer, image, predictor, objects=cells)
    annotator.prompts.positive.add((5, 40))
    annotator.relabel(1, 7)
    annotator.finish()
    assert cells.data.dtype == dtype
    assert (cells.data[0, 0], cells.data[5, 40]) == (7, 2)
    for _ in range(3):
        annotator.undo()
    assert np.array_equal(cells.data, np.eye(*SHAPE))


def test_the_table_knows_objects_of_another_tool_at_once(viewer, image, cells, predictor):
    told = []
    annotator = Annotator(viewer, image, lambda: predictor, ImmediateRunner(), objects=cells)
    annotator.shown.connect(told.append)
    annotator.prompts.positive.add((30, 40))
    assert [(row.label, row.area) for row in told[-1].objects] == [(3, 16), (8, 16)]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.zeros((5, 6), int), r"expected cells to have shape \(40, 50\), got \(5, 6\)"),
        (np.zeros(SHAPE, np.uint8), "expected cells to hold 16-bit integers or larger, got uint8"),
        (np.full(SHAPE, 65535, np.uint16), "expected labels below 65535 in cells, got 65535: conv"),
        ([np.zeros(SHAPE, int), np.zeros((20, 25), int)], "expected cells as one array in memory"),
        (np.broadcast_to(np.int32(1), SHAPE), "expected cells not to be read-only: copy it to a n"),
        (np.full(SHAPE, 2**31 - 1), "expected labels below 2147483647 in cells, got 2147483647: g"),
        (np.full(SHAPE, -2), "expected no labels below 0 in cells, got -2"),
    ],
)
def test_labels_that_cannot_be_written_to_are_refused(viewer, image, labels, sentence):
    cells = viewer.add_labels(labels, name="cells")
    before = [layer.name for layer in viewer.layers]
    with pytest.raises(ValueError, match=sentence):
        start(viewer, image, DiscPredictor(), objects=cells)
    assert [layer.name for layer in viewer.layers] == before
    assert viewer.mouse_drag_callbacks == ViewerModel().mouse_drag_callbacks


def test_the_largest_label_is_refused_on_any_plane_of_a_stack(viewer):
    stack = viewer.add_image(np.zeros((3, *SHAPE), np.uint8), name="stack")
    cells = viewer.add_labels(np.zeros((3, *SHAPE), np.uint16), name="cells")
    cells.data[2, 0, 0] = 65535
    viewer.dims.set_point(0, 0)
    with pytest.raises(ValueError, match="expected labels below 65535 in cells, got 65535"):
        start(viewer, stack, DiscPredictor(), objects=cells)
    assert [layer.name for layer in viewer.layers] == ["stack", "cells"]
    cells.data = cells.data.astype(np.int32)
    annotator = start(viewer, stack, DiscPredictor(), objects=cells)
    annotator.prompts.positive.add((0, 10, 10))
    annotator.finish()
    assert cells.data[0, 10, 10] == 65536


def test_a_hand_that_paints_the_largest_label_ends_the_session(viewer, image, cells):
    annotator = start(viewer, image, DiscPredictor(), objects=cells)
    told = []
    annotator.failed.connect(told.append)
    cells.data_setitem((np.array([1]), np.array([1])), 65535)
    annotator.finish()
    assert told == ["Segmenting image has ended: cells has no room for labels above 65535."]
    assert cells.data[1, 1] == 65535


def test_a_hand_that_paints_the_largest_label_of_a_session_ends_it(viewer, image):
    cells = viewer.add_labels(np.zeros(SHAPE, np.int64), name="cells")
    annotator = start(viewer, image, DiscPredictor(), objects=cells)
    told = []
    annotator.failed.connect(told.append)
    cells.data_setitem((np.array([1]), np.array([1])), 2**31 - 1)
    annotator.finish()
    assert told == ["Segmenting image has ended: cells has no room for labels above 2147483647."]


def test_a_number_that_leaves_no_room_for_another_object_is_refused(viewer, image, cells):
    annotator = start(viewer, image, DiscPredictor(), objects=cells)
    told = []
    annotator.failed.connect(told.append)
    before = cells.data.copy()
    for number in (65535, 70000):
        annotator.relabel(3, number)
    assert told == [
        "expected a label below 65535, got 65535",
        "expected a label below 65535, got 70000",
    ]
    assert np.array_equal(cells.data, before)
    annotator.relabel(3, 65534)
    assert annotator.is_open


def test_weights_that_cannot_be_loaded_leave_the_objects_of_the_person(viewer, image, cells):
    def fail():
        raise ValueError("damaged")

    Annotator(viewer, image, fail, ImmediateRunner(), objects=cells)
    assert [layer.name for layer in viewer.layers] == ["image", "cells"]


# Delete, relabel, merge


def test_a_number_that_is_text_is_refused_in_one_sentence(annotator):
    finish(annotator, (10, 10))
    told = []
    annotator.failed.connect(told.append)
    annotator.relabel(1, "7")
    assert told == ["expected a label that is a whole number, got '7'"]
    assert labels_of(annotator).max() == 1


def test_deleting_relabelling_and_merging_are_seen_and_undone(annotator):
    finish(annotator, (10, 10))
    finish(annotator, (30, 30))
    both = labels_of(annotator).copy()
    annotator.relabel(1, 7)
    assert np.array_equal(labels_of(annotator), np.where(both == 1, 7, both))
    annotator.merge([2, 7])
    assert np.array_equal(labels_of(annotator), np.where(both > 0, 2, 0))
    annotator.delete(2)
    assert not labels_of(annotator).any()
    for _ in range(3):
        annotator.undo()
    assert np.array_equal(labels_of(annotator), both)
    for _ in range(3):
        annotator.redo()
    assert not labels_of(annotator).any()


def test_objects_that_are_deleted_together_come_back_together(annotator, reasons):
    for position in ((10, 10), (30, 30), (10, 30)):
        finish(annotator, position)
    before = labels_of(annotator).copy()
    annotator.delete(1, 3)
    assert np.unique(labels_of(annotator)).tolist() == [0, 2]
    annotator.undo()
    assert np.array_equal(labels_of(annotator), before)
    annotator.redo()
    assert np.unique(labels_of(annotator)).tolist() == [0, 2]
    annotator.delete(2, 3)
    assert np.unique(labels_of(annotator)).tolist() == [0, 2]
    assert len(reasons) == 1


def test_the_object_in_progress_keeps_its_label_while_others_change(annotator):
    finish(annotator, (10, 10))
    annotator.prompts.positive.add((30, 30))
    annotator.relabel(1, 9)
    assert labels_of(annotator)[30, 30] == 2
    annotator.delete(9)
    annotator.finish()
    assert np.array_equal(labels_of(annotator), disc(Click(30, 30), label=2))


def test_a_label_that_is_taken_is_told_in_one_sentence(annotator, reasons):
    finish(annotator, (10, 10))
    finish(annotator, (30, 30))
    annotator.prompts.positive.add((20, 20))
    annotator.relabel(1, 2)
    annotator.relabel(1, 3)
    assert reasons == [
        "label 2 is taken: reopen or delete that object first",
        "label 3 is taken: the object in progress has it",
    ]


def test_what_was_painted_by_hand_can_be_deleted_and_comes_back(annotator):
    annotator.painter.layer.data_setitem((np.array([20]), np.array([20])), 5)
    annotator.delete(5)
    assert not labels_of(annotator).any()
    annotator.undo()
    assert np.argwhere(labels_of(annotator) == 5).tolist() == [[20, 20]]


def test_what_another_tool_wrote_over_an_object_stays_when_that_is_undone(annotator):
    finish(annotator, (10, 10))
    labels_of(annotator)[10, 10] = 99
    finish(annotator, (30, 30))
    for _ in range(4):
        annotator.undo()
    assert np.argwhere(labels_of(annotator)).tolist() == [[10, 10]]
    assert labels_of(annotator)[10, 10] == 99


def test_a_name_is_told_with_the_objects(annotator):
    told = []
    annotator.shown.connect(told.append)
    finish(annotator, (10, 10))
    annotator.classify(1, "cell")
    assert [row.text for row in told[-1].objects] == ["cell"]
    annotator.undo()
    assert [row.text for row in told[-1].objects] == [""]


# Keep or overwrite


def test_finished_objects_keep_their_pixels_unless_asked_otherwise(annotator):
    finish(annotator, (10, 10))
    annotator.prompts.positive.add((10, 13))
    kept = labels_of(annotator).copy()
    assert np.array_equal(kept == 1, disc(A) > 0)
    annotator.overwrite = True
    taken = np.where(disc(B) > 0, 2, disc(A))
    assert np.array_equal(labels_of(annotator), taken)
    annotator.overwrite = False
    assert np.array_equal(labels_of(annotator), kept)
    annotator.overwrite = True
    annotator.finish()
    assert np.array_equal(labels_of(annotator), taken)
    annotator.undo()
    annotator.undo()
    assert np.array_equal(labels_of(annotator), disc(A))


def test_objects_behind_the_one_in_progress_are_not_lost_by_other_actions(annotator):
    finish(annotator, (10, 10))
    finish(annotator, (30, 30))
    annotator.overwrite = True
    annotator.prompts.positive.add((10, 13))
    annotator.delete(2)
    annotator.overwrite = False
    annotator.undo()
    annotator.undo()
    assert np.array_equal(labels_of(annotator) == 1, disc(A) > 0)


# The threshold


def test_the_threshold_acts_at_once_without_a_prediction_and_is_undone(annotator, predictor):
    annotator.prompts.positive.add((10, 10))
    annotator.threshold = 0.95
    assert not labels_of(annotator).any()
    annotator.threshold = 0.05
    assert (labels_of(annotator) == 1).all()
    annotator.undo()
    assert annotator.threshold == 0.5
    assert np.array_equal(labels_of(annotator), disc(A))
    assert len(predictor.calls) == 1


def test_a_threshold_that_is_none_is_refused(annotator):
    with pytest.raises(ValueError, match=r"expected a threshold in \[0, 1\), got 1"):
        annotator.threshold = 1
    assert annotator.threshold == 0.5


# The view


def test_looking_at_an_object_puts_it_into_the_middle(viewer, annotator):
    finish(annotator, (30, 40))
    camera = getattr(viewer, "scene", viewer).camera
    annotator.look_at(1)
    assert np.allclose(camera.center[-2:], (30, 40))
    zoom, center = camera.zoom, camera.center
    annotator.look_at(5)  # nothing has this label
    assert (camera.zoom, camera.center) == (zoom, center)


def test_looking_at_an_object_of_a_moved_and_turned_image(viewer):
    image = viewer.add_image(np.zeros((40, 50)), scale=(2, 3), translate=(10, 20), rotate=30)
    annotator = start(viewer, image, DiscPredictor())
    finish(annotator, (30, 40))
    annotator.look_at(1)
    camera = getattr(viewer, "scene", viewer).camera
    assert np.allclose(camera.center[-2:], image.data_to_world((30, 40)))


def test_a_small_object_is_seen_with_what_is_around_it_and_a_large_one_whole(viewer, annotator):
    camera, zooms = getattr(viewer, "scene", viewer).camera, []
    if not hasattr(viewer, "canvas"):
        pytest.skip("this napari does not tell the size of its canvas")
    for side in (1, 30, 40):
        labels_of(annotator)[:side, :side] = 5
        annotator.look_at(5)
        zooms.append(camera.zoom)
    assert zooms[0] == zooms[1] == pytest.approx(zooms[2] * 4 / 3)
