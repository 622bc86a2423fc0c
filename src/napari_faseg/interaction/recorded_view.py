"""How an image was looked at in a window, so that the same pixels can be shown to a predictor."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.contrast import as_displayed


@dataclass(frozen=True)
class RecordedView:
    """A plane of an image, and its contrast.

    Parameters
    ----------
    axes : (int, int)
        The axes of the plane: rows, columns.
    index : tuple of int
        One index for each axis; that of a free axis is not used.
    rgb : bool
        Whether red, green and blue are a last axis of their own.
    contrast_limits : (float, float)
        The values shown as black and as white.
    """

    axes: tuple[int, int]
    index: tuple[int, ...]
    rgb: bool
    contrast_limits: tuple[float, float]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return what `to_dict` made; ValueError, TypeError or KeyError if it did not."""
        rows, columns = map(int, values["axes"])
        low, high = map(float, values["contrast_limits"])
        index = tuple(map(int, values["index"]))
        return cls((rows, columns), index, bool(values["rgb"]), (low, high))

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    def plane(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the (h, w) or (h, w, c) plane of an image.

        Raises
        ------
        ValueError
            If the image has not these axes.
        """
        n_axes = len(self.index) + self.rgb
        sizes = [
            size
            for axis, size in enumerate(image.shape[: len(self.index)])
            if axis not in self.axes and self.index[axis] >= size
        ]
        if image.ndim != n_axes or sizes:
            raise ValueError(
                f"expected an image with {n_axes} axes and a plane at {self.index}, "
                f"got shape {image.shape}"
            )
        key = [slice(None) if axis in self.axes else at for axis, at in enumerate(self.index)]
        plane: NDArray[np.generic] = image[tuple(key)]
        return plane

    def shown(self, plane: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return a plane as the window showed it to the predictor."""
        return as_displayed(plane, rgb=self.rgb, contrast_limits=self.contrast_limits)
