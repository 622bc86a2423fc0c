"""The Points layers of clicks: what they look like, and what is written beside each point."""

import numpy as np
from napari.layers import Points
from numpy.typing import ArrayLike, NDArray

from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.overlay import Overlay

POSITIVE_COLOR = "#2ecc40"
NEGATIVE_COLOR = "#ff4136"
SIZE_ON_SCREEN = (9, 16)  # smallest and largest diameter in pixels of the screen
POINTS_ACROSS_IMAGE = 60  # points of the default size, side by side, along the longer side


def click_layers(overlay: Overlay, plane: Plane) -> tuple[Points, Points]:
    """Return a new layer for positive clicks and one for negative ones, over an image."""
    return (
        _points_layer(overlay, plane, "positive", POSITIVE_COLOR, "disc"),
        _points_layer(overlay, plane, "negative", NEGATIVE_COLOR, "diamond"),
    )


def features_of(order: ArrayLike, axes: ArrayLike) -> dict[str, NDArray[np.float64]]:
    """Return what is written beside n points: their `order`, and the axes of their planes."""
    return {"order": np.asarray(order, float), "axes": np.asarray(axes, float)}


def number_of(plane: Plane) -> int:
    """Return one number for the two axes of a plane, such as 12 for rows of axis 1."""
    return 10 * plane.axes[0] + plane.axes[1]


def are_on(layer: Points, plane: Plane) -> NDArray[np.bool_]:
    """Say of each of n points whether it is where a plane is, inside the image or not, (n,)."""
    fixed = list(plane.fixed_axes)
    index = np.asarray(plane.index)[fixed]
    is_there: NDArray[np.bool_] = (np.rint(layer.data[:, fixed]) == index).all(axis=1)
    return is_there


def _points_layer(overlay: Overlay, plane: Plane, sign: str, color: str, symbol: str) -> Points:
    return Points(
        np.empty((0, overlay.ndim)),
        features=features_of([], []),
        name=f"{overlay.name} {sign}",
        size=max(1.0, max(plane.shape) / POINTS_ACROSS_IMAGE),
        canvas_size_limits=SIZE_ON_SCREEN,
        face_color=color,
        border_color="white",
        border_width=0.15,
        symbol=symbol,
        **overlay.transforms,
    )
