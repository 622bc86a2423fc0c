"""The layers of a stack whose planes have sessions: opened together, and saved together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from napari.types import LayerData
from numpy.typing import NDArray

from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.objects import checked_labels
from napari_faseg.interaction.recorded_view import RecordedView, read_as_napari
from napari_faseg.interaction.session_folder import StoredSession, read_session
from napari_faseg.interaction.stack_folder import (
    StoredStack,
    name_of,
    plane_folders,
    plane_of,
    read_stack,
)
from napari_faseg.plugin.image_choice import CHOICE, ImageChoice
from napari_faseg.plugin.opened_image import opened_image
from napari_faseg.plugin.transforms import layers_of_stack, placed

# In the metadata of a layer of objects: by what a plane is called, the folder of its session.
PLANES = "faseg_planes"
PLACE = "faseg_place"  # there, too: where the image lies, as the facts of a session say it
IN_PROGRESS = "faseg_in_progress"  # there, too: under which label a session's object in progress is


def is_of_stack(data: Any, meta: dict[str, Any]) -> bool:
    """Say whether a labels layer has objects of sessions of several planes."""
    return np.ndim(data) > 2 and bool(meta.get("metadata", {}).get(PLANES))


def stack_of(data: Any, meta: dict[str, Any]) -> StoredStack:
    """Return the sessions that a layer was made in, with the objects that the layer has now.

    Raises
    ------
    ValueError
        If there are objects on other planes, too.
    """
    labels = np.asarray(data)
    planes = _sessions_of_planes(labels, meta)
    rest = labels != 0
    for stored in planes:
        plane_of(stored.about, rest)[...] = False
    if rest.any():
        first = tuple(map(int, np.argwhere(rest)[0]))
        raise ValueError(
            "expected objects on planes of recorded sessions, got one on a plane that has none, at "
            f"{first}: move the slider there with the session open, or save as .tif"
        )
    return StoredStack(labels.shape, planes)


def read_stack_layers(path: str) -> list[LayerData]:
    """Open a saved stack: its image, where that is found and is the right one, and all objects.

    Parameters
    ----------
    path : str
        The folder.

    Returns
    -------
    list of LayerData
        The image, of its whole shape, and labels of that shape without its colours.

    Raises
    ------
    ValueError
        If something of it cannot be read.
    """
    stack = read_stack(path)
    facts = stack.planes[0].about.facts if stack.planes else {}
    lies = layers_of_stack([stored.about for stored in stack.planes], len(stack.shape))
    name = str(facts.get("name", Path(path).stem))
    places = plane_folders(Path(path))  # of the planes, in their order
    known = {
        name_of(stored.about): str(place)
        for stored, place in zip(stack.planes, places, strict=True)
    }
    chosen = {CHOICE: ImageChoice.recorded(facts, of_plane=False)}
    metadata = {PLANES: known, "about": dict(facts), "told": stack.warnings, **chosen}
    named = {"name": f"{name} objects", "metadata": metadata, **lies[1]}
    labels: LayerData = (stack.labels, named, "labels")
    image = _image_of(stack)
    if image is None:
        return [labels]
    is_rgb = bool(facts.get("view", {}).get("rgb"))
    picture = opened_image(image, facts, is_rgb=is_rgb, name=name, metadata=chosen, **lies[0])
    return [picture, labels]


def with_objects(folder: str, data: Any, meta: dict[str, Any]) -> StoredSession:
    """Return the session of a folder with the finished objects that a labels layer has now.

    Its object in progress stays what it is: what the layer shows of that is no finished object. One
    that the layer has as a finished one, such as a copy from before it was reopened, is finished.

    Parameters
    ----------
    folder : str
        Of a recorded session.
    data, meta
        The layer, (h, w) like the plane of the session or of the shape of its whole stack.
    """
    stored, labels = read_session(Path(folder)), np.asarray(data)
    found = labels if labels.ndim == 2 else plane_of(stored.about, labels)
    plane = checked_labels(found, stored.state.shape)
    in_progress = meta["metadata"].get(IN_PROGRESS, {}).get(folder)
    if in_progress is not None:
        plane = np.where(plane == in_progress, stored.state.labels, plane)
    about = placed(stored.about, meta["metadata"].get(PLACE, {}))
    reopened = stored.state.reopened
    is_finished = reopened is not None and bool((plane == reopened.label).any())
    state = stored.state.without_progress() if is_finished else stored.state
    return replace(stored, about=about, state=replace(state, labels=plane))


def _sessions_of_planes(labels: NDArray[Any], meta: dict[str, Any]) -> tuple[StoredSession, ...]:
    """Return one session of each plane, the one that was noted last: metadata may be of anybody."""
    folders = dict.fromkeys(meta["metadata"][PLANES].values())
    found = (with_objects(folder, labels, meta) for folder in folders)
    return tuple({name_of(stored.about): stored for stored in found}.values())


def _image_of(stack: StoredStack) -> NDArray[np.generic] | None:
    """Return the whole image; None where its file is not there, or a plane is another one now."""
    try:
        image = read_as_napari(Path(stack.planes[0].about.facts["source"]))
        for stored in stack.planes:
            view = RecordedView.from_dict(stored.about.facts["view"])
            stored.about.image.check(ImageIdentity.of(view.plane(image)))
    except Exception:  # noqa: BLE001  every format has its own way to fail; the objects open
        return None
    return image
