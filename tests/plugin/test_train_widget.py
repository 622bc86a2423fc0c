from pathlib import Path
from threading import Event

import numpy as np
import pytest

pytest.importorskip("qtpy.QtCore")

from napari_faseg.models.library import delete_weights
from napari_faseg.plugin.evaluate_widget import EvaluateWidget
from napari_faseg.plugin.train_widget import TrainWidget
from napari_faseg.plugin.training_job import Learned
from napari_faseg.training.history import Row
from napari_faseg.training.scores import Scores

pytestmark = pytest.mark.window
BEFORE, AFTER = Scores(7, 4.0, 6.0, 0.5, 0.7, 0.8), Scores(7, 2.0, 3.5, 0.6, 0.8, 0.9)
CURVE = np.full((40, 60, 4), (200, 30, 60, 255), np.uint8)
PATIENCE = 20  # seconds that an endless run waits to be stopped
TRUTH = np.zeros((3, 20, 30), np.int32)
TRUTH[:, 5:10, 5:15] = 1


def fake_training(pictures, start, config, output, stop):
    """A run of three steps, which waits to be stopped where that is its name."""
    rows = ()
    yield Learned(0.0, rows, BEFORE, None)
    for step in (1, 2, 3):
        rows = (*rows, Row(step, step, 1 / step, 0.5, 1e-3, 0))
        yield Learned(step / 3, rows, BEFORE, AFTER if step == 3 else None, CURVE)
    if output.stem == "endless" and not stop.wait(timeout=PATIENCE):
        raise TimeoutError("nobody has stopped this run")
    Path(output).write_bytes(b"weights")
    yield Learned(1.0, rows, BEFORE, AFTER)


@pytest.fixture
def warnings(monkeypatch):
    told = []
    monkeypatch.setattr("napari_faseg.plugin.train_widget.show_warning", told.append)
    return told


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


@pytest.fixture
def layers(viewer):
    viewer.add_image(np.zeros(TRUTH.shape, np.uint8), name="cells")
    viewer.add_labels(TRUTH, name="truth")


def dock(viewer, used=None):
    """Open the widget; no fixture, because a fixture would keep it alive."""
    chosen = [] if used is None else used
    made = TrainWidget(viewer, fake_training, lambda viewer, name: chosen.append(name))
    viewer.window.add_dock_widget(made)
    return made


def finish(widget, qtbot):
    qtbot.waitUntil(lambda: widget._start.enabled)


