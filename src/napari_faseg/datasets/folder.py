"""Somebody's own images and masks, in a folder or a zip archive."""

import json
from pathlib import Path, PurePosixPath

from napari_faseg.datasets.archive import Files, open_files
from napari_faseg.datasets.decoding import SUFFIXES
from napari_faseg.datasets.pairs import Pair, PairedDataset
from napari_faseg.datasets.registry import needed, register_dataset

INDEX = "index.json"
MASK_FOLDERS = ("labels", "masks")


class FolderDataset(PairedDataset):
    """Images with masks in a folder or a zip archive, one sample for each object.

    There are three layouts:

    * `images/` and `labels/` (or `masks/`), paired by the names without suffix;
    * `NAME.png`, the mask, beside `NAME.jpg`, `.webp`, `.tif` or `.bmp`, the image;
    * `index.json`: a list of `{"image": FILE, "mask": FILE, "id": ...}`, where the id is a
      label, a list of labels that are one object together, or null for a binary mask.

    A mask is a map of labels, or binary: 0, 255 and, for unknown, 128.

    Parameters
    ----------
    root : Path
        The folder or the archive.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If the layout is none of these.
    """

    def __init__(self, root: Path) -> None:
        files = open_files(root)
        super().__init__(files, _find_pairs(files))


@register_dataset("folder")
def open_folder(root: Path | None) -> FolderDataset:
    """Open a folder or a zip archive of images and masks; see `FolderDataset`."""
    return FolderDataset(needed(root, "folder"))


def _find_pairs(files: Files) -> list[Pair]:
    if INDEX in files.names:
        return _indexed_pairs(files)
    pictures = sorted(name for name in files.names if name.lower().endswith(SUFFIXES))
    images = [name for name in pictures if name.startswith("images/")]
    pairs = _pairs_of_folders(files, images, pictures) if images else _pairs_of_suffixes(pictures)
    if not pairs:
        raise ValueError(
            f"{files.root} has none of the layouts: {INDEX}, images/ and labels/, "
            f"or NAME.png beside NAME.jpg"
        )
    return pairs


def _pairs_of_folders(files: Files, images: list[str], pictures: list[str]) -> list[Pair]:
    masks = {_stem(name): name for name in pictures if name.split("/")[0] in MASK_FOLDERS}
    for image in images:
        if _stem(image) not in masks:
            raise FileNotFoundError(f"{files.root} has no labels/ or masks/ file for {image}")
    return [Pair(image, masks[_stem(image)]) for image in images]


def _pairs_of_suffixes(pictures: list[str]) -> list[Pair]:
    masks = {name[: -len(".png")]: name for name in pictures if name.endswith(".png")}
    images = [name for name in pictures if not name.endswith(".png")]
    stems = [str(PurePosixPath(name).with_suffix("")) for name in images]
    return [Pair(i, masks[stem]) for i, stem in zip(images, stems, strict=True) if stem in masks]


def _indexed_pairs(files: Files) -> list[Pair]:
    try:
        rows = json.loads(files.read(INDEX))
        found: dict[tuple[str, str], list[tuple[int, ...]]] = {}
        for row in rows:
            labels = _labels_of_id(row["id"])
            found.setdefault((row["image"], row["mask"]), []).append(labels)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"cannot read {INDEX} in {files.root}: {error!r}") from error
    for name in (name for names in found for name in names):
        if name not in files.names:
            raise FileNotFoundError(f"{files.root} has no file {name}, which {INDEX} names")
    return [Pair(*names, tuple(objects)) for names, objects in found.items()]


def _labels_of_id(entry: object) -> tuple[int, ...]:
    if entry is None:
        return (1,)  # the label that a binary mask decodes to
    labels = tuple(entry) if isinstance(entry, list) else (entry,)
    if not labels or not all(type(label) is int and label > 0 for label in labels):
        raise ValueError(f"expected an id that is null, a label or a list of labels, got {entry!r}")
    return labels


def _stem(name: str) -> str:
    return str(PurePosixPath(*PurePosixPath(name).parts[1:]).with_suffix(""))
