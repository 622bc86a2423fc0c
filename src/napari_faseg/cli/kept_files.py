"""Files that are read are kept: no output takes their place, nor that of another output."""

import os
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path


def refuse_sources(outputs: Iterable[Path], sources: Iterable[Path]) -> None:
    """Raise a ValueError where a file to write is, or lies in, something that is read.

    Parameters
    ----------
    outputs
        The files to write; their folders exist.
    sources
        Files, and folders of data sets; those that are not there count, too.
    """
    sources = tuple(sources)
    for path in outputs:
        for source in sources:
            _refuse_source(path, source)


def refuse_same(outputs: Mapping[str, Path]) -> None:
    """Raise a ValueError where two files to write, by their options, are one."""
    for (what, path), (other, second) in combinations(outputs.items(), 2):
        if _is_same(path, second):
            raise ValueError(f"expected different files, got {path} for {what} and {other}")


def _refuse_source(path: Path, source: Path) -> None:
    if _is_same(path, source) or _is_one_file(path, source):
        raise ValueError(f"expected an output that is not read as well, got {path}")
    if source.is_dir() and any(parent.samefile(source) for parent in _place(path).parents):
        raise ValueError(f"expected an output outside of the data set {source}, got {path}")


def _is_one_file(path: Path, source: Path) -> bool:
    return path.exists() and source.exists() and path.samefile(source)


def _is_same(path: Path, other: Path) -> bool:
    return os.path.normcase(_place(path)) == os.path.normcase(_place(other))


def _place(path: Path) -> Path:
    """Where a file is replaced: where links lead to, of its folder and of itself."""
    return path.resolve()
