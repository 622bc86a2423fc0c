"""A file that one run at a time can hold; the system frees it however the run ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_faseg._file_lock import lock


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock file, which is there meanwhile and may be left over by a run that was killed.

    Parameters
    ----------
    path : Path
        Its folder exists.

    Raises
    ------
    ValueError
        If another run holds it, or it is a file with content and thus somebody's own.
    """
    handle = _opened(path)
    try:
        yield
    finally:
        if os.name == "posix":
            path.unlink(missing_ok=True)
            os.close(handle)
        else:  # an open file cannot be deleted there, nor one that the next run has opened by now
            os.close(handle)
            with suppress(OSError):
                path.unlink()


def _opened(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _take(path, handle)
            if _is_in_place(path, handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # the run that held it has deleted it since it was opened here


def _take(path: Path, handle: int) -> None:
    if os.fstat(handle).st_size > 0:
        raise ValueError(f"expected an empty lock file, got {path}, which has content")
    try:
        lock(handle)
    except (BlockingIOError, PermissionError):
        raise ValueError(
            f"expected no other run with the same output, got one that holds {path}: "
            "wait for it, or choose another output"
        ) from None
    except OSError:
        pass  # some file systems of clusters have no locks, and work all the same


def _is_in_place(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
