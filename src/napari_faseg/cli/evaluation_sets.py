"""The data sets of `faseg evaluate`: their roots, names that differ, and what identifies them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_faseg.datasets import Dataset
from napari_faseg.datasets.archive import FolderFiles, fingerprint

LISTS = (".json", ".txt")  # say which objects there are; a data set's own fingerprint has no lists


@dataclass(frozen=True)
class OpenedSet:
    """A data set that is evaluated.

    Parameters
    ----------
    kind : str
        What `open_dataset` calls it.
    root : Path or None
        Where its files are.
    samples : Dataset
    title : str
        What tables call it; no two data sets have the same.
    """

    kind: str
    root: Path | None
    samples: Dataset
    title: str

    def identity(self) -> list[str]:
        """Return what changes when a file of the data set does, or when it is another one.

        Sizes and times of files tell it, nothing is read.
        """
        own = getattr(self.samples, "fingerprint", None)
        if self.root is None:
            return [self.kind, str(own)]
        endings = "" if own is None else LISTS
        return [self.kind, str(own), str(self.root.resolve()), _identity(self.root, endings)]


def paired(names: list[str], roots: list[Path]) -> list[tuple[str, Path | None]]:
    """Pair names of data sets with their roots; one name is for all the roots.

    Raises
    ------
    ValueError
        If there are other numbers of names and roots.
    """
    if not roots:
        return [(name, None) for name in names]
    named = [root.resolve() if root.name in ("", "..") else root for root in roots]
    if len(names) == 1:
        return [(names[0], root) for root in named]
    if len(names) != len(roots):
        raise ValueError(
            f"expected a root for each data set, got {len(names)} data sets and {len(roots)} roots"
        )
    return list(zip(names, named, strict=True))


def open_sets(
    places: Sequence[tuple[str, Path | None]], open_dataset: Callable[[str, Path | None], Dataset]
) -> list[OpenedSet]:
    """Open data sets, with titles that tell those of the same name apart by their roots."""
    opened = [(kind, root, open_dataset(kind, root)) for kind, root in places]
    names = [samples.name or kind for kind, _, samples in opened]
    sets = []
    for (kind, root, samples), name in zip(opened, names, strict=True):
        alike = [place for place, other in zip(places, names, strict=True) if other == name]
        sets.append(OpenedSet(kind, root, samples, _title(name, (kind, root), alike)))
    return sets


def _title(
    name: str, place: tuple[str, Path | None], alike: Sequence[tuple[str, Path | None]]
) -> str:
    """Return the name, with as much of the root and the kind as tells it from others like it."""
    kinds = {kind for kind, _ in alike}
    roots = {_parts(root) for _, root in alike}
    n_parts = 1
    while len({parts[-n_parts:] for parts in roots}) < len(roots):
        n_parts += 1
    words = [place[0]] if len(kinds) > 1 else []
    end = Path(*_parts(place[1])[-n_parts:]).as_posix() if len(roots) > 1 and place[1] else name
    return " ".join([*words, end] if name in end else [*words, name, end])


def _parts(root: Path | None) -> tuple[str, ...]:
    return () if root is None else root.resolve().parts


def _identity(root: Path, endings: str | tuple[str, ...]) -> str:
    """Return what changes when an archive does, or a file of a folder that has such an ending."""
    if root.is_dir():
        files = FolderFiles(root)
        return fingerprint(files, sorted(name for name in files.names if name.endswith(endings)))
    about = root.stat()
    return f"{about.st_size} {about.st_mtime_ns}"
