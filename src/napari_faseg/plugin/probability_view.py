"""Layers that show what the network thinks, where somebody wants to see it."""

from typing import Any

import numpy as np
from napari.layers import Image

from napari_faseg.interaction.arrays import Probability
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.overlay import Overlay

OPACITY = 0.6


class ProbabilityView:
    """An Image layer over an image, there only while it is wanted; its values are in [0, 1].

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    overlay : Overlay
        Where it lies: over the image that is segmented.
    plane : Plane
        The plane of it that the session is about.
    title : str
        What it shows.
    colormap : str

    Attributes
    ----------
    is_wanted : bool
        Whether somebody wants to see it.
    """

    def __init__(
        self, viewer: Any, overlay: Overlay, plane: Plane, title: str, colormap: str
    ) -> None:
        self._viewer, self._overlay = viewer, overlay
        self._title, self._colormap = title, colormap
        self.is_wanted = False
        self.plane = plane
        """The plane that is shown next."""
        self._layer: Any = None

    def show(self, values: Probability) -> None:
        """Show (h, w) values, in a new layer if there is none; MemoryError if that is too large."""
        layer = self._layer if self._layer in self._viewer.layers else self._add_layer()
        layer.data[self.plane.key] = values
        layer.refresh()

    @property
    def layers(self) -> tuple[Image, ...]:
        """The layer, if there is one."""
        return (self._layer,) if self._layer in self._viewer.layers else ()

    def hide(self) -> None:
        """Take the layer away."""
        if self._layer in self._viewer.layers:
            self._viewer.layers.remove(self._layer)
        self._layer = None

    def _add_layer(self) -> Image:
        layer, layers = self._new_layer(), self._viewer.layers
        active = layers.selection.active
        layers.insert(layers.index(self._overlay.image) + 1, layer)
        layers.selection.active = active
        self._layer = layer
        return layer

    def _new_layer(self) -> Image:
        name = f"{self._overlay.name} {self._title}"
        return Image(
            self._overlay.zeros(np.float32, name),
            name=name,
            colormap=self._colormap,
            opacity=OPACITY,
            contrast_limits=(0, 1),
            **self._overlay.transforms,
        )
