"""Which file is the image that the annotations of COCO name."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from napari_faseg.datasets.archive import Files


def places_of_images(file_names: Iterable[str], files: Files, split: str) -> dict[str, str]:
    """Return the files of the images that are named, where there are such.

    The name is a path below the root, or the end of one. Of several files, the one is meant that
    has most of the name, and of several of these the one in the folder of the split.

    Parameters
    ----------
    file_names : iterable of str
        From the annotations.
    files : Files
    split : str
        Name of the folder in which images usually are.

    Raises
    ------
    ValueError
        If several files fit a name equally well, or a file is the best one for two names.
    """
    by_base = defaultdict(list)
    for path in sorted(files.names):
        by_base[_parts(path)[-1]].append(path)
    places: dict[str, str] = {}
    named: dict[str, str] = {}
    for file_name in dict.fromkeys(file_names):
        parts = _parts(file_name)
        fitting = _best(parts, by_base.get(parts[-1], []), split) if parts else []
        if len(fitting) > 1:
            raise ValueError(
                f"expected one image {file_name} in {files.root}, got {fitting[0]} and {fitting[1]}"
            )
        for place in fitting:
            if place in named:
                raise ValueError(
                    f"expected an image each for {named[place]} and {file_name} in {files.root}, "
                    f"got only {place}"
                )
            named[place], places[file_name] = file_name, place
    return places


def _best(parts: tuple[str, ...], paths: list[str], split: str) -> list[str]:
    if "/".join(parts) in paths:
        return ["/".join(parts)]
    shared = [_n_shared(parts, _parts(path)) for path in paths]
    best = [path for path, n in zip(paths, shared, strict=True) if n == max(shared)]
    in_split = [path for path in best if split in _parts(path)[:-1]]
    return in_split if len(in_split) == 1 else best


def _n_shared(parts: tuple[str, ...], others: tuple[str, ...]) -> int:
    """Return how many last parts two paths have in common."""
    n = 0
    while n < min(len(parts), len(others)) and parts[-1 - n] == others[-1 - n]:
        n += 1
    return n


def _parts(path: str) -> tuple[str, ...]:
    return PurePosixPath(path.replace("\\", "/")).parts
