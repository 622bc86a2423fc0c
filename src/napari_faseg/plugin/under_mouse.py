"""Which click is under the mouse, as large as it is drawn on the screen."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from napari.layers import Points
from numpy.typing import NDArray

from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.view import camera_of, shown_axes

BESIDE = 2  # pixels of the screen; so far beside a click it is still meant


def order_under(viewer: Any, prompts: Prompts, position: Sequence[float]) -> float | None:
    """Return the `order` of the click at a position, None where there is none.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    prompts : Prompts
    position : sequence of float
        In world coordinates, one for each axis of the viewer.
    """
    zoom = float(camera_of(viewer).zoom)

    def distance(layer: Points, point: NDArray[np.float64]) -> float:
        axes = shown_axes(viewer, layer)
        away = np.asarray(layer.data_to_world(point)) - np.asarray(position)[-layer.ndim :]
        on_screen = float(np.linalg.norm(away[axes])) * zoom
        return on_screen if on_screen <= _radius(layer, axes, zoom) else inf

    return prompts.order_at(distance)


def _radius(layer: Points, axes: list[int], zoom: float) -> float:
    """Return how far from its middle a point of a layer is meant, in pixels of the screen."""
    diameter = layer.size.max() * np.abs(layer.scale[axes]).mean() * zoom
    return float(np.clip(diameter, *layer.canvas_size_limits)) / 2 + BESIDE
