"""How an image was looked at in a window, so that the same pixels can be shown to a predictor."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import skimage.io
import tifffile
from numpy.typing import NDArray

from napari_faseg.datasets.any_format import read_any
from napari_faseg.interaction.contrast import as_displayed, as_stretched

TIFF = (".tif", ".tiff", ".lsm")
TIFF_OF_SCIKIT_IMAGE = (".tif", ".tiff")


def read_as_napari(path: Path) -> NDArray[np.generic]:
    """Read an image file with the axes that napari opens it with.

    scikit-image puts an axis of three or four planes of a TIFF last; napari leaves it where it is.
    What cannot be read raises what the library for that format raises.
    """
    is_tiff = path.suffix.lower() in TIFF
    return np.asarray(tifffile.imread(path)) if is_tiff else read_any(path)


def read_as_scikit_image(path: Path) -> NDArray[np.generic]:
    """Read an image file with the axes that scikit-image gives it, as a script would.

    What cannot be read raises what the library for that format raises.
    """
    is_tiff = path.suffix.lower() in TIFF_OF_SCIKIT_IMAGE
    return np.asarray(skimage.io.imread(path)) if is_tiff else read_any(path)


@dataclass(frozen=True)
class RecordedView:
    """A plane of an image, the channels of it that count, and how bright they are.

    Parameters
    ----------
    axes : (int, int)
        The axes of the plane: rows, columns.
    index : tuple of int
        One index for each axis; that of a free axis, or of the channels, is not used.
    rgb : bool
        Whether red, green and blue are a last axis of their own.
    contrast_limits : (float, float), optional
        The values shown as black and as white; None where they do not count.
    channel_axis : int, optional
        The axis of the channels, if there is one among these axes.
    channels : tuple of int
        Which of them are shown: one as grey, two as red and green, three as red, green and blue.
    percentiles : (float, float), optional
        Of the plane, shown as black and as white in place of the contrast limits.
    """

    axes: tuple[int, int]
    index: tuple[int, ...]
    rgb: bool
    contrast_limits: tuple[float, float] | None
    channel_axis: int | None = None
    channels: tuple[int, ...] = ()
    percentiles: tuple[float, float] | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return what `to_dict` made; ValueError, TypeError or KeyError if it did not."""
        rows, columns = map(int, values["axes"])
        axis = values.get("channel_axis")
        return cls(
            (rows, columns),
            tuple(map(int, values["index"])),
            bool(values["rgb"]),
            _pair(values["contrast_limits"]),
            None if axis is None else int(axis),
            tuple(map(int, values.get("channels", ()))),
            _pair(values.get("percentiles")),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    def plane(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the (h, w) or (h, w, c) plane of an image, with all its channels.

        Raises
        ------
        ValueError
            If the image has not these axes.
        """
        n_axes = len(self.index) + self.rgb
        free = {*self.axes, self.channel_axis}
        is_outside = [
            self.index[axis] >= size if axis not in free else False
            for axis, size in enumerate(image.shape[: len(self.index)])
        ]
        if image.ndim != n_axes or any(is_outside):
            raise ValueError(
                f"expected an image with {n_axes} axes and a plane at {self.index}, "
                f"got shape {image.shape}"
            )
        key = [slice(None) if axis in free else at for axis, at in enumerate(self.index)]
        plane: NDArray[np.generic] = image[tuple(key)]
        if self.channel_axis is not None:
            plane = np.moveaxis(plane, sum(axis < self.channel_axis for axis in self.axes), -1)
        return plane

    def plane_of_labels(self, labels: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the (h, w) plane of labels, which have no channels of their own.

        Parameters
        ----------
        labels : array
            Of the axes of the image, the one of the channels with one pixel, or missing where it
            is the first.

        Raises
        ------
        ValueError
            If they have not these axes.
        """
        return self.of_labels().plane(labels)

    def of_labels(self) -> "RecordedView":
        """Return the view of the same plane of labels; see `plane_of_labels`."""
        index, axes = self.index, self.axes
        if self.channel_axis is not None:
            index = (*index[: self.channel_axis], 0, *index[self.channel_axis + 1 :])
        if self.channel_axis == 0:
            index, axes = index[1:], (axes[0] - 1, axes[1] - 1)
        return RecordedView(axes, index, rgb=False, contrast_limits=None)

    @property
    def fixed(self) -> tuple[int, ...]:
        """Which plane of a volume it is; () for an image of two axes, with channels or without."""
        free = {*self.axes, self.channel_axis}
        return tuple(at for axis, at in enumerate(self.index) if axis not in free)

    def shown(self, plane: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return a plane, with all its channels, as the window showed it to the predictor.

        Raises
        ------
        ValueError
            If it has not these channels.
        """
        if self.channel_axis is not None:
            plane = self._colours(plane)
        if self.percentiles is not None:
            return as_stretched(plane, self.percentiles, rgb=self.rgb)
        limits = self.contrast_limits or (0.0, 0.0)  # of colours, to which they do not apply
        return as_displayed(plane, rgb=self.rgb, contrast_limits=limits)

    def _colours(self, plane: NDArray[np.generic]) -> NDArray[np.generic]:
        n_channels = plane.shape[2]
        if not all(0 <= channel < n_channels for channel in self.channels):
            raise ValueError(f"expected channels below {n_channels}, got {self.channels}")
        colours = plane[:, :, list(self.channels)]
        return colours[:, :, 0] if len(self.channels) == 1 else colours


def _pair(values: Any) -> tuple[float, float] | None:
    if values is None:
        return None
    low, high = map(float, values)
    return low, high
