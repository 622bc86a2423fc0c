"""Files of a folder or of a zip archive, read in place: nothing is ever unpacked."""

import hashlib
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Protocol

DAMAGE = (
    zipfile.BadZipFile,
    RuntimeError,
    EOFError,
    ValueError,
    OSError,  # what bzip2 says
    zlib.error,
    lzma.LZMAError,
    struct.error,
)
HIDDEN = (".", "__MACOSX")  # beginnings of names of files and folders
LARGEST_FILE = 2**30  # bytes; a larger member of an archive is refused before it is read


class Files(Protocol):
    """Named files under one root."""

    root: Path

    @property
    def names(self) -> frozenset[str]:
        """Paths relative to the root, with forward slashes; hidden files are left out."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        ...

    def identity(self, name: str) -> str:
        """Return what changes when the content of a file does; nothing is read for it."""
        ...


def fingerprint(files: Files, names: Iterable[str]) -> str:
    """Return what changes when one of some files does, in hexadecimal."""
    lines = "".join(f"{name} {files.identity(name)}\n" for name in names)
    return hashlib.sha256(lines.encode(errors="backslashreplace")).hexdigest()


def open_files(root: Path) -> Files:
    """Return the files of a folder or a zip archive.

    Raises
    ------
    FileNotFoundError
        If there is no such folder or file.
    ValueError
        If it is a file and no zip archive.
    """
    if root.is_dir():
        return FolderFiles(root)
    if not root.exists():
        raise FileNotFoundError(f"there is no folder or zip archive {root}")
    if not zipfile.is_zipfile(root):
        raise ValueError(f"expected a folder or a zip archive, got {root}")
    return ZipFiles(root)


class FolderFiles:
    """The files of a folder and its subfolders, also of those that are links.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def names(self) -> frozenset[str]:
        """Paths relative to the root, with forward slashes; hidden files are left out."""
        return frozenset(_files_below(self.root))

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return (self.root / _known(name, self)).read_bytes()

    def identity(self, name: str) -> str:
        """Return the size of a file and the time of its last change."""
        about = (self.root / _known(name, self)).stat()
        return f"{about.st_size} {about.st_mtime_ns}"


class ZipFiles:
    """The files of a zip archive. It may be used in several processes.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opened: tuple[int, zipfile.ZipFile] | None = None

    @cached_property
    def names(self) -> frozenset[str]:
        """Paths inside the archive; folders and hidden files are left out."""
        return visible(name for name in self._archive().namelist() if not name.endswith("/"))

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises
        ------
        ValueError
            If it is damaged, encrypted, or larger than a gigabyte.
        """
        archive = self._archive()
        size = archive.getinfo(_known(name, self)).file_size
        if size > LARGEST_FILE:
            raise ValueError(f"{name} in {self.root} is too large: {size} bytes")
        try:
            return archive.read(name)
        except DAMAGE as error:
            raise ValueError(f"cannot read {name} in {self.root}: {error}") from error

    def identity(self, name: str) -> str:
        """Return the size of a file and its checksum in the archive."""
        about = self._archive().getinfo(_known(name, self))
        return f"{about.file_size} {about.CRC}"

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_opened": None}

    def _archive(self) -> zipfile.ZipFile:
        process = os.getpid()  # a forked process would share the position in the file
        if self._opened is None or self._opened[0] != process:
            try:
                self._opened = process, zipfile.ZipFile(self.root)
            except DAMAGE as error:
                raise ValueError(
                    f"cannot read the list of files of {self.root}: {error}"
                ) from error
        return self._opened[1]


def visible(names: Iterable[str]) -> frozenset[str]:
    """Return the paths that neither are hidden nor lie in a hidden folder."""
    return frozenset(
        name for name in names if not any(part.startswith(HIDDEN) for part in name.split("/"))
    )


def _files_below(
    folder: Path, prefix: str = "", above: frozenset[str] = frozenset()
) -> Iterator[str]:
    above |= {os.path.realpath(folder)}
    for entry in _entries(folder):
        if entry.is_file():
            yield prefix + entry.name
        elif entry.is_dir() and os.path.realpath(entry.path) not in above:  # no circle of links
            yield from _files_below(Path(entry.path), f"{prefix}{entry.name}/", above)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(HIDDEN)]
    except PermissionError:  # as good as not there
        return []


def _known(name: str, files: Files) -> str:
    if name not in files.names:
        raise FileNotFoundError(f"{files.root} has no file {name}")
    return name