def test_a_run_tells_what_it_was_worth_and_its_weights_can_be_used(viewer, layers, qtbot):
    used = []
    widget = dock(viewer, used)
    widget._name.value = "nuclei"
    widget._start.clicked.emit(True)
    assert not widget._start.enabled
    finish(widget, qtbot)
    assert "7 objects" in widget._worth.value
    assert "NoC@90: 6.00 → 3.50" in widget._worth.value
    assert widget._status.value == "nuclei is ready."
    shown = widget._curve.pixmap()
    assert shown.width() / shown.height() == pytest.approx(60 / 40, abs=0.05)
    middle = shown.toImage().pixelColor(shown.width() // 2, shown.height() // 2)
    assert (middle.red(), middle.green(), middle.blue()) == (200, 30, 60)
    assert "nuclei" in widget._begin.choices
    widget._use.clicked.emit(True)
    assert used == ["nuclei"]


def test_new_weights_are_offered_by_docks_that_are_open_and_stay_chosen_when_layers_come(
    viewer, layers, qtbot
):
    evaluation = EvaluateWidget(viewer)
    viewer.window.add_dock_widget(evaluation)
    evaluation._methods.value = ["graph_cut"]
    widget = TrainWidget(viewer, fake_training)
    viewer.window.add_dock_widget(widget)
    widget._name.value = "nuclei"
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    assert "nuclei" in evaluation._methods.choices
    assert evaluation._methods.value == ["graph_cut"]

    widget._use.clicked.emit(True)
    weights = viewer.window.dock_widgets["Segment by clicks (napari-faseg)"]._controls.weights
    assert weights.value == "nuclei"
    viewer.add_image(np.zeros((20, 30), np.uint8))
    assert weights.value == "nuclei"
    assert "nuclei" in evaluation._methods.choices


def test_new_weights_that_were_deleted_meanwhile_are_told_to_be_gone(
    viewer, layers, qtbot, warnings
):
    used = []
    widget = dock(viewer, used)
    widget._name.value = "short-lived"
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    delete_weights("short-lived")
    widget._use.clicked.emit(True)
    assert used == []
    assert warnings == ["The weights short-lived are gone: somebody has deleted them."]
    assert not widget._use.enabled


def test_a_run_that_is_stopped_keeps_the_best_so_far(viewer, layers, qtbot):
    widget = dock(viewer)
    widget._name.value = "endless"
    widget._start.clicked.emit(True)
    qtbot.waitUntil(lambda: "Step 3" in widget._status.value)
    widget._stop.clicked.emit(True)
    finish(widget, qtbot)
    assert widget._use.enabled


def test_closing_the_window_ends_a_run(viewer, layers, qtbot):
    ended = Event()

    def training(*asked):
        try:
            yield from fake_training(*asked)
        finally:
            ended.set()

    widget = dock(viewer)
    widget._train = training
    widget._name.value = "endless"
    widget._start.clicked.emit(True)
    qtbot.waitUntil(lambda: "Step 3" in widget._status.value)
    viewer.close()
    assert ended.wait(timeout=PATIENCE / 2)


def test_without_layers_nothing_starts(viewer, warnings):
    widget = dock(viewer)
    widget._start.clicked.emit(True)
    assert warnings == ["Choose images and labels with their objects, or a data set, first."]


def test_one_image_is_too_few(viewer, warnings):
    viewer.add_image(np.zeros((20, 30), np.uint8), name="alone")
    viewer.add_labels(TRUTH[0])
    widget = dock(viewer)
    widget._start.clicked.emit(True)
    assert "expected a stack of at least 2 images" in warnings[0]


@pytest.mark.parametrize("name", ["", "default", "a/b", "cells.best"])
def test_a_name_that_cannot_be_is_told(viewer, layers, warnings, name):
    widget = dock(viewer)
    widget._name.value = name
    widget._start.clicked.emit(True)
    assert "name" in warnings[0]
    assert widget._start.enabled


def test_a_folder_that_is_no_data_set_is_told(viewer, warnings, tmp_path):
    widget = dock(viewer)
    widget._folder.value = tmp_path
    widget._start.clicked.emit(True)
    assert "expected a data set such as images/ and labels/" in warnings[0]


def test_closing_the_dock_ends_a_run(viewer, layers, qtbot):
    widget = TrainWidget(viewer, fake_training, lambda viewer, name: None)
    dock_widget = viewer.window.add_dock_widget(widget)
    widget._name.value = "endless"
    widget._start.clicked.emit(True)
    qtbot.waitUntil(lambda: "Step 3" in widget._status.value)
    dock_widget.destroyOnClose()
    qtbot.waitUntil(lambda: widget._job is None)


def failing_training(pictures, start, config, output, stop):
    """A run whose images turn out to be broken."""
    yield Learned(0.0, (), BEFORE, None)
    raise ValueError("cannot read labels/2.png")


def diverging_training(pictures, start, config, output, stop):
    """A run whose numbers go astray."""
    yield Learned(0.0, (), BEFORE, None)
    raise RuntimeError("the loss is not finite")


def early_training(pictures, start, config, output, stop):
    """A run that is stopped before it measured anything."""
    yield Learned(0.0, (), BEFORE, None)


def test_a_new_run_begins_without_the_numbers_and_the_curve_of_the_one_before(
    viewer, layers, warnings, qtbot
):
    widget = dock(viewer)
    widget._name.value = "nuclei"
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    assert (widget._worth.value, widget._bar.value) != ("", 0)
    widget._train = failing_at_once
    widget._name.value = "again"
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    assert (widget._worth.value, widget._bar.value) == ("", 0)
    assert widget._curve.pixmap().isNull()


def failing_at_once(pictures, start, config, output, stop):
    """A run that cannot begin."""
    raise ValueError("cannot read labels/2.png")
    yield


@pytest.mark.parametrize(
    ("train", "says"),
    [
        (failing_training, "cannot read labels/2.png"),
        (diverging_training, "the loss is not finite"),
        (early_training, "Stopped before anything was measured: nothing is kept."),
    ],
)
def test_the_dock_goes_on_saying_why_there_are_no_new_weights(
    viewer, layers, warnings, qtbot, train, says
):
    widget = TrainWidget(viewer, train, lambda viewer, name: None)
    viewer.window.add_dock_widget(widget)
    widget._start.clicked.emit(True)
    finish(widget, qtbot)
    assert widget._status.value == says
    assert not widget._use.enabled
