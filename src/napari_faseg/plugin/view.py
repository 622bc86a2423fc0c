"""Where a viewer looks: its camera, the axes it shows of a layer, and how to move it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.layers import Layer
from numpy.typing import ArrayLike

from napari_faseg.interaction.arrays import Box
from napari_faseg.plugin.coordinates import Plane

SHARE = 0.4  # of the canvas that the longer side of what is looked at takes
LEAST_SIDE = 30  # pixels of the image; of a smaller object, what is around it is seen


def camera_of(viewer: Any) -> Any:
    """Return the camera of a viewer."""
    return getattr(viewer, "scene", viewer).camera  # napari 0.8 has no scene


def shown_axes(viewer: Any, layer: Layer) -> list[int]:
    """Return which axes of a layer are on screen, in their order there."""
    n_missing = viewer.dims.ndim - layer.ndim
    return [axis - n_missing for axis in viewer.dims.displayed if axis >= n_missing]


def go_to(viewer: Any, layer: Layer, point: Sequence[float], axes: Sequence[int]) -> None:
    """Move the sliders of a viewer to a point of a layer.

    A slider counts in the world, and not in the pixels of one of the layers.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    layer : napari.layers.Layer
        One of its layers.
    point : (ndim,) sequence of float
        In pixels of the layer.
    axes : sequence of int
        Of the layer, whose sliders are moved.
    """
    place, n_missing = layer.data_to_world(point), viewer.dims.ndim - layer.ndim
    at = list(viewer.dims.point)
    for axis in axes:
        at[n_missing + axis] = place[axis]
    viewer.dims.point = tuple(at)


def centre_on(viewer: Any, layer: Layer, point: ArrayLike) -> None:
    """Put a point of a layer of a viewer, in its pixels, into the middle; the zoom stays."""
    place = layer.data_to_world(point)
    camera_of(viewer).center = tuple(place[axis] for axis in shown_axes(viewer, layer))


def look_at(viewer: Any, layer: Layer, plane: Plane, box: Box) -> None:
    """Put a box of a plane of a layer into the middle of a viewer, and near enough to see it.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    layer : napari.layers.Layer
        One of its layers.
    plane : Plane
        Which two axes of it the box is in.
    box : (slice, slice)
        Rows and columns, not empty.
    """
    corners = np.tile(np.asarray(plane.index, float), (4, 1))
    halves = [max(part.stop - part.start, LEAST_SIDE) / 2 for part in box]
    middles = [(part.start + part.stop - 1) / 2 for part in box]
    edges = [(m - half, m + half) for m, half in zip(middles, halves, strict=True)]
    corners[:, list(plane.axes)] = [(y, x) for y in edges[0] for x in edges[1]]
    in_world = np.array([layer.data_to_world(corner) for corner in corners])  # (4, ndim)
    shown = shown_axes(viewer, layer)
    low, high = in_world[:, shown].min(0), in_world[:, shown].max(0)
    camera = camera_of(viewer)
    camera.center = tuple((low + high) / 2)
    canvas = getattr(viewer, "canvas", None)  # napari 0.8 has no public canvas
    if canvas is not None:
        camera.zoom = SHARE * float(min(canvas.size)) / float((high - low).max())
