"""Which data set lies in a folder or an archive, told from the names of its folders."""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

DEPTH = 3  # folders below the root in which the layout is looked for
LAYOUTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("grabcut", ("data_GT", "boundary_GT")),
    ("davis", ("JPEGImages/480p", "Annotations/480p")),
    ("voc", ("JPEGImages", "SegmentationObject", "ImageSets/Segmentation")),
    *(
        ("coco", ("annotations", f"{split}{year}"))
        for year in (2017, 2014)
        for split in ("val", "train")
    ),
    ("sbd", ("img", "inst")),
    ("davis", ("img", "gt")),
    ("folder", ("images", "labels")),
    ("folder", ("images", "masks")),
)


def find_layout(root: Path) -> str | None:
    """Return the name of the data set whose layout a folder or a zip archive has, or None.

    Names are looked at and no file is read: of an archive its list, of a folder the folders near
    its top.
    """
    folders = _folders_of_archive(root) if root.is_file() else frozenset(_folders(root, DEPTH))
    for name, needed in LAYOUTS:
        if any(_has_all(folders, prefix, needed) for prefix in _prefixes(folders, needed[0])):
            return name
    return None


def _prefixes(folders: frozenset[str], first: str) -> list[str]:
    return [f[: -len(first)] for f in folders if f == first or f.endswith(f"/{first}")]


def _has_all(folders: frozenset[str], prefix: str, needed: tuple[str, ...]) -> bool:
    return all(prefix + folder in folders for folder in needed)


def _folders(root: Path, depth: int, prefix: str = "") -> Iterator[str]:
    try:
        entries = [entry for entry in os.scandir(root) if entry.is_dir()]
    except OSError:  # nothing that we may look into
        return
    for entry in entries:
        yield prefix + entry.name
        if depth > 1 and not entry.name.startswith("."):
            yield from _folders(Path(entry.path), depth - 1, f"{prefix}{entry.name}/")


def _folders_of_archive(path: Path) -> frozenset[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return frozenset()
    found: set[str] = set()
    for name in names:
        parts = name.split("/")[:-1]
        found.update("/".join(parts[:n]) for n in range(1, min(len(parts), DEPTH + 1) + 1))
    return frozenset(found)
