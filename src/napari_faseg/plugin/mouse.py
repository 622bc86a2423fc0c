"""Which button means what: napari's Add mode places the point, we choose the layer it goes to."""

from collections.abc import Iterator
from typing import Any

from napari.layers import Points
from psygnal import Signal

from napari_faseg.interaction.clicks import Click
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.prompts import Prompts

LEFT, RIGHT = 1, 2


class Buttons:
    """Left adds a positive point and right a negative one, whichever prompt layer is active.

    Add mode places a point with any button on the active layer. Callbacks of the viewer run
    before those of the active layer, which is looked up in between: so a callback of the viewer
    makes the layer of the pressed button the active one, and Add mode does the rest. For a press
    that must not place a point (another button, outside the image) Add mode is off until the
    release. Dragging moves and zooms the view, as in napari. A click with Shift picks what is
    there, and places no point either.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    prompts : Prompts
        Its two layers must be in the viewer.
    plane : Plane
        Where points may be placed.
    """

    picked = Signal(tuple)
    """The (row, column) of the pixel that was clicked on with Shift."""

    def __init__(self, viewer: Any, prompts: Prompts, plane: Plane) -> None:
        self._viewer = viewer
        self._prompts = prompts
        self._plane = plane
        self.swapped = False
        """Whether left means negative and right positive."""
        for layer in prompts.layers:
            layer.mode = "add"
        viewer.mouse_drag_callbacks.append(self._on_press)

    def select(self) -> None:
        """Make the layer of the left button the active one, in Add mode."""
        self._activate(self._layer_of(LEFT))

    def swap(self) -> None:
        """Exchange the meaning of the buttons, for pointing devices that have only one."""
        self.swapped = not self.swapped
        self.select()

    def close(self) -> None:
        """Give the mouse back."""
        self._viewer.mouse_drag_callbacks.remove(self._on_press)

    def _on_press(self, viewer: Any, event: Any) -> Iterator[None]:
        active = viewer.layers.selection.active
        if active not in self._prompts.layers or active.mode != "add":
            return
        click, picks = self._click_at(active, event), "Shift" in event.modifiers
        if event.button in (LEFT, RIGHT) and click is not None and not picks:
            self._activate(self._layer_of(event.button))
            return
        active.mode = "pan_zoom"
        yield
        is_dragged = False
        while event.type == "mouse_move":
            is_dragged = True
            yield
        active.mode = "add"
        if picks and event.button == LEFT and click is not None and not is_dragged:
            self.picked.emit(click.pixel)

    def _click_at(self, layer: Points, event: Any) -> Click | None:
        is_flat = len(event.dims_displayed) == 2
        return self._plane.to_click(layer.world_to_data(event.position)) if is_flat else None

    def _layer_of(self, button: int) -> Points:
        positive = (button == LEFT) is not self.swapped
        return self._prompts.positive if positive else self._prompts.negative

    def _activate(self, layer: Points) -> None:
        layer.mode = "add"
        self._viewer.layers.selection.active = layer
