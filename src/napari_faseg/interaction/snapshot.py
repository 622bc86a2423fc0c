"""A whole session in one file, in lines that can be read without each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from napari_faseg.interaction.about import FORMAT, About
from napari_faseg.interaction.changes import apply_changes, whole_state
from napari_faseg.interaction.journal import Lines, as_line
from napari_faseg.interaction.state import SessionState


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What could be read of a snapshot.

    Parameters
    ----------
    about : About
        What the session is about.
    n_actions : int
        How many actions led to the state.
    state : SessionState
        As far as it could be read; its labels can be written into.
    is_whole : bool
        Whether that is all of it.
    """

    about: About
    n_actions: int
    state: SessionState
    is_whole: bool


def snapshot_content(
    about: About,
    n_actions: int,
    state: SessionState,
    objects: Mapping[int, Mapping[str, Any]],
) -> bytes:
    """Return the content of a snapshot.

    Parameters
    ----------
    about, n_actions, state
        See `Snapshot`.
    objects
        Each finished object as `object_to_dict` gives it, by label.
    """
    numbered = enumerate(whole_state(state, objects))
    pieces = [as_line({"piece": number, "changes": piece}) for number, piece in numbered]
    last = as_line({"pieces": len(pieces)})
    return b"".join([header_line(about, n_actions), *pieces, last])


def header_line(about: About, n_actions: int) -> bytes:
    """Return the first line of a file."""
    return as_line(header(about, n_actions))


def header(about: About, n_actions: int) -> dict[str, Any]:
    """Return the first entry of a file: what it is about, and how many actions came before it."""
    return {"format": FORMAT, "n": n_actions, "about": about.to_dict()}


def read_header(lines: Lines) -> tuple[About, int] | None:
    """Return what a file says of itself, or None if that is damaged.

    Raises
    ------
    ValueError
        If it was written by a later version.
    """
    for entry in lines.entries[:1]:
        if "format" not in entry:
            return None
        if entry["format"] != FORMAT:
            raise ValueError(
                f"expected a session of format {FORMAT}, got {entry['format']}: "
                "a later version of napari-faseg wrote it"
            )
        try:
            return About.from_dict(entry["about"]), int(entry["n"])
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
    return None


def read_snapshot(content: bytes) -> Snapshot | None:
    """Read the content of a snapshot; None if not even its first line can be read.

    Raises
    ------
    ValueError
        If it was written by a later version.
    """
    lines = Lines.of(content)
    known = read_header(lines)
    if known is None:
        return None
    about, n_actions = known
    state = SessionState.blank(about.shape, 0.5).thawed()
    numbers = []
    for entry in lines.entries[1:]:
        try:
            state = apply_changes(state, entry.get("changes", {}))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            continue
        numbers.append(entry.get("piece", entry.get("pieces")))
    has_all = "pieces" in lines.entries[-1] and numbers == list(range(len(numbers)))
    is_whole = has_all and not lines.n_damaged and not lines.is_cut_off
    return Snapshot(about, n_actions, state, is_whole)
