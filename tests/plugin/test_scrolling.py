"""On the screen of a small laptop: all of a dock is reached, and the wheel changes nothing."""

import numpy as np
import pytest

pytest.importorskip("qtpy.QtCore")

from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QHelpEvent, QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QComboBox, QDockWidget, QScrollArea, QToolTip, QWidget

from napari_faseg.plugin.evaluate_widget import EvaluateWidget
from napari_faseg.plugin.segment_widget import SegmentWidget
from napari_faseg.plugin.train_widget import TrainWidget

pytestmark = pytest.mark.window
LAPTOP = 1366, 680  # pixels: a screen of 768 less the desktop's own bars
CALM = 200  # milliseconds in which a window that lays out its parts moves one of them
LONG_NAME = "the third of the volumes of the second series of the first day, once more " * 2
NOTCH = 120  # as Qt counts the turns of a wheel


def docked(viewer, qtbot, kind, size=LAPTOP, name="volume"):
    """Open a widget in a window of a size, on a stack, which is what needs most room."""
    viewer.add_image(np.zeros((3, 100, 120), np.uint8), name=name)
    viewer.add_labels(np.ones((3, 100, 120), np.uint8), name="known")
    widget = kind(viewer)
    viewer.window.add_dock_widget(widget)
    viewer.window.resize(*size)
    settle(qtbot, widget)
    return widget


def settle(qtbot, widget):
    """Wait until all parts lie where they stay."""
    before, now = None, []
    while now != before:
        qtbot.wait(CALM)
        before, now = now, [part.geometry() for part in widget.native.findChildren(QWidget)]


def area_of(widget):
    [area] = [a for a in widget.native.findChildren(QScrollArea) if a.widgetResizable()]
    return area


def is_seen(part):
    """Whether nothing of a part is cut off."""
    return part.visibleRegion().boundingRect() == part.rect()


def tip_over(control, qtbot):
    """Return the tool tip that comes up with the mouse over a control."""
    middle = control.rect().center()
    asked = QHelpEvent(QEvent.Type.ToolTip, middle, control.mapToGlobal(middle))
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
    QApplication.sendEvent(control, asked)
    qtbot.waitUntil(QToolTip.isVisible)
    return QToolTip.text()


def turn_wheel(whole, notches):
    """Turn the wheel with the mouse over the middle of a control; down is below zero."""
    part = whole.childAt(whole.rect().center()) or whole
    middle = QPointF(part.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(part.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, NOTCH * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(part, event)
    QApplication.processEvents()


@pytest.mark.parametrize("kind", [SegmentWidget, EvaluateWidget, TrainWidget])
def test_a_window_fits_a_small_screen_with_any_of_our_docks(make_napari_viewer, qtbot, kind):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, kind)
    assert widget.native.window().height() == LAPTOP[1]
    assert widget.native.height() < LAPTOP[1]


@pytest.mark.parametrize("kind", [SegmentWidget, EvaluateWidget, TrainWidget])
def test_nothing_is_cut_off_at_the_sides_and_all_of_it_is_scrolled_to(
    make_napari_viewer, qtbot, kind
):
    viewer = make_napari_viewer(show=True)
    area = area_of(docked(viewer, qtbot, kind))
    content = area.widget()
    assert content.width() == area.viewport().width() >= content.minimumSizeHint().width()
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    lowest = max(content.children(), key=lambda part: getattr(part, "y", int)())
    assert is_seen(lowest)


@pytest.mark.parametrize("kind", [SegmentWidget, EvaluateWidget, TrainWidget])
def test_an_image_that_is_opened_later_is_offered(make_napari_viewer, kind):
    viewer = make_napari_viewer()
    widget = kind(viewer)
    viewer.window.add_dock_widget(widget)
    image = viewer.add_image(np.zeros((100, 120), np.uint8), name="later")
    [choice] = [c for c in widget.native.findChildren(QComboBox) if c.accessibleName() == "image"]
    assert choice.currentText() == image.name


@pytest.mark.parametrize("kind", [SegmentWidget, EvaluateWidget, TrainWidget])
def test_a_layer_of_a_long_name_cuts_nothing_off_and_does_not_widen_the_dock(
    make_napari_viewer, qtbot, kind
):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, kind, name=LONG_NAME)
    area = area_of(widget)
    content = area.widget()
    assert content.width() == area.viewport().width() >= content.minimumSizeHint().width()
    assert widget.native.width() < LAPTOP[0] / 3


def test_a_layer_that_is_given_a_long_name_leaves_the_dock_as_wide(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, SegmentWidget)
    area, width = area_of(widget), widget.native.width()
    viewer.layers["volume"].name = LONG_NAME
    settle(qtbot, widget)
    assert area.viewport().width() >= area.widget().minimumSizeHint().width()
    assert widget.native.width() == width


