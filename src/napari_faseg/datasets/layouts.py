"""Which data set lies in a folder or an archive, told from the names of its folders."""

import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from napari_faseg.datasets.archive import DAMAGE, HIDDEN, FolderFiles, visible
from napari_faseg.datasets.folder_place import DEPTH, IMAGES, MASK_FOLDERS, places_of_images

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
)


def find_layout(root: Path) -> str | None:
    """Return the name of the data set whose layout a folder or a zip archive has, or None.

    Names are looked at and no file is read: of an archive its list, of a folder the folders near
    its top and, where these may be somebody's own images and labels, the files in them.
    """
    names = _names_in_archive(root) if root.is_file() else None
    folders = frozenset(_folders(root, DEPTH)) if names is None else _folders_of(names)
    for name, needed in LAYOUTS:
        if any(_has_all(folders, prefix, needed) for prefix in _prefixes(folders, needed[0])):
            return name
    places = _own_places(root, folders) if names is None else places_of_images(names)
    return "folder" if len(places) == 1 else None


def _prefixes(folders: frozenset[str], first: str) -> list[str]:
    return [f[: -len(first)] for f in folders if f == first or f.endswith(f"/{first}")]


def _has_all(folders: frozenset[str], prefix: str, needed: tuple[str, ...]) -> bool:
    return all(prefix + folder in folders for folder in needed)


def _folders(root: Path, depth: int, prefix: str = "") -> Iterator[str]:
    try:
        with os.scandir(root) as found:
            entries = [e for e in found if e.is_dir() and not e.name.startswith(HIDDEN)]
    except OSError:  # nothing that we may look into
        return
    for entry in entries:
        yield prefix + entry.name
        if depth > 1:
            yield from _folders(Path(entry.path), depth - 1, f"{prefix}{entry.name}/")


def _own_places(root: Path, folders: frozenset[str]) -> list[str]:
    """Return the prefixes of images/ beside labels/ or masks/, if these hold pictures or nothing.

    Whoever opens folders that are empty is told that the pictures are missing.
    """
    masks = {
        prefix: [prefix + folder for folder in MASK_FOLDERS if prefix + folder in folders]
        for prefix in _prefixes(folders, IMAGES)
    }
    places = [prefix for prefix, found in masks.items() if found]
    names = [
        f"{folder}/{name}"
        for place in places
        for folder in (place + IMAGES, *masks[place])
        for name in FolderFiles(root / folder).names
    ]
    return places_of_images(names) if names else places


def _names_in_archive(path: Path) -> frozenset[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return visible(archive.namelist())
    except DAMAGE:  # or no archive
        return frozenset()


def _folders_of(names: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        parts = name.split("/")[:-1]
        found.update("/".join(parts[:n]) for n in range(1, min(len(parts), DEPTH) + 1))
    return frozenset(found)
