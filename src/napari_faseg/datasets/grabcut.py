"""GrabCut (Rother et al. 2004) and Berkeley (McGuinness & O'Connor 2010) in their usual layouts."""

import re
from pathlib import Path

from napari_faseg.datasets.archive import Files, open_files
from napari_faseg.datasets.masks import decode_trimap
from napari_faseg.datasets.pair import Pair
from napari_faseg.datasets.pairing import pairs_of_folders
from napari_faseg.datasets.pairs import PairedDataset
from napari_faseg.datasets.registry import needed, register_dataset

NUMBER = re.compile(r"#\d+$")  # of an object, at the end of the name of its copy of the photo


@register_dataset("grabcut")
def open_grabcut(root: Path | None) -> PairedDataset:
    """Open GrabCut, 50 objects: images in `data_GT/`, masks of the same stems in `boundary_GT/`."""
    files = open_files(needed(root, "grabcut"))
    pairs = pairs_of_folders(files, "data_GT", "boundary_GT", "GrabCut")
    return PairedDataset(files, pairs, decode_trimap)


@register_dataset("berkeley")
def open_berkeley(root: Path | None) -> PairedDataset:
    """Open Berkeley, 100 objects: `images/` and `masks/`.

    Objects of one photo are `STEM#K` masks, each with a copy of the photo, which is one image for
    whoever learns from it.
    """
    files = open_files(needed(root, "berkeley"))
    pairs = pairs_of_folders(files, "images", "masks", "Berkeley")
    return PairedDataset(files, pairs, decode_trimap, by_stem)


def by_stem(files: Files, pair: Pair) -> str:  # noqa: ARG001  any such function has the files
    """Return the name of a photo of Berkeley without the number of the object."""
    return NUMBER.sub("", pair.name)
