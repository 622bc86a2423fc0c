"""What a person does to the layers of a session and to the slider, told as what it means."""

from collections.abc import Callable
from typing import Any

from napari.components import ViewerModel
from napari.layers import Labels
from psygnal import Signal

from napari_faseg.plugin.coordinates import TRANSFORMS, full_resolution
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.prompts import Prompts


class LayerWatch:
    """Listens to a viewer and to the layers of a session.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    overlay : Overlay
        Of the image that is segmented.
    prompts : Prompts
        Its two layers must be in the viewer.
    painter : Painter
        Its layer, too.
    """

    moved = Signal()
    """Another plane of the image may be on screen."""
    placed = Signal()
    """The image lies elsewhere: it was moved, scaled, turned, sheared."""
    changed = Signal()
    """The image may look otherwise to the network."""
    redrawn = Signal()
    """The image was drawn again: of pixels changed in place, napari tells no more than that."""
    ended = Signal(str)
    """Why the session cannot go on: a layer was removed, or holds something else."""

    closing = Signal()
    """The viewer is being closed, and takes its layers out for that."""

    def __init__(self, viewer: Any, overlay: Overlay, prompts: Prompts, painter: Painter) -> None:
        self._viewer, self._image = viewer, overlay.image
        self._shape = full_resolution(overlay.image).shape
        self._prompts, self._painter = prompts, painter
        for signal, slot in self._connections():
            signal.connect(slot)

    def close(self) -> None:
        """Listen no more."""
        for signal, slot in self._connections():
            signal.disconnect(slot)

    def _connections(self) -> tuple[tuple[Any, Callable[..., None]], ...]:
        dims = self._viewer.dims.events
        return (
            (self._viewer.layers.events.removed, self._on_removed),
            (self._image.events.data, self._on_image_data),
            (self._image.events.contrast_limits, self._on_contrast),
            (self._image.events.set_data, self._on_redrawn),
            (self._labels.events.data, self._on_labels_data),
            *((getattr(self._image.events, name), self._on_place) for name in TRANSFORMS),
            *((event, self._on_dims) for event in (dims.point, dims.order, dims.ndisplay)),
        )

    @property
    def _labels(self) -> Labels:
        return self._painter.layer

    def _on_dims(self) -> None:
        if self._image in self._viewer.layers:
            self.moved.emit()

    def _on_place(self) -> None:
        self.placed.emit()
        self._on_dims()  # what the slider stands for may be another plane now

    def _on_removed(self, event: Any) -> None:
        if event.value not in (self._image, self._labels, *self._prompts.layers):
            return
        if _is_closing(self._viewer):
            self.closing.emit()
        else:
            self.ended.emit(f"{event.value.name} was removed")

    def _on_contrast(self) -> None:
        self.changed.emit()

    def _on_redrawn(self) -> None:
        self.redrawn.emit()

    def _on_image_data(self) -> None:
        shape = full_resolution(self._image).shape
        if shape == self._shape:
            self.changed.emit()
        else:
            self.ended.emit(f"the data of {self._image.name} has shape {shape} now")

    def _on_labels_data(self) -> None:
        try:
            self._painter.check()
        except ValueError as error:
            self.ended.emit(str(error))


def _is_closing(viewer: Any) -> bool:
    """Say whether `viewer.close()` is under way, of which napari has no event.

    It lets a viewer listen no more to its own dimensions before it takes the layers out.
    """
    callbacks = getattr(viewer.dims.events.order, "callbacks", None)
    if callbacks is None:  # napari is another one, and layers that are taken out are told
        return False
    listeners = (each[0]() for each in callbacks if isinstance(each, tuple))
    return not any(isinstance(listener, ViewerModel) for listener in listeners)
