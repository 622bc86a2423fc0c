"""The folder of a recorded session: what its files are called, and what they say together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from napari_faseg._durable import DISK, Storage
from napari_faseg._words import counted
from napari_faseg.interaction.about import About
from napari_faseg.interaction.arrays import frozen
from napari_faseg.interaction.changes import apply_changes
from napari_faseg.interaction.journal import Lines
from napari_faseg.interaction.snapshot import Snapshot, read_header, read_snapshot
from napari_faseg.interaction.state import SessionState

SNAPSHOT, JOURNAL = "snapshot", "journal"
CLOSED = "closed"  # a file that is there from the orderly end of a session to its next beginning
DAMAGED = ".damaged"  # the end of the name of a file that was set aside
NAME = re.compile(rf"(\d{{4,9}})\.({SNAPSHOT}|{JOURNAL})({re.escape(DAMAGED)})?")
HALF_WRITTEN = re.compile(rf"\.\d{{4,9}}\.{SNAPSHOT}-[0-9a-f]+")
N_TRIES = 5  # to read a folder that another process is writing to


@dataclass(frozen=True, eq=False)
class StoredSession:
    """What could be read of a recorded session.

    Parameters
    ----------
    about : About
        What it is about.
    state : SessionState
        After the last action that could be read.
    n_actions : int
        How many actions led to it.
    last : str
        When the last one was recorded; "" where that is not known.
    is_closed : bool
        Whether it was ended in an orderly way, so that nothing came after it.
    number : int
        Of the snapshot that it was read from.
    damage : tuple of str
        What could not be read, in a few words each.
    """

    about: About
    state: SessionState
    n_actions: int
    last: str
    is_closed: bool
    number: int
    damage: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person has to be told, in one sentence each."""
        if self.damage:
            found = f"{counted(self.state.n_objects, 'object')} could be read"
            return (f"The recorded session is damaged ({'; '.join(self.damage)}): {found}.",)
        if not self.is_closed:
            when = f" until {self.last}" if self.last else ""
            objects = counted(self.state.n_objects, "object")
            found = f"{counted(self.n_actions, 'action')}{when}, {objects}"
            return (f"The recorded session was not closed; what it holds is whole: {found}.",)
        return ()


def file_path(folder: Path, number: int, kind: str) -> Path:
    """Return the path of a snapshot, or of the journal of what came after it."""
    return folder / f"{number:04}.{kind}"


def numbers(names: list[str], kind: str) -> list[int]:
    """Return the numbers of the files of a kind, the newest first."""
    parts = [name.split(".") for name in session_names(names)]
    return sorted((int(number) for number, of in parts if of == kind), reverse=True)


def next_number(names: list[str]) -> int:
    """Return a number that no file has, and none that was set aside."""
    found = [NAME.fullmatch(name) for name in names]
    return 1 + max((int(m[1]) for m in found if m), default=0)


def session_names(names: list[str]) -> list[str]:
    """Return the names of snapshots and journals that were not set aside."""
    return [name for name in names if (m := NAME.fullmatch(name)) and m[3] is None]


def old_names(names: list[str], first: int) -> list[str]:
    """Return which names can go when the snapshot of a number is the oldest that is kept."""
    whole = [name for name in session_names(names) if int(name.partition(".")[0]) < first]
    return whole + [name for name in names if HALF_WRITTEN.fullmatch(name)]


def is_session(folder: Path, storage: Storage = DISK) -> bool:
    """Say whether a folder has the files of a recorded session, damaged ones included."""
    try:
        return next_number(storage.names(folder)) > 1
    except OSError:
        return False


def read_session(folder: str | Path, storage: Storage = DISK) -> StoredSession:
    """Read a recorded session; nothing in the folder is changed.

    Parameters
    ----------
    folder : str or Path
    storage : Storage
        Where it lies: the disk.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If nothing of it can be read, or a later version wrote it.
    """
    folder = Path(folder)
    for _ in range(N_TRIES - 1):
        try:
            return _read(folder, storage)
        except FileNotFoundError:
            if not is_session(folder, storage):
                break
    return _read(folder, storage)


