"""A full disk, and all else that goes wrong with a file, is told with the name of the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the system name a file: it may name none, or a temporary one.

    Parameters
    ----------
    path : Path
        What the user calls it.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
