import numpy as np
import pytest

pytest.importorskip("qtpy.QtCore")

from qtpy.QtCore import QCoreApplication, QEvent, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QPushButton

from napari_faseg.plugin.image_choice import CHOICE, ImageChoice
from napari_faseg.plugin.segment_widget import SegmentWidget, weight_names
from tests.fakes import DiscPredictor
from tests.plugin.gestures import click_canvas

pytestmark = pytest.mark.window


def load_disc(name):
    """Load the fake that is called "disc", and nothing else."""
    if name != "disc":
        raise ValueError(f"no weights are called {name}")
    predictor = DiscPredictor(radius=6)
    predictor.device = "cpu"
    return predictor


def dock(viewer, names=("disc",)):
    """Open the widget beside the image."""
    widget = SegmentWidget(viewer, load_disc, lambda: list(names))
    viewer.window.add_dock_widget(widget)
    return widget


def started(viewer):
    """Return a widget that segments an empty image."""
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    widget = dock(viewer)
    press(widget, "Start")
    return widget


def press(widget, text):
    """Press the button with this text, with the mouse."""
    [button] = [b for b in widget.native.findChildren(QPushButton) if b.text() == text]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def layer(viewer, name):
    return viewer.layers[name].data


def until_painted(qtbot, viewer, name, pixel, label):
    """Wait until a pixel of a layer has a label."""
    qtbot.waitUntil(lambda: bool(layer(viewer, name)[pixel] == label))


@pytest.fixture
def warnings(monkeypatch):
    """What the widget warned of."""
    warned = []
    monkeypatch.setattr("napari_faseg.plugin.segment_widget.show_warning", warned.append)
    monkeypatch.setattr("napari_faseg.plugin.actions.show_warning", warned.append)
    return warned


