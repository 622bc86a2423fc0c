"""Where the recorded sessions of an image lie: beside its file, or else with the user's data."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

from napari_faseg._durable import DISK, naming, put_file
from napari_faseg.interaction.about import About
from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.interaction.session_folder import is_session
from napari_faseg.interaction.session_opening import is_free
from napari_faseg.interaction.session_search import read_about
from napari_faseg.interaction.stack_folder import is_stack
from napari_faseg.plugin.image_source import ENDING, ImageSource

SESSION = "faseg_session"  # in the metadata of a layer of objects: the folder of their session
FOLDER_VARIABLE = "NAPARI_FASEG_SESSIONS"
NOT_IN_NAMES = re.compile(r"[^\w .-]+")
HASH_START = 12
PLANE_PART = ".plane-"  # of a name, before the index of a plane


def sessions_folder() -> Path:
    """Return the folder for sessions that cannot lie beside their image.

    The environment variable ``NAPARI_FASEG_SESSIONS`` names another one.
    """
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else user_data_path("napari-faseg") / "sessions"


def places(source: ImageSource) -> Iterator[Path]:
    """Go through the folders in which sessions of an image may lie, without an end.

    Raises
    ------
    OSError
        If there is no folder that can be written to.
    """
    folder, first, is_beside = _folder_and_name(source, _plane_part(source.index))
    if is_stack(folder):
        first = source.plane_name
    elif not is_beside:
        first += f"-{source.identity.sha256[:HASH_START]}"
    yield folder / f"{first}{ENDING}"
    number = 1
    while True:
        number += 1
        yield folder / f"{first}-{number}{ENDING}"


def recorded_views(source: ImageSource) -> list[RecordedView]:
    """Return of which planes of a volume there are sessions under its name."""
    folder, first, _ = _folder_and_name(source, PLANE_PART)
    named = (place for place in sorted(folder.glob(f"*{ENDING}")) if place.name.startswith(first))
    known = (about for about in map(read_about, named) if about is not None)
    views = (view for view in map(_view_of, known) if view is not None)
    return list({(view.axes, view.index): view for view in views}.values())


def known_and_new(source: ImageSource) -> tuple[list[Path], Path]:
    """Return the folders with sessions under the name of an image, and one that is free.

    The newest comes first, or the one that the image was opened from.
    """
    known: list[Path] = []
    for place in places(source):
        if is_free(place):
            break
        if is_session(place):
            known.append(place)
    first = known[:1] if source.is_of_session else []
    return first + known[len(first) :][::-1], place


def elsewhere(source: ImageSource) -> Iterator[tuple[Path, About]]:
    """Go through the sessions of these pixels that lie under other names, and what they are about.

    They are beside the file of the image, or with the user's data, and are about the same plane.
    """
    ours = set(known_and_new(source)[0])
    of_pixels = sessions_folder().glob(f"*-{source.identity.sha256[:HASH_START]}*{ENDING}")
    beside = source.path.parent.glob(f"*{ENDING}") if source.path is not None else ()
    for place in (*sorted(beside), *sorted(of_pixels)):
        if place in ours or not _may_be_of_plane(place.name, source.index):
            continue
        about = read_about(place)
        is_ours = about is not None and _index_of(about) in (source.index, None)
        if about and is_ours and about.image == source.identity and is_of_plane(about, source):
            yield place, about


def is_of_plane(about: About, source: ImageSource) -> bool:
    """Say whether a session may be about the plane of an image: not if it names another one.

    Planes that cross, and those of other channels, can have the same index, and the same pixels.
    """
    view, now = _view_of(about), source.sight.view
    if view is None or len(view.index) != len(now.index):
        return True  # the image was opened with other axes
    ours = now.axes, now.channel_axis, now.fixed
    return (view.axes, view.channel_axis, view.fixed) == ours


def can_be_written(folder: Path) -> bool:
    """Say whether files can be written in a folder, made durable, renamed and removed."""
    probe = folder / f".faseg-probe-{secrets.token_hex(4)}"
    try:
        put_file(probe, b"probe")
        DISK.remove(probe)
    except OSError:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
        return False
    return True


def _folder_and_name(source: ImageSource, part: str) -> tuple[Path, str, bool]:
    """Return where sessions of an image lie, their name with a part, and if they are beside it."""
    if source.path is not None and source.is_of_session:
        stack = source.path.with_name(source.path.name + ENDING)
        if is_stack(stack) and can_be_written(stack):
            return stack, part.removeprefix("."), True
    if source.path is not None and can_be_written(source.path.parent):
        return source.path.parent, source.name + part, True
    folder = sessions_folder()
    with naming(folder):
        DISK.make_folder(folder)
    clean = NOT_IN_NAMES.sub("_", source.name + part).strip(" .") or "image"
    return folder, clean, False


def _plane_part(index: tuple[int, ...]) -> str:
    return PLANE_PART + "-".join(map(str, index)) if index else ""


def _may_be_of_plane(name: str, index: tuple[int, ...]) -> bool:
    """Say whether a folder may be about a plane, so that those of all others need not be read."""
    return _plane_part(index) in name if index else PLANE_PART not in name


def _index_of(about: About) -> tuple[int, ...] | None:
    """Return which plane of a volume a session is about; None where it does not say."""
    view = _view_of(about)
    return None if view is None else view.fixed


def _view_of(about: About) -> RecordedView | None:
    """Return how a session looks at its image; None where it does not say."""
    try:
        return RecordedView.from_dict(about.facts["view"])
    except (KeyError, TypeError, ValueError):
        return None
