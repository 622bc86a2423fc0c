"""The one owner of durable writing: files that are whole or not there, even after a power cut."""

import errno
import os
import secrets
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

if sys.platform == "darwin":
    import fcntl

SECONDS_OF_PATIENCE = 3.0  # Windows refuses a rename while a virus scanner looks at the file
SECONDS_BETWEEN_TRIES = 0.05


class Storage(Protocol):
    """The elementary operations of durable writing: each may fail, or be the last before a cut."""

    def names(self, folder: Path, /) -> list[str]:
        """Return the names of what lies in a folder."""
        ...

    def read(self, path: Path, /) -> bytes:
        """Return the content of a file."""
        ...

    def create(self, path: Path, /) -> int:
        """Make a file that is not there yet, and return a handle to write with."""
        ...

    def write(self, handle: int, content: bytes, /) -> None:
        """Add to the end of a file."""

    def sync(self, handle: int, /) -> None:
        """Return when what was written would survive a power cut."""

    def close(self, handle: int, /) -> None:
        """Give a handle back."""

    def replace(self, source: Path, target: Path, /) -> None:
        """Give a file another name, which another file may have had until now."""

    def remove(self, path: Path, /) -> None:
        """Remove a file."""

    def sync_folder(self, folder: Path, /) -> None:
        """Return when the names in a folder would survive a power cut."""


class Disk:
    """The storage that the operating system gives."""

    def names(self, folder: Path) -> list[str]:
        """Return the names of what lies in a folder."""
        return sorted(path.name for path in folder.iterdir())

    def read(self, path: Path) -> bytes:
        """Return the content of a file."""
        return path.read_bytes()

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, where they are missing; they are there to stay."""
        if not folder.is_dir():
            self.make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            self.sync_folder(folder.parent)

    def create(self, path: Path) -> int:
        """Make a file that is not there yet, and return a handle to write with."""
        binary = getattr(os, "O_BINARY", 0)  # of Windows
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o666)

    def write(self, handle: int, content: bytes) -> None:
        """Add to the end of a file."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]

    def sync(self, handle: int) -> None:
        """Return when what was written would survive a power cut."""
        if sys.platform == "darwin":  # there, fsync leaves it in the memory of the drive
            with suppress(OSError):  # not every file system knows it
                fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
                return
        os.fsync(handle)

    def close(self, handle: int) -> None:
        """Give a handle back."""
        os.close(handle)

    def replace(self, source: Path, target: Path) -> None:
        """Give a file another name, which another file may have had until now."""
        patiently(lambda: source.replace(target), 0 if os.name == "posix" else SECONDS_OF_PATIENCE)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def sync_folder(self, folder: Path) -> None:
        """Return when the names in a folder would survive a power cut."""
        if os.name == "posix":  # elsewhere a folder cannot be opened, and a rename is durable
            handle = os.open(folder, os.O_RDONLY)
            try:
                self.sync(handle)
            finally:
                os.close(handle)


DISK = Disk()


def put_file(path: Path, content: bytes, storage: Storage = DISK) -> None:
    """Write a file so that it is there with all of its content, or as it was before.

    Parameters
    ----------
    path
        The target; its folder exists.
    content
        All of it.
    storage
        Where to.
    """
    part = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        handle = storage.create(part)
        try:
            storage.write(handle, content)
            storage.sync(handle)
        finally:
            storage.close(handle)
        storage.replace(part, path)
    except BaseException:
        with suppress(OSError):
            storage.remove(part)
        raise
    storage.sync_folder(path.parent)


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside the target, make it durable, and put it in place in one step.

    Parameters
    ----------
    path
        The target; its folder exists. What was there stays until the new file is whole, which has
        its permissions then. Where it is a link, the file is replaced that it leads to.
    write
        Writes the file whose path it is given; the path has the suffix of the target.

    Raises
    ------
    OSError
        If it cannot be written, or is write-protected; the error names the target.
    """
    with naming(path):
        place = place_of(path)
        _replace_file(place, write, _mode_of(place))


def place_of(path: Path) -> Path:
    """Return the file that is replaced where a path is written to: the one that links lead to.

    Raises
    ------
    PermissionError
        If it is there and write-protected.
    """
    place = Path(os.path.realpath(path)) if path.is_symlink() else path
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, "it is write-protected", str(path))
    return place


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the system name a file: it may name none, or a temporary one.

    Parameters
    ----------
    path
        What the user calls it.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def patiently(action: Callable[[], object], seconds: float) -> None:
    """Do something that another program may forbid for a moment, again and again for some time.

    Raises
    ------
    PermissionError
        If it is still forbidden after that time.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            action()
        except PermissionError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(SECONDS_BETWEEN_TRIES)
        else:
            return


def _replace_file(path: Path, write: Callable[[Path], object], mode: int) -> None:
    handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=f".{path.stem}-", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        handle = os.open(part, os.O_RDWR)
        try:
            DISK.sync(handle)
        finally:
            os.close(handle)
        part.chmod(mode)
        DISK.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    DISK.sync_folder(path.parent)


def _mode_of(path: Path) -> int:
    """Return the permissions of a file, or those that a new one gets."""
    return stat.S_IMODE(path.stat().st_mode) if path.is_file() else 0o666 & ~_umask()


def _umask() -> int:
    """Return the user's default for permissions, which a temporary file does not follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
