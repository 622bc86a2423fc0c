"""Pascal VOC (Everingham et al. 2010): every object that has a mask."""

from pathlib import Path

from napari_faseg.datasets.archive import Files, open_files
from napari_faseg.datasets.masks import decode_instances
from napari_faseg.datasets.pair import Pair, incomplete
from napari_faseg.datasets.pairing import folder_of, pictures_by_stem
from napari_faseg.datasets.pairs import PairedDataset
from napari_faseg.datasets.registry import needed, register_dataset
from napari_faseg.datasets.splits import read_split

IMAGES, MASKS, SPLITS = "JPEGImages", "SegmentationObject", "ImageSets/Segmentation"


@register_dataset("voc")
def open_voc(root: Path | None) -> PairedDataset:
    """Open the validation images: `JPEGImages/`, `SegmentationObject/`, `ImageSets/`."""
    return _open(needed(root, "voc"), "val")


@register_dataset("voc_train")
def open_voc_train(root: Path | None) -> PairedDataset:
    """Open the training images, laid out as those of `voc`."""
    return _open(needed(root, "voc_train"), "train")


def _open(root: Path, split: str) -> PairedDataset:
    files = open_files(root)
    images, masks = (
        pictures_by_stem(files, folder_of(files, folder, "Pascal VOC"))
        for folder in (IMAGES, MASKS)
    )
    stems = read_split(files, folder_of(files, SPLITS, "Pascal VOC") + f"{split}.txt")
    pairs = [_pair(files, stem, images, masks) for stem in stems]
    return PairedDataset(files, pairs, decode_instances)


def _pair(files: Files, stem: str, images: dict[str, str], masks: dict[str, str]) -> Pair:
    for folder, found in ((IMAGES, images), (MASKS, masks)):
        if stem not in found:
            missing = f"{files.root} has no file {stem} in {folder}/"
            return incomplete(missing, images.get(stem, ""), stem)
    return Pair(images[stem], masks[stem])