def test_a_name_that_is_cut_off_is_told_by_the_tool_tip(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, SegmentWidget)
    image = widget._controls.image.native
    assert "volume" not in tip_over(image, qtbot)
    viewer.layers["volume"].name = LONG_NAME
    settle(qtbot, widget)
    assert tip_over(image, qtbot) == f"{LONG_NAME}\nThe image whose objects you click on."


@pytest.mark.parametrize("kind", [SegmentWidget, EvaluateWidget, TrainWidget])
def test_a_dock_is_not_made_so_narrow_that_something_is_cut_off(make_napari_viewer, qtbot, kind):
    viewer = make_napari_viewer(show=True)
    area = area_of(docked(viewer, qtbot, kind))
    window = area.window()
    [dock] = [each for each in window.findChildren(QDockWidget) if each.isAncestorOf(area)]
    window.resizeDocks([dock], [100], Qt.Orientation.Horizontal)
    qtbot.wait(2 * CALM)
    content = area.widget()
    assert content.width() == area.viewport().width() >= content.minimumSizeHint().width()


def test_what_can_be_chosen_in_every_image_is_readable_in_the_narrowest_dock(
    make_napari_viewer, qtbot
):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, SegmentWidget)
    for choice in (widget._controls.choice._brightness, widget._controls.others):
        for text in choice.choices:
            choice.value = text
            assert text not in tip_over(choice.native, qtbot)


def test_a_long_sentence_is_wrapped_and_the_dock_stays_as_wide(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, SegmentWidget)
    width = widget.native.width()
    widget._on_failed(
        "This is one long sentence that says what came in and what was expected. " * 3
    )
    settle(qtbot, widget)
    status = widget._controls.status.native
    assert widget.native.width() == width
    assert status.width() == widget._panel.width()
    assert status.height() >= status.heightForWidth(status.width()) > status.fontMetrics().height()


def test_a_picture_does_not_make_the_dock_larger(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, TrainWidget)
    before = widget.native.size()
    widget._curve.show_picture(np.zeros((900, 1200, 4), np.uint8))
    settle(qtbot, widget)
    assert widget.native.size() == before
    shown, room = widget._curve.pixmap(), widget._curve.contentsRect()
    gaps = room.width() - shown.width(), room.height() - shown.height()
    assert min(gaps) == 0, "as large as it fits"
    assert max(gaps) >= 0


def test_on_a_stack_all_that_is_pressed_is_in_sight_on_a_small_screen(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, SegmentWidget)
    widget._controls.enable(is_open=True, has_planes=True)
    settle(qtbot, widget)
    controls = widget._controls
    for part in (controls.start, controls.finish, controls.carry_on, controls.threshold):
        assert is_seen(part.native), part.name
    assert is_seen(widget._panel)


def test_a_large_window_has_no_scroll_bar(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    area = area_of(docked(viewer, qtbot, SegmentWidget, size=(1366, 1000)))
    assert not area.verticalScrollBar().isVisible()


def test_the_wheel_scrolls_past_a_slider_and_a_choice_without_changing_them(
    make_napari_viewer, qtbot
):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, SegmentWidget, size=(1366, 600))
    controls, bar = widget._controls, area_of(widget).verticalScrollBar()
    controls.enable(is_open=True)
    settle(qtbot, widget)
    before = controls.threshold.value, controls.others.value, controls.image.value
    for control in (controls.threshold, controls.others, controls.image):
        bar.setValue(0)
        turn_wheel(control.native, -1)
        assert bar.value() > 0, control.name
    assert (controls.threshold.value, controls.others.value, controls.image.value) == before


def test_the_wheel_changes_a_choice_that_was_gone_to(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, SegmentWidget)
    controls = widget._controls
    controls.enable(is_open=True)
    widget.native.window().activateWindow()
    controls.others.native.setFocus()
    qtbot.waitUntil(controls.others.native.hasFocus)
    turn_wheel(controls.others.native, -1)
    assert controls.others.value == controls.others.choices[1]


def test_going_to_a_control_with_a_key_brings_it_into_sight(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    widget = docked(viewer, qtbot, SegmentWidget, size=(1366, 600))
    area, resume = area_of(widget), widget._controls.resume.native
    widget.native.window().activateWindow()
    widget._controls.weights.native.setFocus()
    qtbot.waitUntil(widget._controls.weights.native.hasFocus)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    assert not is_seen(resume)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert resume.hasFocus()
    assert is_seen(resume)
