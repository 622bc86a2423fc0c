"""Without a mouse, and without eyes: all that is no click works by keys and says what it is."""

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

from napari_faseg.plugin.evaluate_widget import EvaluateWidget
from napari_faseg.plugin.explanation import is_reached_by_keys
from napari_faseg.plugin.segment_widget import SegmentWidget
from napari_faseg.plugin.train_widget import TrainWidget
from tests.fakes import DiscPredictor
from tests.plugin.gestures import type_on_canvas

pytestmark = pytest.mark.window
MANY = 60  # more than there are things to go to with Tab
KEY = Qt.Key
BEFORE_START = {
    "image",
    "channel axis",
    "black and white",
    "layer of objects",
    "weights",
    "go on where I left this image",
    "start",
    "finished objects",
}


def test_all_that_keys_reach_has_a_name_and_a_tool_tip(make_napari_viewer):
    viewer = make_napari_viewer()
    for kind in (SegmentWidget, EvaluateWidget, TrainWidget):
        native = kind(viewer).native
        viewer.window.add_dock_widget(native)
        parts = [part for part in native.findChildren(QWidget) if is_reached_by_keys(part)]
        controls = [part for part in parts if part.window() is native.window()]  # no drop-down
        assert len(controls) >= 10
        silent = [part for part in controls if not (part.accessibleName() and part.toolTip())]
        assert [type(part).__name__ for part in silent] == []


def go_to(name):
    """Press Tab until a part with this name has the focus."""
    for _ in range(MANY):
        if (focused := QApplication.focusWidget()) and focused.accessibleName() == name:
            return focused
        QTest.keyClick(focused, KEY.Key_Tab)
    raise AssertionError(f"Tab never comes to {name}")


def press(name):
    QTest.keyClick(go_to(name), KEY.Key_Space)


def wait_for_keys(viewer, qtbot):
    """Open the widget beside an image, in a window that takes keys."""
    viewer.add_image(np.zeros((100, 120), np.uint8), name="image")
    widget = SegmentWidget(viewer, lambda _: DiscPredictor(radius=6), lambda: ["disc"])
    viewer.window.add_dock_widget(widget)
    widget.native.window().activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)
    widget._controls.image.native.setFocus()
    return widget


def reached_by_tab(native):
    """Press Tab many times; return the names of what had the focus, "beyond" outside a widget."""
    reached = set()
    for _ in range(MANY):
        focused = QApplication.focusWidget()
        reached.add(focused.accessibleName() if native.isAncestorOf(focused) else "beyond")
        QTest.keyClick(focused, KEY.Key_Tab)
    return reached


def test_objects_are_made_and_corrected_by_keys_alone(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = wait_for_keys(viewer, qtbot)
    table = widget._panel.table
    assert reached_by_tab(widget.native) == BEFORE_START | {"beyond"}
    press("start")
    objects, clicks = viewer.layers["image objects"], viewer.layers["image positive"]
    for n, place in enumerate(((50, 50), (20, 20)), start=1):
        clicks.add(place)  # in the place of the one thing that takes a mouse
        qtbot.waitUntil(lambda place=place: objects.data[place] > 0)
        press("finish object")
        qtbot.waitUntil(lambda n=n: len(table.rows.rows) == n)
    clicks.add((80, 80))
    qtbot.waitUntil(lambda: objects.data[80, 80] == 3)
    slider = go_to("threshold")
    for _ in range(45):
        QTest.keyClick(slider, KEY.Key_Left)
    qtbot.waitUntil(lambda: objects.data[90, 5] == 3)
    press("undo")
    qtbot.waitUntil(lambda: objects.data[90, 5] == 0)
    press("undo")
    qtbot.waitUntil(lambda: len(clicks.data) == 0)

    QTest.keyClick(go_to("finished objects"), KEY.Key_Down)
    QTest.keyClick(table, KEY.Key_Up)
    assert table.selected() == [1]
    press("Reopen selected objects")
    qtbot.waitUntil(lambda: clicks.data.tolist() == [[50, 50]])
    type_on_canvas(viewer, "Key_Return")
    qtbot.waitUntil(lambda: len(table.rows.rows) == 2)

    go_to("finished objects")
    table.select([1])
    press("Relabel selected objects")
    QTest.keyClicks(QApplication.focusWidget(), "7")
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Return)
    qtbot.waitUntil(lambda: objects.data[50, 50] == 7)
    for key in (KEY.Key_Up, KEY.Key_Down, *[KEY.Key_Right] * 4, KEY.Key_F2):
        QTest.keyClick(go_to("finished objects"), key)
    QTest.keyClicks(QApplication.focusWidget(), "coin")
    QTest.keyClick(QApplication.focusWidget(), KEY.Key_Return)
    qtbot.waitUntil(lambda: table.rows.rows[1].text == "coin")
    QTest.keyClick(go_to("finished objects"), KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    press("Merge selected objects")
    qtbot.waitUntil(lambda: objects.data[50, 50] == 2)
    QTest.keyClick(go_to("finished objects"), KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    press("Delete selected objects")
    qtbot.waitUntil(lambda: not objects.data.any())
    widget._close_annotator()
