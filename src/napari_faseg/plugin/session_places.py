"""Where the recorded sessions of an image lie: beside its file, or else with the user's data."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

from napari_faseg._durable import DISK, put_file
from napari_faseg.interaction.session_folder import is_session
from napari_faseg.interaction.session_opening import is_free
from napari_faseg.plugin.image_source import ENDING, ImageSource

SESSION = "faseg_session"  # in the metadata of a layer of objects: the folder of their session
FOLDER_VARIABLE = "NAPARI_FASEG_SESSIONS"
NOT_IN_NAMES = re.compile(r"[^\w .-]+")
HASH_START = 12


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
    name = source.name
    if source.index:
        name += f".plane-{'-'.join(map(str, source.index))}"
    if source.path is not None and can_be_written(source.path.parent):
        folder, first = source.path.parent, name
    else:
        folder = sessions_folder()
        DISK.make_folder(folder)
        clean = NOT_IN_NAMES.sub("_", name).strip(" .") or "image"
        first = f"{clean}-{source.identity.sha256[:HASH_START]}"
    yield folder / f"{first}{ENDING}"
    number = 1
    while True:
        number += 1
        yield folder / f"{first}-{number}{ENDING}"


def known_and_new(source: ImageSource) -> tuple[list[Path], Path]:
    """Return the folders with sessions of an image, the newest first, and one that is free."""
    known: list[Path] = []
    for place in places(source):
        if is_free(place):
            break
        if is_session(place):
            known.append(place)
    return known[::-1], place


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