def test_two_objects_are_made_with_the_mouse_alone(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = started(viewer)
    click_canvas(viewer, (50, 50))
    until_painted(qtbot, viewer, "image objects", (50, 50), 1)
    assert "cpu · " in widget._controls.status.value
    assert widget._controls.status.value.endswith(" ms")
    press(widget, "Finish object")
    qtbot.waitUntil(lambda: len(layer(viewer, "image positive")) == 0)
    click_canvas(viewer, (20, 20))
    until_painted(qtbot, viewer, "image objects", (20, 20), 2)
    for _ in range(2):
        press(widget, "Undo")
    qtbot.waitUntil(lambda: not layer(viewer, "image objects")[20, 20])
    qtbot.waitUntil(lambda: len(layer(viewer, "image positive")) == 1)
    assert np.unique(layer(viewer, "image objects")).tolist() == [0, 1]
    press(widget, "Redo")
    qtbot.waitUntil(lambda: len(layer(viewer, "image positive")) == 0)
    widget._close_annotator()
    assert not widget._controls.finish.enabled


def test_the_widget_works_with_the_viewer_that_napari_gives_to_plugins(
    make_napari_viewer_proxy, qtbot
):
    viewer = make_napari_viewer_proxy()
    widget = started(viewer)
    viewer.layers["image positive"].add((50, 50))
    until_painted(qtbot, viewer, "image objects", (50, 50), 1)
    press(widget, "Start")  # again: the first session ends, its objects stay
    assert [each.name for each in viewer.layers][-3:] == [
        "image objects [1]",
        "image negative",
        "image positive",
    ]
    viewer.layers.remove("image")
    assert widget._annotator is None


def test_on_a_stack_buttons_carry_an_object_on_and_back(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.add_image(np.zeros((3, 100, 120), np.uint8), name="volume")
    viewer.dims.set_point(0, 1)
    widget = dock(viewer)
    press(widget, "Start")
    click_canvas(viewer, (1, 50, 50))
    until_painted(qtbot, viewer, "volume objects", (1, 50, 50), 1)
    press(widget, "Carry on ▶")
    until_painted(qtbot, viewer, "volume objects", (2, 50, 50), 1)
    press(widget, "Finish object")
    viewer.dims.set_point(0, 1)
    click_canvas(viewer, (1, 20, 20))
    until_painted(qtbot, viewer, "volume objects", (1, 20, 20), 2)
    press(widget, "◀ Carry back")
    until_painted(qtbot, viewer, "volume objects", (0, 20, 20), 2)
    found = [np.unique(plane).tolist() for plane in layer(viewer, "volume objects")]
    assert found == [[0, 2], [0, 1, 2], [0, 1]]


def test_on_a_single_plane_and_without_a_session_there_are_no_such_buttons(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    stack = viewer.add_image(np.zeros((2, 100, 120), np.uint8), name="volume")
    widget = dock(viewer)
    assert widget._controls.planes.native.isHidden()
    for name, has_planes in (("image", False), ("volume", True), ("image", False)):
        widget._controls.image.value = viewer.layers[name]
        press(widget, "Start")
        assert widget._controls.planes.native.isHidden() is not has_planes
    widget._controls.image.value = stack
    press(widget, "Start")
    widget._close_annotator()
    assert widget._controls.planes.native.isHidden()


def test_objects_are_corrected_from_the_table(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = started(viewer)
    objects, clicks = viewer.layers["image objects"], viewer.layers["image positive"]
    for n, place in enumerate(((50, 50), (20, 20)), start=1):
        clicks.add(place)
        press(widget, "Finish object")
        qtbot.waitUntil(lambda n=n: len(widget._panel.table.rows.rows) == n)
    table = widget._panel.table
    table.selectRow(0)
    camera = getattr(viewer, "scene", viewer).camera
    assert np.allclose(camera.center[-2:], (50, 50))
    press(widget, "Reopen")
    qtbot.waitUntil(lambda: clicks.data.tolist() == [[50, 50]])
    press(widget, "Finish object")
    qtbot.waitUntil(lambda: len(table.rows.rows) == 2)
    table.selectAll()
    press(widget, "Delete")
    qtbot.waitUntil(lambda: not objects.data.any())
    press(widget, "Undo")  # once, for both
    qtbot.waitUntil(lambda: len(table.rows.rows) == 2)
    table.selectAll()
    press(widget, "Merge")
    qtbot.waitUntil(lambda: len(table.rows.rows) == 1)
    table.selectAll()
    press(widget, "Delete")
    qtbot.waitUntil(lambda: not objects.data.any())
    press(widget, "Undo")
    qtbot.waitUntil(lambda: len(np.unique(objects.data)) == 2)
    table.rows.classified.emit(1, "coin")
    qtbot.waitUntil(lambda: table.rows.rows[0].text == "coin")


def test_a_threshold_a_choice_and_a_probability_act_at_once(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    widget = started(viewer)
    objects = viewer.layers["image objects"]
    viewer.layers["image positive"].add((50, 50))
    qtbot.waitUntil(lambda: objects.data.any().item())
    widget._controls.threshold.value = 0.05
    qtbot.waitUntil(lambda: objects.data.all().item())
    press(widget, "Undo")
    qtbot.waitUntil(lambda: widget._controls.threshold.value == 0.5)
    widget._controls.others.value = "give way"
    assert widget._annotator.overwrite
    widget._controls.probability.value = True
    assert viewer.layers["image probability"].data.max() == np.float32(0.9)
    widget._controls.probability.value = False
    assert "image probability" not in viewer.layers
    widget._controls.uncertainty.value = True
    assert 0 < viewer.layers["image uncertainty"].data.min() < 1
    widget._controls.uncertainty.value = False
    assert "image uncertainty" not in viewer.layers


def test_the_objects_of_a_layer_that_was_chosen_are_gone_on_with(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    cells = viewer.add_labels(np.eye(100, 120, dtype=np.int32), name="cells")
    widget = dock(viewer)
    widget._controls.result.value = cells
    press(widget, "Start")
    qtbot.waitUntil(lambda: len(widget._panel.table.rows.rows) == 1)
    assert "image objects" not in viewer.layers
    viewer.layers["image positive"].add((20, 80))
    qtbot.waitUntil(lambda: bool(cells.data[20, 80] == 2))


def test_every_control_says_what_it_is_for_and_can_be_reached_by_keyboard(make_napari_viewer):
    widget = dock(make_napari_viewer())
    controls = {**vars(widget._controls)}
    choice = controls.pop("choice")
    parts = (choice._axis, *choice._colours, choice._brightness, choice._low, choice._high)
    for control in (*controls.values(), *parts):
        if control is not widget._controls.status:
            assert control.tooltip, control.name
            assert control.native.accessibleName(), control.name
    buttons = widget.native.findChildren(QPushButton)
    assert all(b.focusPolicy() != Qt.FocusPolicy.NoFocus for b in buttons)


def test_channels_and_percentiles_are_chosen_before_the_start(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    channels = np.zeros((2, 4, 100, 120), np.uint16)
    channels[1, 2], channels[1, 2, 0, :40] = 50, 99
    viewer.add_image(channels, name="stack")
    viewer.add_image(channels[0, 0], name="flat")
    seen = []
    predictor = DiscPredictor(radius=6)
    predictor.set_image = lambda image: (
        seen.append(image) or DiscPredictor.set_image(predictor, image)
    )
    widget = SegmentWidget(viewer, lambda _: predictor, lambda: ["disc"])
    viewer.window.add_dock_widget(widget)
    controls, choice = widget._controls, widget._controls.choice
    controls.image.value = viewer.layers["flat"]
    assert choice.channel_axis is None
    assert choice._axis.choices == (-1,)
    controls.image.value = viewer.layers["stack"]
    choice._axis.value = 1
    assert choice.channels == (0, 1, 2)
    viewer.add_points(np.zeros((1, 2)))  # napari makes all choices anew
    assert (choice.channel_axis, choice.channels) == (1, (0, 1, 2))
    choice._colours[0].value, choice._colours[1].value, choice._colours[2].value = 2, -1, -1
    choice._brightness.value = "percentiles of the plane"
    choice._low.value, choice._high.value = 0, 100
    viewer.dims.set_point(0, 1)
    press(widget, "Start")
    viewer.layers["stack positive"].add((1, 0, 50, 50))
    objects = viewer.layers["stack objects"]
    qtbot.waitUntil(lambda: bool(objects.data.any()))
    assert objects.data.shape == (2, 1, 100, 120)
    assert seen[0].shape == (100, 120)
    assert (seen[0][0, 0], seen[0][50, 50]) == (255, 0)
    choice._colours[1].value = 0
    qtbot.waitUntil(lambda: seen[-1].shape == (100, 120, 2))
    assert widget._annotator.channels == (2, 0)
    for colour in choice._colours:
        colour.value = -1
    assert widget._controls.status.value.startswith("expected one to 3 of the 4 channels of stack")
    controls.image.value = viewer.layers["flat"]
    choice._brightness.value = "contrast limits of the layer"  # for the other image
    assert widget._annotator.percentiles == (0, 100)
    widget._close_annotator()


def test_a_choice_that_was_refused_is_no_longer_told_once_it_is_taken_back(
    make_napari_viewer, qtbot
):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    widget = dock(viewer)
    status, choice = widget._controls.status, widget._controls.choice
    choice._brightness.value = "percentiles of the plane"
    press(widget, "Start")
    qtbot.waitUntil(lambda: status.value == "cpu")
    choice._low.value = 99.5
    assert status.value.startswith("expected percentiles 0 <= low < high <= 100")
    choice._low.value = 1
    assert status.value == "cpu"
    widget._close_annotator()


def test_what_an_opened_session_was_made_with_is_chosen_for_its_image(make_napari_viewer):
    viewer = make_napari_viewer()
    made = ImageChoice(1, (4, 2), (2.0, 90.0))
    viewer.add_image(np.zeros((3, 5, 10, 12)), name="opened", metadata={CHOICE: made})
    viewer.add_image(np.zeros((3, 5, 10, 12)), name="other")
    controls = dock(viewer)._controls
    for name, chosen in (("opened", made), ("other", ImageChoice()), ("opened", made)):
        controls.image.value = viewer.layers[name]
        choice = controls.choice
        assert (choice.channel_axis, choice.channels or ()) == (
            chosen.channel_axis,
            chosen.channels,
        )
        assert choice.percentiles == made.percentiles  # which holds for the next image, too
    choice._axis.value = 0
    assert choice.channels == (0, 1, 2)


def test_the_axes_of_an_image_that_is_there_are_offered(make_napari_viewer):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((5, 3, 10, 12)), axis_labels=("z", "c", "y", "x"))
    axis = dock(viewer)._controls.choice._axis
    assert axis.choices == (-1, 0, 1, 2, 3)
    axis.value = 1
    assert axis.current_choice == "axis 1 c: 3 channels"


def test_the_next_plane_is_segmented_after_the_slider_has_moved(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.add_image(np.zeros((3, 100, 120), np.uint8), name="stack")
    viewer.dims.set_point(0, 0)
    widget = dock(viewer)
    press(widget, "Start")
    click_canvas(viewer, (50, 50))
    until_painted(qtbot, viewer, "stack objects", (0, 50, 50), 1)
    for z in (1, 2):
        viewer.dims.set_point(0, z)
    assert widget._controls.status.value == "Looking at another plane …"
    click_canvas(viewer, (20, 20))
    until_painted(qtbot, viewer, "stack objects", (2, 20, 20), 2)
    assert "cpu · " in widget._controls.status.value
    assert not layer(viewer, "stack objects")[1].any()
    widget._close_annotator()


def test_without_an_image_there_is_one_sentence(make_napari_viewer, warnings):
    viewer = make_napari_viewer()
    press(dock(viewer), "Start")
    assert warnings == ["Open an image first, then press Start."]
    assert len(viewer.layers) == 0


def test_a_volume_in_three_dimensions_is_refused_in_one_sentence(make_napari_viewer, warnings):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((5, 20, 20), np.uint8), name="volume")
    viewer.dims.ndisplay = 3
    press(dock(viewer), "Start")
    assert warnings == ["expected a 2-D view of volume: switch the viewer to 2D first"]


def test_a_stack_whose_objects_do_not_fit_into_memory_is_refused_in_the_dock_too(
    make_napari_viewer, warnings
):
    viewer = make_napari_viewer()
    data = np.broadcast_to(np.zeros((10, 12), np.uint8), (2**20, 2**20, 10, 12))
    viewer.add_image(data, name="lapse", contrast_limits=(0, 255))
    widget = dock(viewer)
    press(widget, "Start")
    [sentence] = warnings
    assert sentence.startswith("expected 527,765.6 GB of memory for the layer lapse objects")
    assert widget._controls.status.value == sentence
    assert [each.name for each in viewer.layers] == ["lapse"]
    assert not widget._controls.finish.enabled


def test_a_view_that_does_not_fit_into_memory_is_not_ticked(
    make_napari_viewer, qtbot, warnings, monkeypatch
):
    def refuse(view, values):
        raise MemoryError("there is no room")

    monkeypatch.setattr("napari_faseg.plugin.probability_view.ProbabilityView.show", refuse)
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    widget = dock(viewer)
    controls = widget._controls
    controls.probability.value = True  # before there is anything to see
    press(widget, "Start")
    qtbot.waitUntil(lambda: not controls.probability.value)
    controls.uncertainty.value = True
    assert not controls.uncertainty.value
    assert warnings == ["there is no room"] * 2
    widget._close_annotator()


def test_weights_that_cannot_be_loaded_are_told(make_napari_viewer, qtbot, warnings):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((20, 20), np.uint8), name="image")
    widget = dock(viewer, names=("damaged",))
    press(widget, "Start")
    qtbot.waitUntil(lambda: bool(warnings))
    assert warnings == ["no weights are called damaged"]
    assert widget._controls.status.value == "no weights are called damaged"
    assert [each.name for each in viewer.layers] == ["image"]


def test_closing_the_dock_ends_the_session(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((20, 20), np.uint8), name="image")
    widget = dock(viewer)
    press(widget, "Start")
    ended = []
    widget._annotator.closed.connect(lambda: ended.append(True))
    viewer.window.remove_dock_widget(widget.native)
    widget.native.deleteLater()
    qtbot.waitUntil(lambda: ended == [True])
    assert dict(viewer.keymap) == {}


def test_a_widget_that_is_destroyed_in_any_order_ends_the_session(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    widget = started(viewer)
    annotator = widget._annotator
    annotator.prompts.positive.add((50, 50))
    annotator.finish()
    qtbot.waitUntil(lambda: len(widget._panel.table.rows.rows) == 1)
    widget._panel.table.rows.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    widget._on_destroyed()  # as Qt calls it where Python ends at once
    assert not annotator.is_open
    assert widget._annotator is None


def test_the_packaged_weights_can_be_chosen():
    assert "default" in weight_names()


def test_a_viewer_that_is_closed_while_it_works_leaves_nothing(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    predictor = DiscPredictor(delay=0.5)
    widget = SegmentWidget(viewer, lambda _: predictor, lambda: ["disc"])
    viewer.window.add_dock_widget(widget)
    press(widget, "Start")
    viewer.layers["image positive"].add((50, 50))
    qtbot.waitUntil(lambda: bool(predictor.calls))
    viewer.close()
    qtbot.wait(700)  # longer than the prediction


def test_a_viewer_that_a_script_closes_warns_of_nothing(make_napari_viewer, qtbot, warnings):
    viewer = make_napari_viewer()
    widget = started(viewer)
    viewer.layers["image positive"].add((50, 50))
    until_painted(qtbot, viewer, "image objects", (50, 50), 1)
    annotator = widget._annotator
    viewer.close()
    assert not annotator.is_open
    assert warnings == []


def test_layers_that_are_taken_out_of_an_open_viewer_end_the_session_with_a_word(
    make_napari_viewer, warnings
):
    viewer = make_napari_viewer()
    widget = started(viewer)
    viewer.layers.clear()
    assert warnings == ["Segmenting image has ended: image positive was removed."]
    assert widget._annotator is None


def test_two_windows_segment_at_the_same_time(make_napari_viewer, qtbot):
    viewers = [make_napari_viewer(), make_napari_viewer()]
    for n, viewer in enumerate(viewers):
        viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
        press(dock(viewer), "Start")
        viewer.layers["image positive"].add((20 + 50 * n, 50))
    for n, viewer in enumerate(viewers):
        there = layer(viewer, "image objects")
        qtbot.waitUntil(lambda n=n, there=there: bool(there[20 + 50 * n, 50]))
        assert not there[70 - 50 * n, 50]
