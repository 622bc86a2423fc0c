"""The mouse of a viewer without a window, and the Qt mouse of one that has one."""

from types import SimpleNamespace

import numpy as np
import pytest
from napari.utils._proxies import ReadOnlyWrapper
from napari.utils.interactions import mouse_press_callbacks, mouse_release_callbacks

LEFT, RIGHT, MIDDLE = 1, 2, 3


def click(viewer, position, button=LEFT, *, modifiers=()):
    """Press and release a button at a position in world coordinates, as napari's canvas does."""
    for kind, callbacks in (
        ("mouse_press", mouse_press_callbacks),
        ("mouse_release", mouse_release_callbacks),
    ):
        made = _event(viewer, kind, position, button, modifiers)
        event = ReadOnlyWrapper(made, exceptions=("handled",))
        callbacks(viewer, event)
        if (active := viewer.layers.selection.active) is not None:
            callbacks(active, event)


def _event(viewer, kind, position, button, modifiers):
    return SimpleNamespace(
        type=kind,
        button=button,
        modifiers=modifiers,
        position=tuple(position),
        pos=np.zeros(2),
        view_direction=None,
        up_direction=None,
        dims_displayed=list(viewer.dims.displayed),
        is_dragging=False,
        handled=False,
    )


def press_key(provider, key):
    """Call what a key is bound to on a layer or a viewer."""
    provider.keymap[key](provider)


def click_canvas(viewer, position, button="LeftButton", *, drag_to=None):
    """Click, or drag, with the mouse of Qt at a position in world coordinates of a 2-D view."""
    qt = pytest.importorskip("qtpy.QtCore").Qt
    mouse = pytest.importorskip("qtpy.QtTest").QTest
    mouse.qWait(50)  # until the canvas has its final size
    native, pressed = viewer.window._qt_viewer.canvas.native, getattr(qt.MouseButton, button)
    place, end = _on_canvas(viewer, position), _on_canvas(viewer, drag_to or position)
    mouse.mouseMove(native, place)
    mouse.mousePress(native, pressed, pos=place)
    for n in range(1, 5 if drag_to else 0):
        _drag(native, place + (end - place) * n / 4, pressed)
    mouse.mouseRelease(native, pressed, pos=end)


def _on_canvas(viewer, position):
    canvas = viewer.window._qt_viewer.canvas
    transform = canvas.view.transform * canvas.view.scene.transform
    x, y = transform.map([position[-1], position[-2], 0, 1])[:2]
    return pytest.importorskip("qtpy.QtCore").QPoint(round(float(x)), round(float(y)))


def _drag(native, place, pressed):
    core, gui = pytest.importorskip("qtpy.QtCore"), pytest.importorskip("qtpy.QtGui")
    no_key = core.Qt.KeyboardModifier.NoModifier
    kind, there = core.QEvent.Type.MouseMove, core.QPointF(place)
    event = gui.QMouseEvent(kind, there, there, core.Qt.MouseButton.NoButton, pressed, no_key)
    core.QCoreApplication.sendEvent(native, event)
    pytest.importorskip("qtpy.QtTest").QTest.qWait(10)  # napari takes one move in 5 ms


def type_on_canvas(viewer, key, *modifiers):
    """Press and release a key, such as `"Key_Z"`, with modifiers, such as `"ControlModifier"`."""
    qt = pytest.importorskip("qtpy.QtCore")
    held = qt.Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= getattr(qt.Qt.KeyboardModifier, modifier)
    native = viewer.window._qt_viewer.canvas.native
    pytest.importorskip("qtpy.QtTest").QTest.keyClick(native, getattr(qt.Qt.Key, key), held)
