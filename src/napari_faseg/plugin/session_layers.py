"""Recorded sessions opened as layers, and layers of objects saved as sessions or for COCO."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from napari.types import LayerData
from napari.utils.notifications import show_info
from numpy.typing import NDArray

from napari_faseg._durable import replace_file
from napari_faseg.interaction.about import About
from napari_faseg.interaction.coco import as_coco
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.label_files import stack_as_coco
from napari_faseg.interaction.recorded_view import (
    RecordedView,
    read_as_napari,
    read_as_scikit_image,
)
from napari_faseg.interaction.session_folder import StoredSession, read_session
from napari_faseg.interaction.session_opening import save_session
from napari_faseg.interaction.stack_folder import is_stack, save_stack
from napari_faseg.interaction.summaries import unchanged
from napari_faseg.plugin.image_choice import CHOICE, ImageChoice
from napari_faseg.plugin.opened_image import opened_image
from napari_faseg.plugin.session_places import SESSION
from napari_faseg.plugin.stack_layers import (
    is_of_stack,
    read_stack_layers,
    stack_of,
    with_objects,
)
from napari_faseg.plugin.transforms import layers_of_plane


def read_layers(path: str) -> list[LayerData]:
    """Open a recorded session: its image, where that is found and is the right one, and objects.

    Parameters
    ----------
    path : str
        The folder.

    Returns
    -------
    list of LayerData
        The (h, w) or (h, w, c) plane that was segmented, and (h, w) labels. The metadata of the
        labels have the path, what the session is about, and the clicks of each object.

    Raises
    ------
    ValueError
        If nothing of it can be read.
    """
    if is_stack(Path(path)):
        return read_stack_layers(path)
    stored = read_session(Path(path))
    about, facts = stored.about, stored.about.facts
    name, lies = str(facts.get("name", Path(path).stem)), layers_of_plane(about)
    known = unchanged(stored.state.labels, stored.state.finished).values()
    clicks = {o.label: [(c.y, c.x, c.positive) for c in o.clicks] for o in known}
    chosen = {CHOICE: ImageChoice.recorded(facts, of_plane=True)}
    told = {"about": dict(facts), "clicks": clicks, "told": stored.warnings}
    metadata = {SESSION: path, **told, **chosen}
    named = {"name": f"{name} objects", "metadata": metadata, **lies[1]}
    labels: LayerData = (np.array(stored.state.labels), named, "labels")
    plane = _image_of(about)
    if plane is None:
        return [labels]
    is_rgb = plane.ndim == 3
    if is_rgb and not facts.get("view", {"rgb": True})["rgb"]:  # channels: an axis of their own
        plane, is_rgb = np.moveaxis(plane, -1, 0), False
    picture = opened_image(plane, facts, is_rgb=is_rgb, name=name, metadata=chosen, **lies[0])
    return [picture, labels]


def write_session(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Save a labels layer with the clicks of its objects, as a session that can be resumed.

    An object in progress is saved as what it is: by its clicks, which go on.

    Raises
    ------
    ValueError
        If the layer was not made in a recorded session, is of another shape now, or has objects on
        planes that nobody has looked at.
    """
    if is_of_stack(data, meta):
        save_stack(Path(path), stack_of(data, meta))
        return [path]
    stored = _session_of(data, meta)
    save_session(Path(path), stored.about, stored.state)
    return [path]


def write_coco(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Save a labels layer of recorded sessions as a COCO data set, with an image for each plane.

    An object in progress is not among its objects, which is said.
    """
    if is_of_stack(data, meta):
        stack = stack_of(data, meta)
        sessions, text = stack.planes, json.dumps(stack_as_coco(stack))
    else:
        stored = _session_of(data, meta)
        facts = stored.about.facts
        name = str(facts.get("source", facts.get("name", "image")))
        sessions, text = (stored,), json.dumps(as_coco(stored.state, name))
    replace_file(Path(path), lambda part: part.write_text(text, encoding="utf-8"))
    if any(stored.state.in_progress for stored in sessions):
        show_info(f"The object in progress is not in {Path(path).name}: finish it first.")
    return [path]


def _session_of(data: Any, meta: dict[str, Any]) -> StoredSession:
    """Return the session that a layer was made in, with the objects that the layer has now."""
    folder = meta.get("metadata", {}).get(SESSION)
    if folder is None:
        raise ValueError(
            "expected a layer of objects of a recorded session, got one that was made elsewhere"
        )
    return with_objects(folder, data, meta)


def _image_of(about: About) -> NDArray[np.generic] | None:
    """Return the plane that was segmented; None where its file is not there, or is another one."""
    facts = about.facts
    try:
        if "view" in facts:
            image = read_as_napari(Path(facts["source"]))
            plane = RecordedView.from_dict(facts["view"]).plane(image)
        else:
            plane = read_as_scikit_image(Path(facts["source"]))
        about.image.check(ImageIdentity.of(plane))
    except Exception:  # noqa: BLE001  every format has its own way to fail; the objects open
        return None
    return plane
