"""Images with objects to find, from folders, archives and benchmarks. Knows no other room."""

from napari_faseg.datasets import coco, davis, grabcut, sbd, voc  # noqa: F401  register themselves
from napari_faseg.datasets.folder import FolderDataset
from napari_faseg.datasets.layouts import find_layout
from napari_faseg.datasets.pairs import PairedDataset
from napari_faseg.datasets.registry import dataset_names, open_dataset, register_dataset
from napari_faseg.datasets.samples import Dataset, Pictures, Sample
from napari_faseg.datasets.subset import PictureSubset, random_indices, split_pictures
from napari_faseg.datasets.synthetic import SyntheticDataset

__all__ = [
    "Dataset",
    "FolderDataset",
    "PairedDataset",
    "PictureSubset",
    "Pictures",
    "Sample",
    "SyntheticDataset",
    "dataset_names",
    "find_layout",
    "open_dataset",
    "random_indices",
    "register_dataset",
    "split_pictures",
]
