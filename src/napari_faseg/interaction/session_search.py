"""Which image a recorded session is about, and whether that is still where it was."""

from pathlib import Path
from typing import Any

from napari_faseg._durable import DISK
from napari_faseg.interaction.about import About
from napari_faseg.interaction.journal import Lines
from napari_faseg.interaction.session_folder import JOURNAL, SNAPSHOT, file_path, numbers
from napari_faseg.interaction.snapshot import read_header

LONGEST_HEADER = 2**20  # bytes
FILE = "file"  # in the facts of a session: what the file of its image was like


def read_about(folder: Path) -> About | None:
    """Return what a recorded session is about; None where there is none, or that is damaged.

    No more than one line of a file is read, so that many folders can be looked through.
    """
    try:
        names = DISK.names(folder)
        for kind in (SNAPSHOT, JOURNAL):
            for number in numbers(names, kind):
                with file_path(folder, number, kind).open("rb") as file:
                    known = read_header(Lines.of(file.readline(LONGEST_HEADER)))
                if known is not None:
                    return known[0]
    except (OSError, ValueError):  # it is no folder, or a later version wrote it
        pass
    return None


def file_facts(path: Path) -> dict[str, Any]:
    """Return what tells the file of an image from one that takes its place later, for JSON."""
    try:
        found = path.stat()
    except OSError:
        return {}
    return {FILE: {"bytes": found.st_size, "modified": found.st_mtime_ns}}


def has_file_of_its_own(about: About, path: Path | None) -> bool:
    """Say whether the file of a session's image is still there, and is not the one at a path.

    If so, an image at the path with the same pixels is a copy; else it is the same image, which
    has another name now.
    """
    source = about.facts.get("source")
    if source is None or path == Path(source):
        return False
    there = file_facts(Path(source))
    return bool(there) and about.facts.get(FILE, there[FILE]) == there[FILE]
