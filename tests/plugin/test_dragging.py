"""Clicks that are dragged, and removed with a key, where they are."""

import numpy as np
import pytest

from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.view import camera_of
from tests.fakes import DiscPredictor
from tests.plugin.gestures import RIGHT, click, drag, dragging, points, press


@pytest.fixture
def real_size(viewer, annotator):
    """Let a pixel of the image be one of the screen."""
    camera_of(viewer).zoom = 1


def test_a_click_that_is_dragged_moves_and_the_mask_with_it_as_one_action(
    viewer, annotator, real_size
):
    click(viewer, (20, 20))
    click(viewer, (3, 40), RIGHT)
    drag(viewer, (20, 20), (22, 28), (10, 30))
    assert points(annotator) == ([[10, 30]], [[3, 40]])
    objects = annotator.painter.layer.data
    assert (objects[10, 30], objects[20, 20]) == (1, 0)
    assert [c.pixel for c in annotator.prompts.clicks()] == [(10, 30), (3, 40)]

    annotator.undo()
    assert points(annotator) == ([[20, 20]], [[3, 40]])
    annotator.redo()
    assert points(annotator) == ([[10, 30]], [[3, 40]])


def test_a_click_of_the_layer_that_is_not_active_can_be_dragged_too(viewer, annotator, real_size):
    click(viewer, (20, 20))
    click(viewer, (3, 40), RIGHT)
    assert viewer.layers.selection.active is annotator.prompts.negative
    drag(viewer, (20, 20), (10, 30))
    assert points(annotator) == ([[10, 30]], [[3, 40]])


def test_a_click_is_drawn_where_the_mouse_has_it_and_counts_there_when_it_is_let_go(
    viewer, annotator, real_size
):
    click(viewer, (20, 20))
    heard = []
    annotator.prompts.changed.connect(lambda: heard.append(annotator.prompts.clicks()))
    gesture = dragging(viewer, (20, 20), (20, 22), (10, 30))
    assert next(gesture) is False  # pressed
    assert next(gesture) is True  # trembles: the view stays, and so does the click
    assert points(annotator) == ([[20, 20]], [])
    assert next(gesture) is True  # moves
    assert points(annotator) == ([[10, 30]], [])
    assert [c.pixel for c in annotator.prompts.clicks()] == [(20, 20)]
    assert heard == []
    next(gesture)
    assert [[c.pixel for c in clicks] for clicks in heard] == [[(10, 30)]]


def test_a_click_that_is_dragged_out_of_the_image_goes_back(viewer, annotator, real_size):
    click(viewer, (20, 20))
    drag(viewer, (20, 20), (10, 30), (10, 90))
    assert points(annotator) == ([[20, 20]], [])
    assert annotator.painter.layer.data[20, 20] == 1


def test_a_drag_beside_the_clicks_or_with_another_button_or_with_shift_moves_the_view(
    viewer, annotator, real_size
):
    click(viewer, (20, 20))
    beside = list(dragging(viewer, (20, 40), (10, 45)))
    right = list(dragging(viewer, (20, 20), (10, 30), button=RIGHT))
    shift = list(dragging(viewer, (20, 20), (10, 30), modifiers=("Shift",)))
    assert beside == right == shift == [False, False, False]
    assert points(annotator) == ([[20, 20]], [])


def test_of_two_clicks_that_overlap_on_the_screen_the_nearer_one_is_dragged(
    viewer, annotator, real_size
):
    click(viewer, (20, 20))
    click(viewer, (20, 25), RIGHT)
    drag(viewer, (20, 23), (10, 40))
    assert points(annotator) == ([[20, 20]], [[10, 40]])


def test_undo_in_the_middle_of_a_drag_counts_and_the_rest_of_the_drag_does_not(
    viewer, annotator, real_size
):
    click(viewer, (20, 20))
    click(viewer, (30, 30))
    gesture = dragging(viewer, (30, 30), (10, 30), (10, 40))
    for _ in range(2):
        next(gesture)
    annotator.undo()
    assert points(annotator) == ([[20, 20]], [])
    assert list(gesture) == [True, False]
    assert points(annotator) == ([[20, 20]], [])


