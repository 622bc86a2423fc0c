"""DAVIS (Perazzi et al. 2016, Pont-Tuset et al. 2017): one object a frame, whatever moves in it."""

from pathlib import Path

from napari_faseg.datasets.archive import Files, open_files
from napari_faseg.datasets.masks import decode_any
from napari_faseg.datasets.pair import Pair
from napari_faseg.datasets.pairing import pairs_of_folders
from napari_faseg.datasets.pairs import PairedDataset
from napari_faseg.datasets.photos import by_copy
from napari_faseg.datasets.registry import needed, register_dataset

PUBLISHED = ("JPEGImages/480p", "Annotations/480p")


@register_dataset("davis")
def open_davis(root: Path | None) -> PairedDataset:
    """Open the 345 frames of the field (`img/` and `gt/`), or DAVIS as published.

    As published: `JPEGImages/480p/SEQUENCE/` and `Annotations/480p/SEQUENCE/`, every frame.
    """
    files = open_files(needed(root, "davis"))
    return PairedDataset(files, _pairs(files), decode_any)


@register_dataset("coco_mval")
def open_coco_mval(root: Path | None) -> PairedDataset:
    """Open the 800 objects of COCO that the field samples: `img/` and `gt/`.

    Copies of one photo are one image for whoever learns from it.
    """
    files = open_files(needed(root, "coco_mval"))
    pairs = pairs_of_folders(files, "img", "gt", "COCO_MVal")
    return PairedDataset(files, pairs, decode_any, by_copy)


def _pairs(files: Files) -> list[Pair]:
    if any("Annotations/480p/" in name for name in files.names):
        return pairs_of_folders(files, *PUBLISHED, "DAVIS")
    return pairs_of_folders(files, "img", "gt", "DAVIS (or JPEGImages/480p/)")
