"""The image of a layer as a session takes it: its plane, its contrast, and where it came from."""

from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.plugin.coordinates import Plane, full_resolution

ENDING = ".faseg"  # of the folder of a recorded session


class ImageSource:
    """Reads the plane of an image layer that is segmented.

    Parameters
    ----------
    image : napari.layers.Image
        Its contrast is taken now, its pixels by `read`.
    plane : Plane
        The plane of it that is segmented.
    """

    def __init__(self, image: Image, plane: Plane) -> None:
        low, high = (float(limit) for limit in image.contrast_limits)
        self._array: Any = full_resolution(image)
        self._view = RecordedView(plane.axes, plane.index, bool(image.rgb), (low, high))
        self._identity: ImageIdentity | None = None
        path = None if image.source.path is None else Path(image.source.path).absolute()
        self.is_of_session = path is not None and path.suffix == ENDING
        """Whether it was opened from the folder of a recorded session."""
        self.path = path.with_suffix("") if path and self.is_of_session else path
        """The file or folder of the image, None where it has none."""
        self.name = self.path.name if self.path else str(image.name)
        """What the image is called."""
        self.index = tuple(plane.index[axis] for axis in plane.fixed_axes)
        """Which plane of a volume it is; () for an image of two axes."""
        self._scale = [float(image.scale[axis]) for axis in plane.axes]
        self._unit = str(image.units[plane.axes[1]])

    @property
    def facts(self) -> dict[str, Any]:
        """What `faseg replay` and `faseg export` need to know of the image."""
        if self.is_of_session and not self.index:
            return {}  # its own are better: they know where the image was
        source = {"source": str(self.path)} if self.path and not self.is_of_session else {}
        view = self._view.to_dict()
        return {**source, "name": self.name, "view": view, "scale": self._scale, "unit": self._unit}

    @property
    def identity(self) -> ImageIdentity:
        """Which image it is, whatever its contrast; known once it was read."""
        if self._identity is None:
            raise RuntimeError("read the image first")
        return self._identity

    def read(self) -> NDArray[np.generic]:
        """Return the plane as it is shown, (h, w) or (h, w, c)."""
        plane = self._view.plane(self._array)
        plane = np.asarray(plane)
        self._identity = ImageIdentity.of(plane)
        return self._view.shown(plane)
