"""The mouse of a viewer without a window, and the Qt mouse of one that has one."""

from types import SimpleNamespace

import numpy as np
from napari.utils._proxies import ReadOnlyWrapper
from napari.utils.interactions import (
    mouse_move_callbacks,
    mouse_press_callbacks,
    mouse_release_callbacks,
)
from napari.utils.key_bindings import KeymapHandler
from qtpy.QtCore import QCoreApplication, QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest

from napari_faseg.plugin.view import camera_of
from tests.plugin.real_window import canvas_of, on_canvas

LEFT, RIGHT, MIDDLE = 1, 2, 3
CALLBACKS = {
    "mouse_press": mouse_press_callbacks,
    "mouse_move": mouse_move_callbacks,
    "mouse_release": mouse_release_callbacks,
}


def points(annotator):
    """Return the points of the positive and of the negative layer."""
    return tuple(layer.data.tolist() for layer in annotator.prompts.layers)


def click(viewer, position, button=LEFT, *, modifiers=()):
    """Press and release a button at a position in world coordinates, as napari's canvas does."""
    drag(viewer, position, button=button, modifiers=modifiers)


def drag(viewer, *positions, button=LEFT, modifiers=()):
    """Press a button at the first of some positions, move through the others, and release it."""
    for _ in dragging(viewer, *positions, button=button, modifiers=modifiers):
        pass


def dragging(viewer, *positions, button=LEFT, modifiers=()):
    """Do what `drag` does, and stop after each event; yield whether it was handled."""
    kinds = ["mouse_press", *["mouse_move"] * (len(positions) - 1), "mouse_release"]
    for kind, position in zip(kinds, [*positions, positions[-1]], strict=True):
        yield _send(viewer, kind, position, button, modifiers)


def _send(viewer, kind, position, button, modifiers):
    made = SimpleNamespace(
        type=kind,
        button=button,
        modifiers=modifiers,
        position=tuple(position),
        pos=np.array(position[-2:]) * camera_of(viewer).zoom,
        view_direction=None,
        up_direction=None,
        dims_displayed=list(viewer.dims.displayed),
        is_dragging=kind == "mouse_move",
        handled=False,
    )
    event = ReadOnlyWrapper(made, exceptions=("handled",))
    CALLBACKS[kind](viewer, event)
    if (active := viewer.layers.selection.active) is not None:
        CALLBACKS[kind](active, event)
    return made.handled


def press(viewer, key):
    """Press a key, which goes to the active layer first and then to the viewer, as in napari."""
    handler = KeymapHandler()
    handler.keymap_providers = [viewer.layers.selection.active, viewer]
    assert handler.press_key(key)


def press_key(provider, key):
    """Call what a key is bound to on a layer or a viewer."""
    provider.keymap[key](provider)


def click_canvas(viewer, position, button="LeftButton", *, drag_to=None):
    """Click, or drag, with the mouse of Qt at a position in world coordinates of a 2-D view."""
    QTest.qWait(50)  # until the canvas has its final size
    native, pressed = canvas_of(viewer).native, getattr(Qt.MouseButton, button)
    place, end = on_canvas(viewer, position), on_canvas(viewer, drag_to or position)
    QTest.mouseMove(native, place)
    QTest.mousePress(native, pressed, pos=place)
    for n in range(1, 5 if drag_to else 0):
        _drag(native, place + (end - place) * n / 4, pressed)
    QTest.mouseRelease(native, pressed, pos=end)


def _drag(native, place, pressed):
    no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    kind, there = QEvent.Type.MouseMove, QPointF(place)
    QCoreApplication.sendEvent(native, QMouseEvent(kind, there, there, no_button, pressed, no_key))
    QTest.qWait(10)  # napari takes one move in 5 ms


def type_on_canvas(viewer, key, *modifiers):
    """Press and release a key, such as `"Key_Z"`, with modifiers, such as `"ControlModifier"`."""
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= getattr(Qt.KeyboardModifier, modifier)
    QTest.keyClick(canvas_of(viewer).native, getattr(Qt.Key, key), held)
