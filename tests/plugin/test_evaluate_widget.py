import time
from threading import Event

import numpy as np
import pytest

pytest.importorskip("qtpy.QtCore")

from napari_faseg.evaluation import Curves, ObjectResult
from napari_faseg.interaction import Click
from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.evaluate_widget import EvaluateWidget, method_names
from napari_faseg.plugin.evaluation_job import told
from napari_faseg.plugin.replay import CLICKS, MASK
from tests.fakes import DiscPredictor, discs

pytestmark = pytest.mark.window
SHAPE = (40, 60)
TRUTH = np.zeros(SHAPE, np.int32)
for _label, _click in enumerate((Click(10, 12), Click(25, 40)), start=1):
    TRUTH[discs([_click], SHAPE, 7) > 0.5] = _label
RADII = {"small": 3, "right": 7}


@pytest.fixture
def warnings(monkeypatch):
    told = []
    monkeypatch.setattr("napari_faseg.plugin.evaluate_widget.show_warning", told.append)
    return told


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


def dock(viewer):
    """Open the widget; no fixture, because a fixture would keep it alive."""
    made = EvaluateWidget(viewer, lambda name: DiscPredictor(RADII[name]), lambda: list(RADII))
    viewer.window.add_dock_widget(made)
    return made


@pytest.fixture
def layers(viewer):
    image = viewer.add_image(np.zeros(SHAPE, np.uint8), name="discs")
    return image, viewer.add_labels(TRUTH.copy())


def finish(widget, qtbot):
    qtbot.waitUntil(lambda: widget._start.enabled)


def replay_first(widget, viewer, qtbot):
    """Evaluate, and choose the first row."""
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    widget._table.selectRow(0)
    qtbot.waitUntil(lambda: CLICKS in viewer.layers)


def test_curves_and_rows_come_from_the_chosen_methods(layers, viewer, qtbot):
    widget = dock(viewer)
    widget._methods.value = ["small", "right"]
    assert widget._canvas.isHidden(), "there is nothing to draw yet"
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    table = widget._table
    rows = {
        (table.item(r, 0).text(), table.item(r, 1).text()): table.item(r, 2).text()
        for r in range(table.rowCount())
    }
    assert rows[("right", "#1")] == rows[("right", "#2")] == "1"
    assert len(rows) == 4
    assert not widget._canvas.isHidden()
    [panel] = widget._canvas.figure.axes
    assert [line.get_label().split()[0] for line in panel.lines] == ["small", "right"]
    assert widget._bar.value == 1000
    assert "right: NoC@90 1.00" in widget._status.value


def test_a_row_shows_its_object_click_by_click(viewer, layers, qtbot):
    widget = dock(viewer)
    widget._methods.value = ["small"]
    replay_first(widget, viewer, qtbot)
    n_clicks = len(viewer.layers[CLICKS].data)
    assert n_clicks > 1
    area = viewer.layers[MASK].data.sum()
    widget._step.value = 1
    assert len(viewer.layers[CLICKS].data) == 1
    assert viewer.layers[MASK].data.sum() < area


def test_an_evaluation_stops_after_the_click_that_is_being_answered(layers, viewer, qtbot):
    widget = dock(viewer)
    predictor = DiscPredictor(2, delay=0.1)
    widget._make = lambda name: predictor
    widget._start.clicked.emit(True)
    widget._stop.clicked.emit(True)
    finish(widget, qtbot)
    assert len(predictor.calls) < 10  # of two objects with twenty clicks each
    assert widget._table.rowCount() == 0
    assert widget._status.value == "Nothing was evaluated."


def test_closing_the_window_ends_an_evaluation(layers, viewer, qtbot):
    widget = dock(viewer)
    predictor = DiscPredictor(2, delay=0.1)
    widget._make = lambda name: predictor
    widget._start.clicked.emit(True)
    qtbot.waitUntil(lambda: len(predictor.calls) > 1)
    viewer.close()
    n_clicked = len(predictor.calls)
    time.sleep(0.5)
    assert len(predictor.calls) <= n_clicked + 1


def test_without_labels_nothing_starts(viewer, warnings):
    widget = dock(viewer)
    widget._start.clicked.emit(True)
    assert "labels with its objects" in warnings[0]


def test_labels_of_another_shape_are_told(viewer, warnings):
    widget = dock(viewer)
    viewer.add_image(np.zeros((9, 9)))
    viewer.add_labels(TRUTH, name="truth")
    widget._start.clicked.emit(True)
    assert "expected truth of the shape" in warnings[0]


def test_a_method_that_fails_is_told_in_one_sentence(layers, viewer, warnings, qtbot):
    widget = dock(viewer)

    def missing(name):
        raise ImportError("this baseline needs PyMaxflow")

    widget._make = missing
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    assert warnings == ["this baseline needs PyMaxflow"]


def test_weights_and_methods_without_a_network_are_offered():
    assert {"default", "graph_cut", "grabcut"} <= set(method_names())


def test_a_new_evaluation_begins_without_the_replay_of_the_last(viewer, layers, qtbot):
    other = np.zeros((20, 20), np.int32)
    other[5:12, 5:12] = 1
    image, labels = viewer.add_image(np.zeros((20, 20), np.uint8)), viewer.add_labels(other)
    widget = dock(viewer)
    widget._image.value, widget._objects.value = layers
    replay_first(widget, viewer, qtbot)
    widget._image.value, widget._objects.value = image, labels
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    assert not widget._step.enabled
    widget._step.value = 1
    widget._on_step(1)
    assert CLICKS not in viewer.layers


def test_a_layer_of_the_user_with_the_name_of_a_replay_stays(viewer, layers, qtbot):
    own = viewer.add_labels(np.ones(SHAPE, np.int32), name=MASK)
    widget = dock(viewer)
    widget._image.value, widget._objects.value = layers
    replay_first(widget, viewer, qtbot)
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    assert own in viewer.layers


