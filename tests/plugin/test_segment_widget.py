import numpy as np
import pytest

pytest.importorskip("qtpy.QtCore")

from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QPushButton

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


def press(widget, text):
    """Press the button with this text, with the mouse."""
    [button] = [b for b in widget.native.findChildren(QPushButton) if b.text() == text]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def layer(viewer, name):
    return viewer.layers[name].data


@pytest.fixture
def warnings(monkeypatch):
    """What the widget warned of."""
    warned = []
    monkeypatch.setattr("napari_faseg.plugin.segment_widget.show_warning", warned.append)
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", warned.append)
    return warned


def test_two_objects_are_made_with_the_mouse_alone(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    widget = dock(viewer)
    press(widget, "Start")
    click_canvas(viewer, (50, 50))
    qtbot.waitUntil(lambda: bool(layer(viewer, "image objects")[50, 50] == 1), timeout=20_000)
    assert "cpu · " in widget._status.value
    assert widget._status.value.endswith(" ms")
    press(widget, "Finish object")
    qtbot.waitUntil(lambda: len(layer(viewer, "image positive")) == 0, timeout=20_000)
    click_canvas(viewer, (20, 20))
    qtbot.waitUntil(lambda: bool(layer(viewer, "image objects")[20, 20] == 2), timeout=20_000)
    for _ in range(2):
        press(widget, "Undo")
    qtbot.waitUntil(lambda: not layer(viewer, "image objects")[20, 20], timeout=20_000)
    qtbot.waitUntil(lambda: len(layer(viewer, "image positive")) == 1, timeout=20_000)
    assert np.unique(layer(viewer, "image objects")).tolist() == [0, 1]
    press(widget, "Redo")
    qtbot.waitUntil(lambda: len(layer(viewer, "image positive")) == 0, timeout=20_000)
    widget._close_annotator()
    assert not widget._finish.enabled


def test_the_widget_works_with_the_viewer_that_napari_gives_to_plugins(
    make_napari_viewer_proxy, qtbot
):
    viewer = make_napari_viewer_proxy()
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    widget = dock(viewer)
    press(widget, "Start")
    viewer.layers["image positive"].add((50, 50))
    qtbot.waitUntil(lambda: bool(layer(viewer, "image objects")[50, 50] == 1), timeout=20_000)
    press(widget, "Start")  # again: the first session ends, its objects stay
    assert [each.name for each in viewer.layers][-3:] == [
        "image objects [1]",
        "image negative",
        "image positive",
    ]
    viewer.layers.remove("image")
    assert widget._annotator is None


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


def test_weights_that_cannot_be_loaded_are_told(make_napari_viewer, qtbot, warnings):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((20, 20), np.uint8), name="image")
    widget = dock(viewer, names=("damaged",))
    press(widget, "Start")
    qtbot.waitUntil(lambda: bool(warnings), timeout=20_000)
    assert warnings == ["no weights are called damaged"]
    assert widget._status.value == "no weights are called damaged"
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
    qtbot.waitUntil(lambda: ended == [True], timeout=20_000)
    assert dict(viewer.keymap) == {}


def test_the_packaged_weights_can_be_chosen():
    assert "default" in weight_names()
