"""Somebody's own images and masks, in a folder or a zip archive."""

from collections import defaultdict
from pathlib import Path, PurePosixPath

from napari_faseg.datasets.archive import Files, open_files
from napari_faseg.datasets.decoding import SUFFIXES
from napari_faseg.datasets.folder_index import indexed_pairs
from napari_faseg.datasets.folder_place import IMAGES, MASK_FOLDERS, places_of_images
from napari_faseg.datasets.pair import Pair, incomplete, told_apart
from napari_faseg.datasets.pairs import PairedDataset
from napari_faseg.datasets.registry import needed, register_dataset

INDEX = "index.json"


class FolderDataset(PairedDataset):
    """Images with masks in a folder or a zip archive, one sample for each object.

    There are three layouts:

    * `images/` and `labels/` (or `masks/`), paired by the names without suffix;
    * `NAME.png`, the mask, beside `NAME.jpg`, `.webp`, `.tif` or `.bmp`, the image;
    * `index.json`: a list of `{"image": FILE, "mask": FILE, "id": ...}`, where the id is a
      label, a list of labels that are one object together, or null for a binary mask.

    The first may lie inside other folders, once. A mask is a map of labels, or binary: 0, 255
    and, for unknown, 128. A sample is called by the name of its image; where two images in
    different folders are of one name, samples are called by the paths of their images.

    Parameters
    ----------
    root : Path
        The folder or the archive.

    Raises
    ------
    ValueError
        If the layout is none of these, or it is not clear which mask belongs to which image.
    """

    def __init__(self, root: Path) -> None:
        files = open_files(root)
        super().__init__(files, _find_pairs(files))


@register_dataset("folder")
def open_folder(root: Path | None) -> FolderDataset:
    """Open a folder or a zip archive of images and masks; see `FolderDataset`."""
    return FolderDataset(needed(root, "folder"))


def _find_pairs(files: Files) -> list[Pair]:
    place = "" if INDEX in files.names else _place(files)
    if place + INDEX in files.names:
        return told_apart(indexed_pairs(files, place + INDEX), place)
    pictures = sorted(name for name in files.names if name.lower().endswith(SUFFIXES))
    images = [name for name in pictures if name.startswith(f"{place}{IMAGES}/")]
    if images:
        pairs = _pairs_of_folders(files, place, images, pictures)
    else:
        pairs = _pairs_of_suffixes(files, pictures)
    if not pairs:
        raise ValueError(
            f"{files.root} has none of the layouts: {INDEX}, images/ and labels/, "
            f"or NAME.png beside NAME.jpg"
        )
    return told_apart(pairs, f"{place}{IMAGES}/")


def _place(files: Files) -> str:
    places = places_of_images(files.names)
    if len(places) > 1:
        raise ValueError(
            f"expected images/ and labels/ in one place of {files.root}, "
            f"got them in {len(places)}: {places[0]}, {places[1]}"
        )
    return places[0] if places else ""


def _pairs_of_folders(
    files: Files, place: str, images: list[str], pictures: list[str]
) -> list[Pair]:
    image_of = _by_stem(images, f"{place}{IMAGES}/")
    masks: dict[str, list[str]] = defaultdict(list)
    for folder in MASK_FOLDERS:
        for stem, found in _by_stem(pictures, f"{place}{folder}/").items():
            masks[stem] += found
    return [
        _pair(files, found, masks[stem])
        if stem in masks
        else incomplete(f"{files.root} has no labels/ or masks/ file for {found[0]}", found[0])
        for stem, found in image_of.items()
    ]


def _pairs_of_suffixes(files: Files, pictures: list[str]) -> list[Pair]:
    masks = _by_stem([name for name in pictures if name.lower().endswith(".png")])
    images = _by_stem([name for name in pictures if not name.lower().endswith(".png")])
    return [_pair(files, found, masks[stem]) for stem, found in images.items() if stem in masks]


def _pair(files: Files, images: list[str], masks: list[str]) -> Pair:
    """Pair the only image with the only mask of a name."""
    for found, what in ((images, f"image for {masks[0]}"), (masks, f"mask for {images[0]}")):
        if len(found) > 1:
            raise ValueError(f"expected one {what} in {files.root}, got {' and '.join(found)}")
    return Pair(images[0], masks[0])


def _by_stem(names: list[str], prefix: str = "") -> dict[str, list[str]]:
    """Return the names below a prefix by their paths without prefix and suffix."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if name.startswith(prefix):
            found[str(PurePosixPath(name[len(prefix) :]).with_suffix(""))].append(name)
    return found
