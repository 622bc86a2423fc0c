"""Files that are either whole or not there, even after a power cut."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside the target, make it durable, and put it in place in one step.

    Parameters
    ----------
    path
        The target; its folder exists. What was there stays until the new file is whole.
    write
        Writes the file whose path it is given; the path has the suffix of the target.
    """
    handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=f".{path.stem}-", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        _make_durable(part, os.O_RDWR)
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and a rename is durable anyway
        _make_durable(path.parent, os.O_RDONLY)


def _make_durable(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    """Return the user's default for permissions, which a temporary file does not follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
