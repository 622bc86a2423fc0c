import numpy as np
import pytest

from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.view import camera_of
from tests.fakes import DiscPredictor
from tests.plugin.gestures import LEFT, MIDDLE, RIGHT, click, drag, dragging, press


def points(annotator):
    """The points of the positive and of the negative layer."""
    return tuple(layer.data.tolist() for layer in annotator.prompts.layers)


@pytest.mark.parametrize("active", [0, 1])
def test_left_adds_a_positive_and_right_a_negative_whichever_layer_is_active(
    viewer, annotator, active
):
    viewer.layers.selection.active = annotator.prompts.layers[active]
    click(viewer, (3, 4), LEFT)
    viewer.layers.selection.active = annotator.prompts.layers[active]
    click(viewer, (5, 6), RIGHT)
    assert points(annotator) == ([[3, 4]], [[5, 6]])


def test_the_layer_that_was_clicked_into_is_the_active_one_when_the_mask_is_there(
    viewer, annotator
):
    click(viewer, (3, 4), RIGHT)
    assert viewer.layers.selection.active is annotator.prompts.negative
    click(viewer, (5, 6), LEFT)
    assert viewer.layers.selection.active is annotator.prompts.positive


def test_a_click_into_a_hidden_layer_counts_and_the_next_one_does_too(viewer, annotator):
    annotator.prompts.negative.visible = False
    click(viewer, (3, 4), RIGHT)
    assert viewer.layers.selection.active is annotator.prompts.positive
    click(viewer, (5, 6), LEFT)
    click(viewer, (7, 8), RIGHT)
    annotator.swap_buttons()
    click(viewer, (9, 9), RIGHT)
    assert points(annotator) == ([[5, 6], [9, 9]], [[3, 4], [7, 8]])


def test_a_session_ends_and_another_begins_where_a_script_has_reset_the_viewer(
    viewer, annotator, image
):
    viewer.reset()
    annotator.close()
    viewer.dims.ndim, viewer.dims.ndisplay = 2, 2
    another = start(viewer, image, DiscPredictor(radius=3))
    click(viewer, (3, 4))
    assert points(another) == ([[3, 4]], [])


def test_a_layer_that_was_chosen_meanwhile_stays_active(viewer, annotator, image):
    annotator.buttons._clicked = annotator.prompts.negative
    viewer.layers.selection.active = image
    annotator.buttons.settle()
    assert viewer.layers.selection.active is image


def test_a_click_with_another_layer_selected_is_told_why_it_does_not_count_once_until_one_does(
    viewer, annotator, image, monkeypatch
):
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.mouse.show_info", told.append)
    for selected in (image, annotator.painter.layer):
        viewer.layers.selection.active = selected
        click(viewer, (3, 4))
    viewer.layers.selection.clear()
    click(viewer, (3, 4))
    assert told == ["Select a layer of clicks to go on."]
    assert points(annotator) == ([], [])

    viewer.layers.selection.active = annotator.prompts.positive
    click(viewer, (3, 4))
    viewer.layers.selection.active = image
    click(viewer, (5, 6))
    assert len(told) == 2
    assert points(annotator) == ([[3, 4]], [])


def test_nothing_is_told_of_clicks_that_another_layer_wants_for_itself(
    viewer, annotator, monkeypatch
):
    monkeypatch.setattr("napari_faseg.plugin.mouse.show_info", pytest.fail)
    viewer.layers.selection.active = annotator.painter.layer
    annotator.painter.layer.mode = "paint"
    click(viewer, (3, 4))
    viewer.dims.ndisplay = 3
    viewer.layers.selection.active = annotator.painter.layer
    annotator.painter.layer.mode = "pan_zoom"
    click(viewer, (3, 4))


def look_in_3d(viewer):
    """Switch there and back, with what the controls of napari's window do to flat points."""
    for ndisplay in (3, 2):
        viewer.dims.ndisplay = ndisplay
        for layer in viewer.layers:
            layer.editable = ndisplay == 2


def test_clicks_count_again_after_a_look_in_3_d(viewer, annotator):
    click(viewer, (3, 4))
    look_in_3d(viewer)
    click(viewer, (5, 6), LEFT)
    click(viewer, (20, 30), RIGHT)
    assert points(annotator) == ([[3, 4], [5, 6]], [[20, 30]])


