import numpy as np
import pytest
from napari.experimental import link_layers

from napari_faseg.interaction import Click
from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.view import camera_of
from tests.fakes import DiscPredictor
from tests.plugin.gestures import LEFT, MIDDLE, RIGHT, click, drag, dragging, points


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


def test_clicks_of_linked_layers_keep_their_order_and_are_removed_one_by_one(viewer, annotator):
    link_layers(annotator.prompts.layers)
    for place, button in (((10, 10), LEFT), ((12, 30), RIGHT), ((30, 30), LEFT)):
        click(viewer, place, button)
    assert [each.pixel for each in annotator.prompts.clicks()] == [(10, 10), (12, 30), (30, 30)]
    viewer.cursor.position = (12, 30)
    annotator.remove_under_cursor()
    assert points(annotator) == ([[10, 10], [30, 30]], [])


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


@pytest.mark.parametrize("button", [LEFT, RIGHT])
def test_a_click_of_a_trembling_hand_lies_where_the_button_was_pressed(viewer, annotator, button):
    camera_of(viewer).zoom = 1
    drag(viewer, (3, 4), (5, 6), (4, 6), button=button)
    assert points(annotator)[button == RIGHT] == [[3, 4]]


def test_a_click_that_was_pressed_beside_the_image_lies_where_it_was_let_go(viewer, annotator):
    camera_of(viewer).zoom = 1
    drag(viewer, (-1, 4), (1, 4))
    drag(viewer, (30, 3), (30, -1))
    assert points(annotator) == ([[1, 4], [30, 3]], [])


def test_a_button_that_goes_down_says_which_click_may_come(viewer, annotator):
    coming = []
    annotator.buttons.pressed.connect(coming.append)
    events = dragging(viewer, (3, 4), (4, 4), button=RIGHT)
    next(events)
    assert coming == [Click(3, 4, positive=False)]
    list(events)
    assert len(coming) == 1


@pytest.mark.parametrize(
    ("position", "how"),
    [
        ((3, 4), {"button": MIDDLE}),
        ((3, 4), {"modifiers": ("Shift",)}),
        ((-3, 4), {}),
        ((20, 20), {}),
    ],
    ids=["middle", "picks", "outside", "on a click"],
)
def test_where_no_click_comes_none_is_said_to(viewer, annotator, position, how):
    click(viewer, (20, 20))
    annotator.buttons.pressed.connect(lambda coming: pytest.fail(f"not {coming}"))
    click(viewer, position, **how)


def test_a_click_lies_on_the_plane_that_came_up_while_the_button_was_held(viewer):
    image = viewer.add_image(np.zeros((3, 40, 50)))
    annotator = start(viewer, image, DiscPredictor())
    viewer.dims.set_current_step(0, 0)
    camera_of(viewer).zoom = 1
    events = dragging(viewer, (0, 3, 4), (2, 5, 6))
    next(events)
    viewer.dims.set_current_step(0, 2)
    list(events)
    assert points(annotator) == ([[2, 5, 6]], [])


def test_a_click_keeps_the_sign_of_the_button_when_it_was_pressed(viewer, annotator):
    events = dragging(viewer, (3, 4))
    next(events)
    annotator.swap_buttons()
    list(events)
    assert points(annotator) == ([[3, 4]], [])


def test_buttons_that_are_swapped_after_the_end_select_nothing(viewer, annotator, image):
    annotator.close()
    viewer.layers.selection.active = image
    annotator.swap_buttons()
    assert viewer.layers.selection.active is image


@pytest.mark.parametrize("pixel", [(40, 0), (0, 50), (-1, 3)])
def test_outside_the_image_there_is_no_object_to_reopen(viewer, annotator, pixel, monkeypatch):
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.actions.show_info", told.append)
    click(viewer, (39, 3))
    annotator.finish()
    annotator.reopen_at(pixel)
    assert told == ["There is no object here to reopen."]
    assert points(annotator) == ([], [])
