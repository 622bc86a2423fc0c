"""Where the layers lie that belong to an image: over its pixels, once for all its channels."""

from math import prod
from typing import Any

import numpy as np
import psutil
from napari.layers import Image, Labels
from numpy.typing import DTypeLike, NDArray

from napari_faseg.interaction.images import MOST_PIXELS
from napari_faseg.plugin.coordinates import Plane, full_resolution, transforms_of
from napari_faseg.plugin.transforms import over

GB = 10**9  # bytes


class Overlay:
    """The axes of the layers over an image, and what puts them exactly there.

    They have the axes of the image. If one of these is the axis of its channels, a mask belongs to
    all channels: where that axis is the first, our layers do without it, since napari aligns the
    last axes of layers; elsewhere they have one pixel there, as wide as all channels together.

    Parameters
    ----------
    image : napari.layers.Image
    channel_axis : int, optional
        The axis of its channels, if it has one.

    Attributes
    ----------
    image : napari.layers.Image
    axes : tuple of int
        For each axis of our layers, which one of the image it is.
    shape : tuple of int
        Of our layers.
    """

    def __init__(self, image: Image, channel_axis: int | None = None) -> None:
        self.image = image
        self._channel_axis = channel_axis
        self._sizes = tuple(int(n) for n in full_resolution(image).shape[: image.ndim])
        self.axes = tuple(range(image.ndim))[1 if channel_axis == 0 else 0 :]
        self.shape = tuple(1 if axis == channel_axis else self._sizes[axis] for axis in self.axes)

    @property
    def name(self) -> str:
        """What the image is called."""
        return str(self.image.name)

    @property
    def ndim(self) -> int:
        """How many axes our layers have."""
        return len(self.axes)

    @property
    def transforms(self) -> dict[str, Any]:
        """The arguments that put a new layer exactly over the image, as it lies now."""
        if self._channel_axis is None:
            return transforms_of(self.image)
        widths = [self._sizes[axis] // n for axis, n in zip(self.axes, self.shape, strict=True)]
        return over(transforms_of(self.image), self.axes, widths=widths)

    def new_labels(self) -> Labels:
        """Return an empty layer of objects over the image; MemoryError as `zeros` does."""
        name = f"{self.name} objects"
        return Labels(self.zeros(np.int32, name), name=name, **self.transforms)

    def zeros(self, dtype: DTypeLike, name: str) -> NDArray[Any]:
        """Return zeros for a layer over the image; most systems take memory where it is written to.

        Parameters
        ----------
        dtype : dtype
        name : str
            Of the layer.

        Raises
        ------
        MemoryError
            If the system does not give as much, in a sentence that says how much that is.
        """
        try:
            return np.zeros(self.shape, dtype)
        except MemoryError:
            raise MemoryError(_too_large(name, self.shape, np.dtype(dtype).itemsize)) from None

    def place(self, layer: Any) -> None:
        """Put one of our layers where the image lies now."""
        for name, value in self.transforms.items():
            if not _is_same(getattr(layer, name), value):  # what is set is drawn again
                setattr(layer, name, value)

    def plane(self, viewer: Any) -> Plane:
        """Return the plane of our layers that a viewer shows now.

        Parameters
        ----------
        viewer : napari.components.ViewerModel

        Raises
        ------
        ValueError
            If the viewer does not show two axes of pixels of the image, or they have more than
            `MOST_PIXELS`.
        """
        image, sizes = self.image, self._sizes
        n_missing = viewer.dims.ndim - image.ndim  # a layer with fewer axes has the last ones
        on_screen = sorted(axis - n_missing for axis in viewer.dims.displayed if axis >= n_missing)
        if viewer.dims.ndisplay != 2 or len(on_screen) != 2:
            raise ValueError(f"expected a 2-D view of {image.name}: switch the viewer to 2D first")
        if self._channel_axis in on_screen:
            raise ValueError(
                f"expected the pixels of {image.name} on screen, got its channels, axis "
                f"{self._channel_axis}: roll the dimensions (Ctrl+E) until they have a slider"
            )
        shape = sizes[on_screen[0]], sizes[on_screen[1]]
        if shape[0] * shape[1] > MOST_PIXELS:
            raise ValueError(
                f"expected a plane of at most {MOST_PIXELS // 10**6} million pixels, got "
                f"{shape[0]} x {shape[1]}: crop {image.name}, or open a smaller copy of it"
            )
        at = np.rint(image.world_to_data(viewer.dims.point)).astype(int)
        at = np.clip(at, 0, np.subtract(sizes, 1))
        hidden = {*on_screen, self._channel_axis}
        index = tuple(0 if axis in hidden else int(at[axis]) for axis in self.axes)
        rows, columns = (self.axes.index(axis) for axis in on_screen)
        return Plane((rows, columns), index, shape)

    def sliders(self, plane: Plane) -> list[int]:
        """Return the axes of our layers along which there are other planes than this one."""
        return [axis for axis in plane.fixed_axes if self.shape[axis] > 1]

    def point_beside(self, viewer: Any, plane: Plane, n_planes: int) -> tuple[float, ...] | None:
        """Return where the sliders of a viewer have to stand for a plane that is beside another.

        Parameters
        ----------
        viewer : napari.components.ViewerModel
        plane : Plane
            That it shows now.
        n_planes : int
            How far away the other one is, along the slider that was moved last, or else along the
            last one of the image.

        Returns
        -------
        (ndim,) float, optional
            In world coordinates; None where there is no such plane.
        """
        n_missing = viewer.dims.ndim - self.image.ndim
        sliders = self.sliders(plane)
        if not sliders:
            return None
        moved = viewer.dims.last_used - n_missing
        along = next((axis for axis in sliders if self.axes[axis] == moved), sliders[-1])
        if not 0 <= plane.index[along] + n_planes < self.shape[along]:
            return None
        at = np.array(self.image.world_to_data(viewer.dims.point), float)
        at[self.axes[along]] = plane.index[along] + n_planes
        beside = self.image.data_to_world(at)
        return (*viewer.dims.point[:n_missing], *beside)


def _too_large(name: str, shape: tuple[int, ...], n_bytes: int) -> str:
    needed, free = n_bytes * prod(shape), psutil.virtual_memory().available
    return (
        f"expected {needed / GB:,.1f} GB of memory for the layer {name}, {n_bytes} bytes for each "
        f"of {' x '.join(map(str, shape))} voxels, got a system that does not give so much "
        f"({free / GB:,.1f} GB are free): crop the image, or open a part of it"
    )


def _is_same(first: Any, second: Any) -> bool:
    """Say whether two values of a transform, such as scales, affines or units, are the same."""
    first, second = (getattr(value, "affine_matrix", value) for value in (first, second))
    return np.array_equal(np.asarray(first), np.asarray(second))