def test_a_mode_that_a_person_chose_is_still_there_after_a_look_in_3_d(viewer, annotator):
    annotator.prompts.positive.mode = "select"
    annotator.prompts.negative.mode = "pan_zoom"
    look_in_3d(viewer)
    assert [layer.mode for layer in annotator.prompts.layers] == ["select", "pan_zoom"]


def test_layers_that_are_left_keep_the_mode_that_they_have_in_3_d(viewer, annotator):
    annotator.abandon()
    look_in_3d(viewer)
    assert [layer.mode for layer in annotator.prompts.layers] == ["pan_zoom", "pan_zoom"]


def test_swapped_buttons_mean_the_opposite(viewer, annotator):
    annotator.swap_buttons()
    assert viewer.layers.selection.active is annotator.prompts.negative
    click(viewer, (3, 4), LEFT)
    click(viewer, (5, 6), RIGHT)
    assert points(annotator) == ([[5, 6]], [[3, 4]])
    annotator.swap_buttons()
    click(viewer, (7, 8), LEFT)
    assert points(annotator) == ([[5, 6], [7, 8]], [[3, 4]])


def test_the_middle_button_places_no_point(viewer, annotator):
    click(viewer, (3, 4), MIDDLE)
    assert points(annotator) == ([], [])
    assert viewer.layers.selection.active.mode == "add"


def test_a_click_outside_the_image_places_no_point(viewer, annotator):
    click(viewer, (-3, 4))
    click(viewer, (3, 50))
    assert points(annotator) == ([], [])
    click(viewer, (3, 4))
    assert points(annotator) == ([[3, 4]], [])


def test_a_click_lands_under_the_mouse_in_a_transformed_image(viewer):
    image = viewer.add_image(np.zeros((40, 50)), scale=(2, 3), translate=(10, 20), rotate=30)
    annotator = start(viewer, image, DiscPredictor())
    click(viewer, image.data_to_world((30, 40)))
    assert annotator.prompts.positive.data[0] == pytest.approx((30, 40))
    assert annotator.painter.layer.data[30, 40] == 1


def test_points_go_to_the_plane_that_is_shown_and_to_no_other(viewer):
    volume = viewer.add_image(np.zeros((5, 40, 50)))
    viewer.dims.set_point(0, 2)
    annotator = start(viewer, volume, DiscPredictor())
    click(viewer, (3, 7, 8))
    assert points(annotator) == ([], [])
    viewer.dims.set_point(0, 3)
    click(viewer, (3, 7, 8))
    assert points(annotator) == ([[3, 7, 8]], [])
    assert np.unique(np.nonzero(annotator.painter.layer.data)[0]).tolist() == [3]


@pytest.mark.parametrize("mode", ["select", "pan_zoom"])
def test_other_modes_are_left_to_napari(viewer, annotator, mode):
    annotator.prompts.positive.mode = mode
    click(viewer, (3, 4))
    assert points(annotator) == ([], [])
    assert annotator.prompts.positive.mode == mode


def test_a_layer_that_left_add_mode_and_came_back_takes_one_point_for_a_click(viewer, annotator):
    for mode in ("select", "add", "pan_zoom", "add"):
        annotator.prompts.positive.mode = mode
    click(viewer, (3, 4))
    assert points(annotator) == ([[3, 4]], [])


def test_a_press_changes_no_mode(viewer, annotator):
    modes = []
    for layer in annotator.prompts.layers:
        layer.events.mode.connect(lambda event: modes.append(event.mode))
    click(viewer, (3, 4))
    assert modes == []


def test_layers_that_are_left_take_points_as_napari_does(viewer, annotator):
    annotator.abandon()
    viewer.layers.selection.active = annotator.prompts.negative
    click(viewer, (3, 4), LEFT)
    assert points(annotator) == ([], [[3, 4]])


def test_other_layers_are_left_to_napari(viewer, annotator, image):
    viewer.layers.selection.active = image
    click(viewer, (3, 4))
    assert points(annotator) == ([], [])
    assert viewer.layers.selection.active is image


def test_a_closed_session_leaves_no_callback_on_the_viewer(viewer, image):
    before = list(viewer.mouse_drag_callbacks)
    start(viewer, image, DiscPredictor()).close()
    assert viewer.mouse_drag_callbacks == before


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
