"""Sessions of the planes of one image in one folder: written by one action, and read back by one.

The folder has a file that says how large the image is, and in it the folder of each plane's
session, which is like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg._durable import DISK, put_file
from napari_faseg.interaction.about import FORMAT, About
from napari_faseg.interaction.journal import Lines, as_line
from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.interaction.session_folder import StoredSession, is_session, read_session
from napari_faseg.interaction.session_opening import save_session

STACK = "stack"  # the name of the file in the folder
PLANE = "plane-"  # the beginning of the name of the folder of a plane
ENDING = ".faseg"  # and its end


@dataclass(frozen=True, eq=False)
class StoredStack:
    """What could be read of the sessions of an image's planes.

    Parameters
    ----------
    shape : tuple of int
        Of the image, without its colours.
    planes : tuple of StoredSession
        Those on which something was done.
    """

    shape: tuple[int, ...]
    planes: tuple[StoredSession, ...]

    @property
    def labels(self) -> NDArray[np.int32]:
        """The finished objects of all planes, of the shape of the image; 0 is background."""
        labels = np.zeros(self.shape, np.int32)
        for stored in self.planes:
            plane = plane_of(stored.about, labels)
            plane[plane == 0] = stored.state.labels[plane == 0]  # planes may cross
        return labels

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person has to be told, in one sentence each."""
        return tuple(
            f"{name_of(stored.about)}: {sentence}"
            for stored in self.planes
            for sentence in stored.warnings
        )


def plane_of(about: About, labels: NDArray[Any]) -> NDArray[Any]:
    """Return the plane that a session is about, (h, w), as a view of labels of the whole image.

    Raises
    ------
    ValueError
        If the session does not say which plane that is, or the labels have not got it.
    """
    if "view" not in about.facts:
        raise ValueError("expected the session of a plane, got one that does not say of which")
    return RecordedView.from_dict(about.facts["view"]).plane_of_labels(labels)


def name_of(about: About) -> str:
    """Return what the plane of a session is called, such as "plane-3"."""
    return name_of_plane(RecordedView.from_dict(about.facts["view"]))


def name_of_plane(view: RecordedView) -> str:
    """Return what a plane is called; one of other axes than the last two says which."""
    pixels = tuple(axis for axis in range(len(view.index)) if axis != view.channel_axis)
    turned = "" if view.axes == pixels[-2:] else f"-axes-{view.axes[0]}-{view.axes[1]}"
    return f"{PLANE}{'-'.join(map(str, view.fixed))}{turned}"


def is_stack(folder: Path) -> bool:
    """Say whether a folder has sessions of the planes of an image."""
    return (folder / STACK).is_file()


def save_stack(folder: Path, stack: StoredStack) -> None:
    """Write the sessions of an image's planes to a folder: a new one, or one that was written so.

    Raises
    ------
    FileExistsError
        If it holds something else.
    ValueError, RuntimeError, OSError
        As `save_session` does, of each plane.
    """
    if is_session(folder) or (folder.exists() and not is_stack(folder) and any(folder.iterdir())):
        raise FileExistsError(f"expected a new folder or a saved stack, got {folder}")
    places = {folder / f"{name_of(stored.about)}{ENDING}": stored for stored in stack.planes}
    others = [place.name for place in plane_folders(folder) if place not in places]
    if others:
        raise FileExistsError(
            f"{folder} has other planes, too ({', '.join(others)}): choose another"
        )
    DISK.make_folder(folder)
    entry = {"format": FORMAT, "shape": [int(size) for size in stack.shape]}
    put_file(folder / STACK, as_line(entry))
    for place, stored in places.items():
        save_session(place, stored.about, stored.state)


def read_stack(folder: str | Path) -> StoredStack:
    """Read the sessions of an image's planes; nothing in the folder is changed.

    Raises
    ------
    FileNotFoundError
        If there are none.
    ValueError
        If something of it cannot be read.
    """
    folder = Path(folder)
    if not is_stack(folder):
        raise FileNotFoundError(f"expected the folder of a saved stack, got {folder}")
    shape = _shape(Lines.of(DISK.read(folder / STACK)).entries[:1], folder)
    planes = tuple(read_session(place) for place in plane_folders(folder))
    return StoredStack(shape, planes)


def plane_folders(folder: Path) -> list[Path]:
    """Return the folders of the sessions in the folder of a stack; none if it is not there yet."""
    places = sorted(folder.glob(f"{PLANE}*{ENDING}"))
    return [place for place in places if is_session(place)]


def _shape(entries: tuple[Mapping[str, Any], ...], folder: Path) -> tuple[int, ...]:
    for entry in entries:
        shape = entry.get("shape")
        if entry.get("format") == FORMAT and isinstance(shape, list) and all(map(_is_size, shape)):
            return tuple(shape)
    raise ValueError(f"the file {folder / STACK} is damaged, or a later version wrote it")


def _is_size(value: object) -> bool:
    return isinstance(value, int) and value > 0
