"""SBD, the semantic boundaries data set (Hariharan et al. 2011): every object of its images."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.archive import Files, open_files
from napari_faseg.datasets.mat_files import MatReader
from napari_faseg.datasets.pair import Pair, incomplete
from napari_faseg.datasets.pairing import folder_of, pictures_by_stem
from napari_faseg.datasets.pairs import PairedDataset
from napari_faseg.datasets.registry import needed, register_dataset
from napari_faseg.datasets.splits import read_split

LEAST_SHARE = 0.08  # of its box that an object covers, or training leaves it out


class WholeObjects:
    """Labels of a .mat file without the objects that hardly fill their boxes, as training does."""

    def __init__(self) -> None:
        self._read = MatReader()

    def __call__(self, content: bytes, name: str) -> NDArray[np.integer]:
        """Return the (h, w) labels; see `MatReader`."""
        labels = self._read(content, name)
        for label in np.unique(labels[labels > 0]):
            rows, columns = np.nonzero(labels == label)
            if len(rows) < LEAST_SHARE * (np.ptp(rows) + 1) * (np.ptp(columns) + 1):
                labels[rows, columns] = 0
        return labels


@register_dataset("sbd")
def open_sbd(root: Path | None) -> PairedDataset:
    """Open the validation images: `img/*.jpg`, `inst/*.mat` and `val.txt`."""
    return _open(needed(root, "sbd"), "val", MatReader())


@register_dataset("sbd_train")
def open_sbd_train(root: Path | None) -> PairedDataset:
    """Open the training images of `train.txt`, without objects that hardly fill their boxes."""
    return _open(needed(root, "sbd_train"), "train", WholeObjects())


def _open(root: Path, split: str, decode: MatReader | WholeObjects) -> PairedDataset:
    files = open_files(root)
    images = pictures_by_stem(files, folder_of(files, "img", "SBD"))
    prefix = folder_of(files, "inst", "SBD")
    stems = read_split(files, prefix.removesuffix("inst/") + f"{split}.txt")
    pairs = [_pair(files, stem, images, f"{prefix}{stem}.mat") for stem in stems]
    return PairedDataset(files, pairs, decode)


def _pair(files: Files, stem: str, images: dict[str, str], mask: str) -> Pair:
    if stem not in images:
        return incomplete(f"{files.root} has no file {stem} in img/", name=stem)
    if mask not in files.names:
        return incomplete(f"{files.root} has no file {mask}", images[stem], stem)
    return Pair(images[stem], mask)
