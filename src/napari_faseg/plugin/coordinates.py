"""Which two axes of a layer are segmented, and the way between its points and our clicks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.clicks import Click

TRANSFORMS = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")


@dataclass(frozen=True)
class Plane:
    """A plane of a layer's data: two free axes, every other axis at a fixed index.

    Parameters
    ----------
    axes : (int, int)
        The free axes, ascending: rows first, then columns.
    index : tuple of int
        One index for each axis of the layer; 0 for the free axes, where it is not used.
    shape : (int, int)
        Height and width of the plane in pixels.
    """

    axes: tuple[int, int]
    index: tuple[int, ...]
    shape: tuple[int, int]

    @property
    def fixed_axes(self) -> tuple[int, ...]:
        """The axes that are not free."""
        return tuple(axis for axis in range(len(self.index)) if axis not in self.axes)

    @property
    def key(self) -> tuple[slice | int, ...]:
        """What an array of the layer's shape is indexed with to get the plane."""
        return tuple(slice(None) if axis in self.axes else at for axis, at in enumerate(self.index))

    def to_click(self, point: NDArray[np.float64], *, positive: bool = True) -> Click | None:
        """Turn a point into a click; None where it is on another plane or outside the image.

        Parameters
        ----------
        point : (ndim,) array
            In pixels of the layer's data.
        positive : bool
            The sign of the click.
        """
        if any(round(float(point[axis])) != self.index[axis] for axis in self.fixed_axes):
            return None
        y, x = (float(point[axis]) for axis in self.axes)
        click = Click(y, x, positive)
        inside = (0 <= at < size for at, size in zip(click.pixel, self.shape, strict=True))
        return click if all(inside) else None

    def to_point(self, click: Click) -> NDArray[np.float64]:
        """Turn a click into a point, (ndim,) in pixels of the layer's data."""
        point = np.array(self.index, float)
        point[list(self.axes)] = click.y, click.x
        return point

    def to_indices(
        self, rows: NDArray[np.integer[Any]], columns: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.integer[Any]], ...]:
        """Turn n rows and columns of the plane into one (n,) array for each axis of the layer."""
        places = iter((rows, columns))
        return tuple(
            next(places) if axis in self.axes else np.broadcast_to(np.intp(at), rows.shape)
            for axis, at in enumerate(self.index)
        )


def full_resolution(image: Any) -> Any:
    """Return the array of an image layer; of a multiscale one, its first level."""
    return image.data[0] if image.multiscale else image.data


def transforms_of(layer: Any) -> dict[str, Any]:
    """Return the arguments that put a new layer of the same axes exactly over a layer."""
    return {name: getattr(layer, name) for name in TRANSFORMS}
