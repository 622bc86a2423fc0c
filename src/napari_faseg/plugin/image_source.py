"""The image of a layer as a session takes it: its plane, its contrast, and where it came from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.interaction.stack_folder import name_of_plane
from napari_faseg.plugin.coordinates import Plane, full_resolution
from napari_faseg.plugin.image_choice import ImageChoice
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.transforms import facts_of_place, with_plane

ENDING = ".faseg"  # of the folder of a recorded session
SAMPLED_SIDE = 512  # so many rows and columns tell whether pixels were changed in place


@dataclass(frozen=True, eq=False)
class Sight:
    """What there is to see at one moment: an array, and how a plane of it is looked at.

    The checksum is of some pixels, evenly all over the plane; None where reading them takes time.
    """

    array: Any
    view: RecordedView
    checksum: int | None

    def shows_the_pixels_of(self, other: "Sight") -> bool:
        """Whether the pixels are the same, however they are looked at."""
        return self.array is other.array and self.checksum == other.checksum


class ImageSource:
    """Reads the plane of an image layer that is segmented.

    Parameters
    ----------
    overlay : Overlay
        Knows the image. Its contrast is taken now and by `look`, its pixels by `read`.
    plane : Plane
        The plane that is segmented.
    choice : ImageChoice
        What of it the network is shown.

    Attributes
    ----------
    sight : Sight
        What there is to see now.
    seen : Sight, optional
        What was read last.
    """

    def __init__(self, overlay: Overlay, plane: Plane, choice: ImageChoice) -> None:
        image: Any = overlay.image
        self._overlay, self._plane = overlay, plane
        self.sight = self._now(choice)
        self.seen: Sight | None = None
        self._identity: ImageIdentity | None = None
        path = None if image.source.path is None else Path(image.source.path).absolute()
        self.is_of_session = path is not None and path.suffix == ENDING
        """Whether it was opened from the folder of a recorded session."""
        self.path = path.with_suffix("") if path and self.is_of_session else path
        """The file or folder of the image, None where it has none."""
        self.name = self.path.name if self.path else str(image.name)
        """What the image is called."""
        axes = self.sight.view.axes
        fixed = (axis for axis in range(image.ndim) if axis not in (*axes, choice.channel_axis))
        self.index = tuple(self.sight.view.index[axis] for axis in fixed)
        """Which plane of a volume it is; () for an image of two axes."""
        self.lie()

    @property
    def plane_name(self) -> str:
        """What its plane of a volume is called; no other plane is called so, nor one across."""
        return name_of_plane(self.sight.view)

    def lie(self) -> None:
        """Take where the image lies now."""
        self.place = facts_of_place(self._overlay.image)
        """Where it lies, as the facts of a session say it."""

    @property
    def facts(self) -> dict[str, Any]:
        """What `faseg replay` and `faseg export` need to know of the image that was read."""
        if self.is_of_session and not self.index:
            return {}  # its own are better: they know where the image was
        source = {"source": str(self.path)} if self.path and not self.is_of_session else {}
        view = (self.seen or self.sight).view.to_dict()
        return {**source, "name": self.name, "view": view, **with_plane(self.place, view)}

    @property
    def identity(self) -> ImageIdentity:
        """Which image it is, whatever its contrast; known once it was read."""
        if self._identity is None:
            raise RuntimeError("read the image first")
        return self._identity

    def look(self, choice: ImageChoice, *, redrawn: bool = False) -> bool:
        """Take the image as it is now; say whether a network sees it otherwise than before.

        Parameters
        ----------
        choice : ImageChoice
            What of it the network is shown.
        redrawn : bool
            Whether pixels may have been changed in place; they are compared only then.
        """
        before = self.sight
        now = self._now(choice, None if redrawn else before)
        if now.shows_the_pixels_of(before) and now.view == before.view:
            return False
        self.sight = now
        return True

    def read(self) -> NDArray[np.generic]:
        """Return the plane as it is shown, (h, w) or (h, w, c)."""
        sight = self.sight  # another thread may change it meanwhile
        plane = np.asarray(sight.view.plane(sight.array))
        if self.seen is None or not sight.shows_the_pixels_of(self.seen):
            self._identity = ImageIdentity.of(plane)
        self.seen = sight
        return sight.view.shown(plane)

    def _now(self, choice: ImageChoice, known: Sight | None = None) -> Sight:
        view = choice.view(self._overlay, self._plane)
        array = full_resolution(self._overlay.image)
        if known is not None and known.array is array:
            return Sight(array, view, known.checksum)
        return Sight(array, view, checksum(array, view))


def checksum(array: Any, view: RecordedView) -> int | None:
    """Return a number for some pixels of a plane that is in memory, None for any other."""
    if not isinstance(array, np.ndarray) or isinstance(array, np.memmap):
        return None
    plane = view.plane(array)
    row_step, column_step = (-(-side // SAMPLED_SIDE) for side in plane.shape[:2])
    return crc32(plane[::row_step, ::column_step].tobytes())
