"""One window at a time records to a folder; the others read."""

import json
import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from napari_faseg._file_lock import lock

LOCK = "lock"  # the file in the folder
SECONDS_BETWEEN_BEATS = 5.0
SECONDS_TO_LIVE = 30.0  # after the last beat, an owner on another machine counts as gone


class SessionInUseError(RuntimeError):
    """Another window, or another process, records to the folder."""


class SessionLock:
    """Holds a folder until it is closed, or until its process ends in whatever way.

    On this machine the operating system knows whether the owner lives. For other machines that
    share the folder the lock has a heartbeat: its time is renewed every few seconds.

    Parameters
    ----------
    folder : Path
        It exists.

    Raises
    ------
    SessionInUseError
        If somebody else holds it.
    OSError
        If the lock file cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        self._content = _content()
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            self._take(folder)
        except BaseException:
            os.close(self._handle)
            raise
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="faseg-heartbeat", daemon=True)
        self._heart.start()

    @property
    def is_taken(self) -> bool:
        """Whether the folder is somebody else's now, or another one lies in its place.

        So it is where a disk has come back, or where a machine has slept for so long that another
        one took the folder.
        """
        try:
            return self._path.read_bytes() != self._content
        except OSError:
            return False  # nobody knows

    def close(self) -> None:
        """Let others record to the folder."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._heart.join()
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
        os.close(self._handle)

    def _take(self, folder: Path) -> None:
        owner = _owner(self._handle)
        told = f"{folder} is in use by {_named(owner)}: it can be read here, but not changed"
        try:
            lock(self._handle)
        except (BlockingIOError, PermissionError):
            raise SessionInUseError(told) from None
        except OSError:
            pass  # some file systems of clusters have no locks: the heartbeat has to do
        age = time.time() - os.fstat(self._handle).st_mtime
        if owner and owner.get("host") != socket.gethostname() and age < SECONDS_TO_LIVE:
            raise SessionInUseError(told)
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, self._content)

    def _beat(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_BEATS):
            with suppress(OSError):
                os.utime(self._path)


def _content() -> bytes:
    """Return what the file of a lock says: who has it, and what no other lock says."""
    ours = {"host": socket.gethostname(), "process": os.getpid(), "lock": secrets.token_hex(8)}
    return json.dumps(ours).encode()


def _owner(handle: int) -> dict[str, Any]:
    os.lseek(handle, 0, os.SEEK_SET)
    with suppress(ValueError, OSError):
        owner = json.loads(os.read(handle, 1000))
        if isinstance(owner, dict):
            return owner
    return {}


def _named(owner: dict[str, Any]) -> str:
    return f"process {owner.get('process', 'unknown')} on {owner.get('host', 'this machine')}"
