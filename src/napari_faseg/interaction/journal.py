"""Lines that say whether they are whole, and a file that grows by one of them at a time.

A line is the number of bytes of its text, the CRC-32 of it in hexadecimal, and the text: JSON.
"""

import errno
import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_faseg._durable import Storage

Entry = dict[str, Any]


def as_line(entry: Mapping[str, Any]) -> bytes:
    """Return an entry as a line, its end included."""
    text = json.dumps(entry, separators=(",", ":"), allow_nan=False).encode("ascii")
    return b"%d %08x %s\n" % (len(text), zlib.crc32(text), text)


def from_line(line: bytes) -> Entry | None:
    """Return the entry of a line without its end, or None if a bit of it is wrong."""
    parts = line.split(b" ", 2)
    if len(parts) < 3:
        return None
    length, checksum, text = parts
    if length != b"%d" % len(text) or checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


@dataclass(frozen=True)
class Lines:
    """What the content of a file says.

    Parameters
    ----------
    entries : tuple of dict
        Of the lines that are whole.
    n_damaged : int
        How many others there are.
    is_cut_off : bool
        Whether the last line has no end, and is not among them.
    """

    entries: tuple[Entry, ...]
    n_damaged: int
    is_cut_off: bool

    @classmethod
    def of(cls, content: bytes) -> "Lines":
        """Read the content of a file."""
        *lines, rest = content.split(b"\n")
        entries = [entry for line in lines if (entry := from_line(line)) is not None]
        return cls(tuple(entries), len(lines) - len(entries), bool(rest))


class Journal:
    """A new file that grows by one durable line at a time.

    Parameters
    ----------
    path : Path
        Nothing is there yet; its folder exists.
    first : mapping
        The first entry; it is on the disk, and so is the name of the file, when this returns.
    storage : Storage
        Where to.
    """

    def __init__(self, path: Path, first: Mapping[str, Any], storage: Storage) -> None:
        self._path, self._storage = path, storage
        self.n_bytes = 0
        self._handle = storage.create(path)
        try:
            self.append(first)
            storage.sync_folder(path.parent)
        except BaseException:
            self.discard()
            raise

    def append(self, entry: Mapping[str, Any]) -> None:
        """Add an entry; it is on the disk when this returns.

        Raises
        ------
        OSError
            If it is not, or the file was removed. Nothing may be added after that: what a disk that
            failed holds of the line, nobody knows.
        """
        line = as_line(entry)
        self._storage.write(self._handle, line)
        self._storage.sync(self._handle)
        self.n_bytes += len(line)
        if self._path.name not in self._storage.names(self._path.parent):
            reason = "it was removed while it was written to"
            raise FileNotFoundError(errno.ENOENT, reason, str(self._path))

    def close(self) -> None:
        """Give the file back; all of its lines are on the disk already."""
        with suppress(OSError):
            self._storage.close(self._handle)

    def discard(self) -> None:
        """Give the file back and remove it, if the disk lets us: nothing was added to it."""
        self.close()
        with suppress(OSError):
            self._storage.remove(self._path)
