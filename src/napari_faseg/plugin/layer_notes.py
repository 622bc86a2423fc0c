"""What a layer of objects says of the session that it belongs to: it may be saved at any time.

What was said is never changed, only replaced: a copy of the layer shares it.
"""

from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.shown import NOWHERE, Shown
from napari_faseg.plugin.stack_layers import IN_PROGRESS, PLACE, PLANES


def note_place(painter: Painter, source: ImageSource) -> None:
    """Let the layer say where the image lies."""
    painter.layer.metadata[PLACE] = source.place


def left_in_progress(painter: Painter) -> dict[str, int]:
    """Return which label is no finished object, by the folder of each session that noted so."""
    return dict(painter.layer.metadata.get(IN_PROGRESS, {}))


def note_folder(painter: Painter, plane_name: str, folder: str) -> None:
    """Let it say where a plane of a volume is recorded; see `ImageSource.plane_name`."""
    metadata = painter.layer.metadata
    metadata[PLANES] = {**metadata.get(PLANES, {}), plane_name: folder}


def note_session(painter: Painter, source: ImageSource, shown: Shown) -> None:
    """Let it say where a plane is recorded, and which of its labels is no finished object."""
    note_place(painter, source)
    if not shown.folder:
        return
    if source.index:
        note_folder(painter, source.plane_name, shown.folder)
    in_progress = left_in_progress(painter)
    in_progress[shown.folder] = painter.label
    if shown.box == NOWHERE:
        del in_progress[shown.folder]
    painter.layer.metadata[IN_PROGRESS] = in_progress
