"""Data sets by name: a dict and a decorator."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

from napari_faseg.datasets.samples import Dataset

Opener: TypeAlias = Callable[[Path | None], Dataset]
AnyOpener = TypeVar("AnyOpener", bound=Opener)

_OPENERS: dict[str, Opener] = {}


def register_dataset(name: str) -> Callable[[AnyOpener], AnyOpener]:
    """Make a data set known by a name.

    Parameters
    ----------
    name : str
        What `open_dataset` and the command line call it.

    Returns
    -------
    callable
        A decorator for a function that takes a root (a path, or None) and returns a `Dataset`.

    Raises
    ------
    ValueError
        If the name is taken.
    """
    if name in _OPENERS:
        raise ValueError(f"a data set called {name!r} is registered already")

    def register(opener: AnyOpener) -> AnyOpener:
        _OPENERS[name] = opener
        return opener

    return register


def needed(root: Path | None, name: str) -> Path:
    """Return the root of a data set that cannot do without one.

    Raises
    ------
    ValueError
        If there is none.
    """
    if root is None:
        raise ValueError(f"expected the root of the data set {name!r}: a folder or a zip archive")
    return root


def dataset_names() -> tuple[str, ...]:
    """Return the names that `open_dataset` knows, sorted."""
    return tuple(sorted(_OPENERS))


def open_dataset(name: str, root: str | Path | None = None, *, incomplete: bool = False) -> Dataset:
    """Open a data set.

    Parameters
    ----------
    name : str
        One of `dataset_names()`.
    root : str or Path, optional
        Where its files are: a folder or a zip file.
    incomplete : bool
        Whether images or masks may be missing; then whoever asks for one of these gets the error.

    Raises
    ------
    ValueError
        If the name is unknown, or the files are not laid out as they should be.
    FileNotFoundError
        If a file is missing.
    """
    if name not in _OPENERS:
        raise ValueError(f"expected one of {', '.join(dataset_names())}, got {name!r}")
    dataset = _OPENERS[name](None if root is None else Path(root))
    missing: tuple[str, ...] = getattr(dataset, "missing", ())
    if missing and not incomplete:
        others = f" (and {len(missing) - 1} more files are missing)" if missing[1:] else ""
        raise FileNotFoundError(missing[0] + others)
    return dataset