def test_closing_the_dock_ends_the_evaluation(viewer, layers, qtbot):
    clicked = []

    class Slow(DiscPredictor):
        def predict(self, *asked):
            clicked.append(1)
            return super().predict(*asked)

    widget = EvaluateWidget(viewer, lambda name: Slow(3, delay=0.05), lambda: ["small"])
    dock_widget = viewer.window.add_dock_widget(widget)
    widget._start.clicked.emit(True)
    qtbot.waitUntil(lambda: len(clicked) > 2)
    dock_widget.destroyOnClose()
    qtbot.wait(200)
    n_clicked = len(clicked)
    qtbot.wait(500)
    assert len(clicked) == n_clicked
    assert n_clicked < 40  # of two objects with up to twenty clicks


def test_the_view_goes_to_the_object_that_is_replayed(viewer, layers, qtbot):
    widget = dock(viewer)
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    camera = getattr(viewer, "scene", viewer).camera
    camera.center = (0, 500, 500)
    widget._table.selectRow(0)
    qtbot.waitUntil(lambda: CLICKS in viewer.layers)
    place = viewer.layers[CLICKS].data_to_world(viewer.layers[CLICKS].data[0])
    qtbot.waitUntil(lambda: camera.center[-2:] == tuple(place))


@pytest.mark.parametrize("channel_axis", [0, 1])
def test_an_object_that_was_made_with_channels_is_replayed_over_itself(channel_axis, viewer, qtbot):
    shape = [4, *SHAPE]
    shape.insert(channel_axis, 3)
    image = viewer.add_image(np.zeros(shape, np.uint8))
    viewer.dims.set_point(1 - channel_axis, 2)
    annotator = start(viewer, image, DiscPredictor(7), channel_axis=channel_axis)
    annotator.prompts.positive.add((2, 10, 12) if channel_axis == 0 else (2, 0, 10, 12))
    qtbot.waitUntil(lambda: (annotator.painter.layer.data == 1).any())
    annotator.finish()
    objects = annotator.painter.layer
    annotator.close()
    widget = dock(viewer)
    widget._image.value, widget._objects.value, widget._methods.value = image, objects, ["right"]
    replay_first(widget, viewer, qtbot)
    mask = viewer.layers[MASK]
    np.testing.assert_allclose(
        [mask.data_to_world(at) for at in np.argwhere(mask.data)],
        [objects.data_to_world(at) for at in np.argwhere(objects.data)],
    )
    assert widget._status.value == "After 1 of 1 clicks"


def test_a_row_that_is_chosen_too_early_is_told_of_and_can_be_chosen_later(viewer, layers, qtbot):
    go_on = Event()

    class WaitsBeforeTheSecondObject(DiscPredictor):
        def predict(self, clicks, previous):
            if clicks and TRUTH[clicks[0].pixel] == 2:
                go_on.wait(20)
            return super().predict(clicks, previous)

    widget = EvaluateWidget(viewer, lambda _: WaitsBeforeTheSecondObject(7), lambda: ["right"])
    viewer.window.add_dock_widget(widget)
    widget._start.clicked.emit(True)
    qtbot.waitUntil(lambda: widget._table.rowCount() == 1)
    widget._table.selectRow(0)
    assert widget._status.value == "Rows can be looked at when all objects are done."
    go_on.set()
    finish(widget, qtbot)
    assert widget._status.value == "right: NoC@90 1.00"
    widget._table.selectRow(0)
    qtbot.waitUntil(lambda: MASK in viewer.layers)


def test_objects_that_are_erased_meanwhile_are_counted_and_replayed_as_they_were(
    viewer, layers, warnings, qtbot
):
    _, labels = layers
    widget = EvaluateWidget(viewer, lambda name: DiscPredictor(7, delay=0.1), lambda: ["right"])
    viewer.window.add_dock_widget(widget)
    widget._start.clicked.emit(True)
    labels.data_setitem(np.nonzero(labels.data == 2), 0)
    finish(widget, qtbot)
    assert warnings == []
    assert widget._status.value == "right: NoC@90 1.00"
    row = next(r for r in range(2) if widget._table.item(r, 1).text() == "#2")
    widget._table.selectRow(row)
    qtbot.waitUntil(lambda: MASK in viewer.layers)
    np.testing.assert_array_equal(viewer.layers[MASK].data == 1, TRUTH == 2)


def test_labels_that_do_not_fit_into_memory_twice_are_told(viewer, layers, warnings, monkeypatch):
    def no_room(stack):
        raise MemoryError("Unable to allocate 16.0 GiB for an array")

    monkeypatch.setattr("napari_faseg.plugin.layer_dataset.as_it_is", no_room)
    widget = dock(viewer)
    widget._start.clicked.emit(True)
    assert warnings == ["Unable to allocate 16.0 GiB for an array"]
    assert widget._start.enabled


def test_an_image_that_is_gone_cannot_be_replayed_on(viewer, layers, qtbot):
    widget = dock(viewer)
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    viewer.layers.remove("discs")
    widget._table.selectRow(0)
    assert widget._status.value == "discs is not open any more."


def test_a_stopped_evaluation_says_of_how_many_objects_it_speaks():
    right = ObjectResult("#1", (0.95,), (Click(1, 1),), False, 0.1, 0.1, 0)
    curves = Curves((right,), 20, 0.9, "default", "cells", None)
    assert told([curves], 1) == "default: NoC@90 1.00"
    assert told([curves], 9) == "default: NoC@90 1.00 (stopped after 1 of 9 objects)"
    assert told([], 9) == "Nothing was evaluated."
