"""Which button means what: the point goes to the layer of the button that was pressed."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import numpy as np
from napari.layers import Points
from napari.utils.notifications import show_info
from psygnal import Signal

from napari_faseg.interaction.clicks import Click
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.press import Press
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.under_mouse import order_under
from napari_faseg.plugin.view import camera_of

LEFT, RIGHT = 1, 2


class Buttons:
    """Left adds a positive point and right a negative one, whichever prompt layer is active.

    Add mode of napari would place a point with any button on the active layer. So what napari does
    in that mode is taken off the two layers, and a callback of the viewer places the point in the
    layer of the button, where that was pressed: a hand trembles as it lets go. To make that layer
    the active one takes longer than all the rest and is left for when the mask is there; see
    `settle`. A layer that is hidden is never made active, and takes points all the same. A click
    that is dragged with the left button moves; dragging anything else moves and zooms the view, as
    in napari. A click with Shift picks what is there, and places no point. While another layer is
    selected clicks are not ours, and the first one that could have been meant so is told why.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    prompts : Prompts
        Its two layers must be in the viewer.
    plane : Plane
        Where points may be placed.
    """

    pressed = Signal(Click)
    """The click that is made if the button, which went down, comes up without a drag."""
    picked = Signal(tuple)
    """The (row, column) of the pixel that was clicked on with Shift."""

    def __init__(self, viewer: Any, prompts: Prompts, plane: Plane) -> None:
        self._viewer = viewer
        self._prompts = prompts
        self.plane: Plane | None = plane
        """Where points may be placed; None: nowhere."""
        self._is_open = True
        self._clicked: Points | None = None
        self._has_told = False  # since the last click that was ours
        self.swapped = False
        """Whether left means negative and right positive."""
        self._napari_adds: list[Any] = []  # what napari calls in Add mode
        self._modes: dict[Points, str] = {}  # that were chosen, not forced on a layer by napari
        for layer in prompts.layers:
            layer.events.mode.connect(self._on_mode)
            layer.events.editable.connect(self._on_editable)
            layer.mode = "add"
        viewer.mouse_drag_callbacks.append(self._on_press)

    def select(self) -> None:
        """Make the layer of the left button the active one, in Add mode."""
        self._activate(self._layer_of(LEFT))

    def settle(self) -> None:
        """Make the layer that was clicked into last the active one."""
        clicked, self._clicked = self._clicked, None
        if clicked is not None and self._viewer.layers.selection.active in self._prompts.layers:
            self._activate(clicked)

    def swap(self) -> None:
        """Exchange the meaning of the buttons, for pointing devices that have only one."""
        self.swapped = not self.swapped
        if self._is_open:
            self.select()

    def close(self) -> None:
        """Give the mouse back."""
        self._is_open = False
        for layer in self._prompts.layers:
            layer.events.mode.disconnect(self._on_mode)
            layer.events.editable.disconnect(self._on_editable)
            if layer.mode == "add":
                layer.mouse_drag_callbacks.extend(self._napari_adds)
        with suppress(ValueError):  # `viewer.reset()` has taken it, and those of napari
            self._viewer.mouse_drag_callbacks.remove(self._on_press)

    def _on_press(self, viewer: Any, event: Any) -> Iterator[None]:
        active = viewer.layers.selection.active
        is_ours = active in self._prompts.layers
        if active is not None and active.mode != ("add" if is_ours else "pan_zoom"):
            return
        press = self._press_of(event)
        grabbed = self._grabbed_by(press, event) if is_ours else None
        if is_ours and grabbed is None:
            self._announce(press)
        with nullcontext() if grabbed is None else _still(camera_of(viewer)):
            yield
            while event.type == "mouse_move":
                if grabbed is not None and not press.is_near(event):
                    yield from self._move(grabbed, event)
                    return
                if is_ours:
                    event.handled = press.is_near(event)  # else a trembling hand moves the view
                yield
        if self._is_open and press.is_near(event):
            (self._on_click if is_ours else self._on_click_elsewhere)(press, event)

    def _announce(self, press: Press) -> None:
        if press.places is not None:
            self.pressed.emit(press.places)

    def _press_of(self, event: Any) -> Press:
        picks, start = "Shift" in event.modifiers, np.array(event.pos)
        return Press(event.button, picks, start, self._click_of(event.button, event), self.plane)

    def _grabbed_by(self, press: Press, event: Any) -> float | None:
        """Return the `order` of the click that the mouse has taken hold of, None without one."""
        takes_hold = press.button == LEFT and not press.picks and self._takes_clicks(event)
        return order_under(self._viewer, self._prompts, event.position) if takes_hold else None

    def _move(self, order: float, event: Any) -> Iterator[None]:
        """Let the click of an `order` follow the mouse until the button is released."""
        self._prompts.hold(order)
        while event.type == "mouse_move" and self._is_open:
            if (click := self._click_at(event)) is not None:
                self._prompts.carry(click)
            event.handled = True
            yield
        if self._is_open:
            self._prompts.let_go(self._click_at(event))

    def _on_mode(self, event: Any) -> None:
        layer = event.source
        if layer.editable and layer.visible:
            self._modes[layer] = layer.mode
        if layer.mode == "add":
            own = [call for call in layer.mouse_drag_callbacks if _is_of_napari(call)]
            self._napari_adds = own or self._napari_adds
            for call in own:
                layer.mouse_drag_callbacks.remove(call)

    def _on_editable(self, event: Any) -> None:
        """Bring back the mode of a layer that a 3-D view has taken away."""
        layer = event.source
        if layer.editable and layer in self._modes:
            layer.mode = self._modes[layer]

    def _on_click_elsewhere(self, *_: object) -> None:
        if not self._has_told and self._viewer.dims.ndisplay == 2:
            self._has_told = True
            show_info("Select a layer of clicks to go on.")  # napari shows so much of a sentence

    def _on_click(self, press: Press, event: Any) -> None:
        self._has_told = False
        is_there = press.click is not None and press.plane == self.plane
        click = press.click if is_there else self._click_of(press.button, event)
        if self.plane is None or click is None or not self._takes_clicks(event):
            return
        if not press.picks:
            self._clicked = self._prompts.positive if click.positive else self._prompts.negative
            self._prompts.place(self.plane.to_point(click), click)
        elif press.button == LEFT:
            self.picked.emit(click.pixel)

    def _takes_clicks(self, event: Any) -> bool:
        return self.plane is not None and len(event.dims_displayed) == 2

    def _click_of(self, button: int, event: Any) -> Click | None:
        """Return the click that a button makes where the mouse is, None where it makes none."""
        if button not in (LEFT, RIGHT):
            return None
        return self._click_at(event, positive=self._layer_of(button) is self._prompts.positive)

    def _click_at(self, event: Any, *, positive: bool = True) -> Click | None:
        """Return a click on what is under the mouse, None where there can be none."""
        if self.plane is None or not self._takes_clicks(event):
            return None
        point = self._prompts.positive.world_to_data(event.position)  # the two lie alike
        return self.plane.to_click(point, positive=positive)

    def _layer_of(self, button: int) -> Points:
        positive = (button == LEFT) is not self.swapped
        return self._prompts.positive if positive else self._prompts.negative

    def _activate(self, layer: Points) -> None:
        if layer.visible:  # napari lets nothing be added to one that is hidden
            layer.mode = "add"
            self._viewer.layers.selection.active = layer


@contextmanager
def _still(camera: Any) -> Iterator[None]:
    """Keep the view where it is: of moves that follow fast napari tells its callbacks only some."""
    pans, camera.mouse_pan = camera.mouse_pan, False
    try:
        yield
    finally:
        camera.mouse_pan = pans


def _is_of_napari(callback: Any) -> bool:
    return str(getattr(callback, "__module__", "")).startswith("napari.layers.points")