def test_a_click_goes_back_to_its_plane_where_another_one_came_up_in_the_middle_of_a_drag(viewer):
    volume = viewer.add_image(np.zeros((5, 40, 50)))
    camera_of(viewer).zoom = 1
    viewer.dims.set_point(0, 3)
    annotator = start(viewer, volume, DiscPredictor())
    click(viewer, (3, 7, 8))
    gesture = dragging(viewer, (3, 7, 8), (3, 20, 30), (4, 20, 30))
    for _ in range(2):
        next(gesture)
    viewer.dims.set_point(0, 4)
    list(gesture)
    assert points(annotator) == ([[3, 7, 8]], [])


def test_a_click_on_another_plane_is_neither_dragged_nor_removed(viewer):
    volume = viewer.add_image(np.zeros((5, 40, 50)))
    camera_of(viewer).zoom = 1
    viewer.dims.set_point(0, 3)
    start(viewer, volume, DiscPredictor())
    click(viewer, (3, 7, 8))
    viewer.dims.set_point(0, 4)
    assert list(dragging(viewer, (4, 7, 8), (4, 20, 30))) == [False, False, False]
    viewer.cursor.position = (4, 7, 8)
    press(viewer, "Delete")
    assert viewer.layers.selection.active.data.tolist() == [[3, 7, 8]]


def test_a_click_that_is_hidden_is_not_under_the_mouse(viewer, annotator, real_size):
    click(viewer, (20, 20))
    click(viewer, (3, 40), RIGHT)
    annotator.prompts.negative.visible = False
    viewer.layers.selection.active = annotator.prompts.positive
    assert list(dragging(viewer, (3, 40), (12, 28))) == [False, False, False]
    viewer.cursor.position = (3, 40)
    press(viewer, "Delete")
    assert points(annotator) == ([[20, 20]], [[3, 40]])


def test_a_session_that_ends_in_the_middle_of_a_drag_ends_it(viewer, annotator, real_size):
    click(viewer, (20, 20))
    gesture = dragging(viewer, (20, 20), (10, 30), (10, 40))
    next(gesture)
    annotator.abandon()
    assert list(gesture) == [False, False, False]
    assert points(annotator) == ([[20, 20]], [])


@pytest.mark.parametrize("key", ["Delete", "Backspace"])
def test_a_key_removes_the_click_under_the_mouse_in_whichever_layer_it_is(
    viewer, annotator, real_size, key
):
    click(viewer, (20, 20))
    click(viewer, (5, 40))
    click(viewer, (3, 10), RIGHT)
    assert viewer.layers.selection.active is annotator.prompts.negative
    viewer.cursor.position = (21, 22)
    press(viewer, key)
    assert points(annotator) == ([[5, 40]], [[3, 10]])
    annotator.undo()
    assert points(annotator) == ([[20, 20], [5, 40]], [[3, 10]])


def test_beside_all_clicks_the_key_removes_nothing_and_says_so(
    viewer, annotator, real_size, monkeypatch
):
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.view_actions.show_info", told.append)
    click(viewer, (20, 20))
    viewer.cursor.position = (35, 5)
    press(viewer, "Delete")
    assert points(annotator) == ([[20, 20]], [])
    assert told == ["There is no click under the mouse."]


def test_the_key_removes_the_selected_points_where_points_are_selected_as_in_napari(
    viewer, annotator, real_size
):
    click(viewer, (20, 20))
    click(viewer, (5, 40))
    annotator.prompts.positive.mode = "select"
    annotator.prompts.positive.selected_data = {0}
    viewer.cursor.position = (5, 40)
    press(viewer, "Delete")
    assert points(annotator) == ([[5, 40]], [])


def test_a_click_is_as_large_for_the_mouse_as_it_is_drawn(viewer, annotator, real_size):
    camera_of(
        viewer
    ).zoom = 4  # 9 pixels of the screen and 2 around them: 1.6 of the image each way
    click(viewer, (20, 20))
    drag(viewer, (20, 21.7), (10, 30))
    assert points(annotator) == ([[20, 20]], [])
    drag(viewer, (20, 21.6), (10, 30))
    assert points(annotator) == ([[10, 30]], [])
