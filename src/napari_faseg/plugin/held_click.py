"""A click that the mouse holds: drawn where the mouse has it, it counts where it was."""

import numpy as np
from napari.layers import Points
from numpy.typing import NDArray

from napari_faseg.plugin.coordinates import Plane


class HeldClick:
    """One point of a layer of clicks, from the moment that it is dragged until it is let go.

    Where its point is gone meanwhile, nothing is moved any more.

    Parameters
    ----------
    layer : napari.layers.Points
        With the `order` of each point among its features.
    order : float
        Of the click.
    plane : Plane
        That it was made on.

    Attributes
    ----------
    layer, order, plane
        The same.
    point : (n,) array
        Where it counts, in data coordinates.
    """

    def __init__(self, layer: Points, order: float, plane: Plane) -> None:
        self.layer, self.order, self.plane = layer, order, plane
        self.point: NDArray[np.float64] = layer.data[self._rows][0].copy()

    def carry(self, point: NDArray[np.float64]) -> None:
        """Draw it at an (n,) point, of which nobody is told."""
        self.layer.data[self._rows] = point
        self.layer.refresh()

    def put(self, point: NDArray[np.float64]) -> None:
        """Move it to an (n,) point, of which the layer tells as of any other change."""
        moved = self.layer.data.copy()
        moved[self._rows] = point
        self.layer.data = moved

    @property
    def _rows(self) -> NDArray[np.bool_]:
        """Which of the points it is, (n,)."""
        orders = self.layer.features.get("order", np.full(len(self.layer.data), np.nan))
        is_this: NDArray[np.bool_] = np.asarray(orders) == self.order
        return is_this
