"""Follows a session: every action is on the disk before the next one begins."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from napari_faseg._durable import DISK, Storage, put_file
from napari_faseg.interaction.about import About, time_now
from napari_faseg.interaction.changes import changes_between, object_to_dict
from napari_faseg.interaction.journal import Journal, as_line
from napari_faseg.interaction.session_folder import (
    CLOSED,
    JOURNAL,
    SNAPSHOT,
    file_path,
    next_number,
    old_names,
)
from napari_faseg.interaction.session_lock import SessionLock
from napari_faseg.interaction.snapshot import header, snapshot_content
from napari_faseg.interaction.state import SessionState

OBJECTS_PER_SNAPSHOT = 30
BYTES_PER_SNAPSHOT = 2**24  # of the journal, so that it is read again in a moment


class Recorder(Protocol):
    """Whatever is told of each action of a session."""

    def note(self, action: str, state: SessionState, /) -> None:
        """Take note of an action that was done, and of the state after it."""

    def close(self) -> object:
        """Be told that nothing more comes."""


class Recording:
    """Writes what each action changed into a journal, and all of it into a snapshot now and then.

    When something cannot be written, the caller is told by an `OSError`, what was written before
    stays, and the next action, or the end, tries again with all that is missing. So it does after
    an action that Ctrl+C has ended anywhere.

    Parameters
    ----------
    folder : Path
        It exists, and nobody else writes to it.
    about : About
        What the session is about.
    state : SessionState
        Its state now, which is written at once.
    n_actions : int
        How many actions led to it.
    previous : int
        The number of the snapshot that the state was read from, which is kept for now; 0: all
        that the folder holds is kept.
    lock : SessionLock, optional
        Is closed with the recording.
    storage : Storage
        Where to.
    """

    def __init__(
        self,
        folder: Path,
        about: About,
        state: SessionState,
        *,
        n_actions: int = 0,
        previous: int = 0,
        lock: SessionLock | None = None,
        storage: Storage = DISK,
    ) -> None:
        self.folder = folder
        self._about = about
        self._noted = state
        self._n_actions = n_actions
        self._lock = lock
        self._storage = storage
        self._journal: Journal | None = None
        self._is_whole = False  # whether the files have all that was noted, and may grow
        self._number = previous
        self._n_finished: int  # since the last snapshot
        self._objects: dict[int, tuple[object, Mapping[str, Any]]] = {}
        names = storage.names(folder)
        self._next = next_number(names)
        if CLOSED in names:
            storage.remove(folder / CLOSED)  # durable with the name of the journal
        self._begin_journal()
        self._is_whole = True

    def note(self, action: str, state: SessionState) -> None:
        """Write what an action has changed; it is on the disk when this returns.

        Raises
        ------
        OSError
            If it is not.
        """
        changes = changes_between(self._noted, state)
        journal = self._journal if self._is_whole else None
        if journal is not None and not changes:
            return
        self._is_whole = False  # first, since anything may end this anywhere
        self._noted = state
        self._n_actions += 1
        if journal is None:
            self._begin_journal()
        else:
            self._grow(journal, action, changes)
        self._is_whole = True

    @property
    def is_lost(self) -> bool:
        """Whether the folder was removed, or is somebody else's now: nothing must be written."""
        return not self.folder.is_dir() or (self._lock is not None and self._lock.is_taken)

    def let_go(self) -> None:
        """Write nothing any more, not even that this was the end."""
        self._change_journal(None)
        if self._lock is not None:
            self._lock.close()

    def close(self) -> None:
        """Say that nothing more comes, and let others record to the folder."""
        try:
            if self._journal is not None:
                if not self._is_whole:
                    self._begin_journal()
                put_file(self.folder / CLOSED, as_line({CLOSED: self._n_actions}), self._storage)
        finally:
            self.let_go()

    def _grow(self, journal: Journal, action: str, changes: Mapping[str, Any]) -> None:
        entry = {"n": self._n_actions, "at": time_now(), "did": action, "changes": changes}
        journal.append(entry)
        self._n_finished += len(changes.get("finished", ()))
        if self._n_finished >= OBJECTS_PER_SNAPSHOT or journal.n_bytes > BYTES_PER_SNAPSHOT:
            self._begin_journal()

    def _begin_journal(self) -> None:
        """Write all there is into a snapshot, and begin a journal of what comes after it."""
        number, self._next = self._next, self._next + 1
        first = header(self._about, self._n_actions)
        journal = Journal(file_path(self.folder, number, JOURNAL), first, self._storage)
        snapshot = file_path(self.folder, number, SNAPSHOT)
        try:  # for whose content memory may be short
            objects = self._packed_objects()
            content = snapshot_content(self._about, self._n_actions, self._noted, objects)
            put_file(snapshot, content, self._storage)
        except BaseException:
            if self._may_be_there(snapshot):
                journal.close()
            else:
                journal.discard()
            raise
        self._change_journal(journal)
        self._n_finished = 0
        previous, self._number = self._number, number
        for name in old_names(self._storage.names(self.folder), previous):
            self._storage.remove(self.folder / name)

    def _may_be_there(self, path: Path) -> bool:
        try:
            return path.name in self._storage.names(self.folder)
        except OSError:
            return True

    def _packed_objects(self) -> dict[int, Mapping[str, Any]]:
        """Return every finished object as JSON knows it, packing only those that are new."""
        known, now = self._objects, self._noted.finished
        self._objects = {
            label: known[label]
            if label in known and known[label][0] is found
            else (found, object_to_dict(found))
            for label, found in now.items()
        }
        return {label: packed for label, (_, packed) in self._objects.items()}

    def _change_journal(self, journal: Journal | None) -> None:
        before, self._journal = self._journal, journal
        if before is not None:
            before.close()
