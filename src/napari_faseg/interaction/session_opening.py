"""Begin to record to a folder, go on there, or write a session to it once."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari_faseg._durable import DISK, Storage
from napari_faseg.interaction.about import About
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_folder import (
    CLOSED,
    DAMAGED,
    StoredSession,
    is_session,
    read_session,
    session_names,
)
from napari_faseg.interaction.session_lock import LOCK, SessionInUseError, SessionLock
from napari_faseg.interaction.state import SessionState


def begin_recording(folder: Path, about: About, state: SessionState) -> Recording:
    """Begin to record a session in a folder that holds none.

    Raises
    ------
    FileExistsError
        If it holds one, or something else.
    SessionInUseError
        If somebody else has just begun there.
    OSError
        If the folder cannot be written to.
    """
    with _locked(folder) as lock:
        if is_session(folder):
            raise FileExistsError(f"{folder} holds a session already: resume it, or choose another")
        try:
            return Recording(folder, about, state, lock=lock)
        except BaseException:
            with suppress(OSError):
                for name in DISK.names(folder):
                    if name != LOCK:
                        DISK.remove(folder / name)
            raise


def resume_recording(folder: Path, about: About) -> tuple[Recording, StoredSession]:
    """Go on with a recorded session of the same image.

    What is damaged is set aside, not overwritten.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is about another image, or nothing of it can be read; it stays as it is.
    SessionInUseError
        If somebody else records to it.
    OSError
        If the folder cannot be written to.
    """
    read_session(folder).about.image.check(about.image)
    with _locked(folder) as lock:
        return go_on(folder, about, lock=lock)


def go_on_recording(folder: Path, about: About, state: SessionState) -> Recording:
    """Go on to record a session that has this state now, about which there is something new to say.

    Raises
    ------
    FileNotFoundError, ValueError, SessionInUseError, OSError
        As `resume_recording` does.
    """
    with _locked(folder) as lock:
        recording, _ = go_on(folder, about, lock=lock, state=state)
    return recording


def save_session(folder: Path, about: About, state: SessionState) -> None:
    """Write a session to a folder: a new one, or one that holds a session of the same image.

    Raises
    ------
    FileExistsError
        If it holds something else.
    ValueError
        If the session there is about another image, or nothing of it can be read.
    SessionInUseError
        If somebody records to it.
    OSError
        If the folder cannot be written to.
    """
    if is_session(folder):
        read_session(folder).about.image.check(about.image)
        with _locked(folder) as lock:
            recording, _ = go_on(folder, about, lock=lock, state=state)
    else:
        recording = begin_recording(folder, about, state)
    recording.close()


def go_on(
    folder: Path,
    about: About,
    *,
    state: SessionState | None = None,
    lock: SessionLock | None = None,
    storage: Storage = DISK,
) -> tuple[Recording, StoredSession]:
    """Record to a folder that holds a session, and return what it held.

    Parameters
    ----------
    folder, about, lock, storage
        See `Recording`.
    state
        The state to go on with; the stored one unless given.
    """
    stored = read_session(folder, storage)
    stored.about.image.check(about.image)
    names = storage.names(folder)
    recording = Recording(
        folder,
        replace(about, facts=_continued(stored.about.facts, about.facts)),
        state or stored.state,
        n_actions=stored.n_actions + (state is not None),
        previous=0 if stored.damage else stored.number,
        lock=lock,
        storage=storage,
    )
    if stored.damage:
        for name in session_names(names):
            storage.replace(folder / name, folder / f"{name}{DAMAGED}")
        storage.sync_folder(folder)
    return recording, stored


def is_free(folder: Path) -> bool:
    """Say whether a session can be begun in a folder: it is missing, or has nothing in it."""
    if not folder.exists():
        return True
    return folder.is_dir() and all(name in (LOCK, CLOSED) for name in DISK.names(folder))


@contextmanager
def _locked(folder: Path) -> Iterator[SessionLock]:
    """Hold a folder, which is made if need be; it is let go if something goes wrong."""
    if not is_free(folder) and not is_session(folder):
        raise FileExistsError(f"expected a new folder or a recorded session, got {folder}")
    is_new = not folder.exists()
    lock: SessionLock | None = None
    try:
        DISK.make_folder(folder)
        lock = SessionLock(folder)
        yield lock
    except BaseException as error:
        if is_new and not isinstance(error, SessionInUseError):
            _remove_again(folder)
        if lock is not None:
            lock.close()
        raise


def _remove_again(folder: Path) -> None:
    """Remove a folder that was made in vain; a system that keeps open files keeps it."""
    with suppress(OSError):
        if DISK.names(folder) == [LOCK]:
            DISK.remove(folder / LOCK)
        folder.rmdir()  # an empty one


def _continued(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a session that goes on, perhaps with another predictor or view."""
    kept: dict[str, Any] = {"began": before.get("began")}
    for name in ("predictor", "view"):
        earlier = list(before.get(f"earlier_{name}s", ()))
        if name in before and before[name] != _as_stored(now.get(name, before[name])):
            earlier.append(before[name])
        if earlier:
            kept[f"earlier_{name}s"] = earlier
    return {**before, **now, **kept}


def _as_stored(fact: Any) -> Any:
    """Return a fact as it is read again: tuples are lists then."""
    return json.loads(json.dumps(fact))