def _read(folder: Path, storage: Storage) -> StoredSession:
    try:
        names = storage.names(folder)
    except (FileNotFoundError, NotADirectoryError):
        names = []
    if next_number(names) == 1:
        raise FileNotFoundError(f"expected the folder of a recorded session, got {folder}")
    damage: list[str] = []
    begin, number = _begin(folder, names, storage, damage)
    journals = {
        n: Lines.of(storage.read(file_path(folder, n, JOURNAL)))
        for n in reversed(numbers(names, JOURNAL))
    }
    if begin is None:
        begin, number = _begin_of_journals(folder, journals)
        damage.append("there is no snapshot")
    if number not in journals:
        damage.append(f"{file_path(folder, number, JOURNAL).name} is missing")
    damage.extend(_damage_of(journals, number, numbers(names, SNAPSHOT)))
    stored = StoredSession(begin.about, begin.state, begin.n_actions, "", False, number)
    for entry in _records(journals):
        stored = _with_record(stored, entry, damage)
    frozen(stored.state.labels)
    n_closed = _n_when_closed(folder, names, storage)
    if n_closed is not None and n_closed != stored.n_actions:
        damage.append(f"{stored.n_actions} of {n_closed} actions could be read")
    is_closed = n_closed == stored.n_actions
    return replace(stored, is_closed=is_closed, damage=tuple(damage))


def _begin(
    folder: Path, names: list[str], storage: Storage, damage: list[str]
) -> tuple[Snapshot | None, int]:
    """Return the newest snapshot that is whole, else the newest of which something is left."""
    best: Snapshot | None = None
    best_number = 0
    for number in numbers(names, SNAPSHOT):
        path = file_path(folder, number, SNAPSHOT)
        snapshot = read_snapshot(storage.read(path))
        if snapshot is not None and snapshot.is_whole:
            return snapshot, number
        damage.append(f"{path.name} is damaged")
        if best is None and snapshot is not None:
            best, best_number = snapshot, number
    return best, best_number


def _begin_of_journals(folder: Path, journals: dict[int, Lines]) -> tuple[Snapshot, int]:
    """Return an empty beginning, where the journals are all that is left."""
    for number, lines in journals.items():
        known = read_header(lines)
        if known is not None:
            blank = SessionState.blank(known[0].shape, 0.5).thawed()
            return Snapshot(known[0], 0, blank, is_whole=False), number
    raise ValueError(f"nothing of the session in {folder} can be read: its files stay as they are")


def _damage_of(journals: dict[int, Lines], first: int, snapshots: list[int]) -> Iterator[str]:
    for number, lines in journals.items():
        was_beginning = number not in snapshots and not lines.entries  # when the power was cut
        if number < first or was_beginning:
            continue
        name = f"{number:04}.{JOURNAL}"
        if read_header(lines) is None:
            yield f"the beginning of {name} is damaged"
        elif lines.n_damaged:
            yield f"{counted(lines.n_damaged, 'damaged line')} in {name}"
        if lines.is_cut_off:
            yield f"the last line of {name} is cut off"


def _records(journals: dict[int, Lines]) -> Iterator[dict[str, Any]]:
    for lines in journals.values():
        yield from (entry for entry in lines.entries if "format" not in entry)


def _with_record(stored: StoredSession, entry: dict[str, Any], damage: list[str]) -> StoredSession:
    """Return the session after one line of a journal, and note what is missing before it."""
    number = entry.get("n")
    if not isinstance(number, int) or number <= stored.n_actions:
        return stored
    if number > stored.n_actions + 1:
        damage.append(f"what was done before action {number} is missing")
    try:
        state = apply_changes(stored.state, entry["changes"])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        damage.append(f"action {number} cannot be read")
        state = stored.state
    return replace(stored, state=state, n_actions=number, last=str(entry.get("at", "")))


def _n_when_closed(folder: Path, names: list[str], storage: Storage) -> int | None:
    """Return how many actions there were when the session was closed; None if it was not."""
    if CLOSED not in names:
        return None
    entries = Lines.of(storage.read(folder / CLOSED)).entries
    n_actions = entries[0].get(CLOSED) if entries else None
    return n_actions if isinstance(n_actions, int) else None
