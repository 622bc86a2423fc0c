"""COCO (Lin et al. 2014) as published: annotations in JSON beside a folder of images."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.archive import Files, fingerprint, open_files
from napari_faseg.datasets.coco_annotations import read_annotations
from napari_faseg.datasets.coco_images import places_of_images
from napari_faseg.datasets.coco_outlines import outline, pycocotools_mask
from napari_faseg.datasets.decoding import decode_image
from napari_faseg.datasets.registry import needed, register_dataset
from napari_faseg.datasets.samples import Sample

PER_CLASS = 10  # objects of each class in the sample that the field uses
SEED = 0


class CocoDataset:
    """Objects of COCO, one sample each.

    Parameters
    ----------
    files : Files
        With `annotations/instances_*.json` and the images, in any folder.
    per_class : int, optional
        So many random objects of each class, the same ones every time; None: all.

    Raises
    ------
    FileNotFoundError
        If there are no annotations.
    ValueError
        If they are damaged, or it is not clear which image is meant.
    ImportError
        If pycocotools is not installed.
    """

    def __init__(self, files: Files, per_class: int | None = None) -> None:
        self._files = files
        pycocotools_mask()  # or nothing can be shown
        self._found = read_annotations(files)
        names = [about["file_name"] for about in self._found.images.values()]
        self._places = places_of_images(names, files, self._found.split)
        objects = [row for row in self._found.objects if not row.get("iscrowd", 0)]
        self._objects = objects if per_class is None else _sampled(objects, per_class)

    @property
    def name(self) -> str:
        """The name of the folder or archive."""
        return self._files.root.stem

    def __len__(self) -> int:
        return len(self._objects)

    def __getitem__(self, index: int) -> Sample:
        found = self._objects[index]
        about = self._found.images[found["image_id"]]
        image = self._image(about)
        name = f"{Path(about['file_name']).stem}#{found['id']}"
        return Sample(name, image, self._mask(found, about))

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    @property
    def n_pictures(self) -> int:
        """How many images have objects, whether these are samples or not."""
        return len(self._pictured)

    def picture(self, index: int) -> tuple[NDArray[Any], NDArray[np.integer]]:
        """Return an (h, w) or (h, w, c) image with its (h, w) labels, -1 where a crowd is.

        Objects are numbered from the largest to the smallest, which lie on top.

        Raises
        ------
        FileNotFoundError, ValueError
            If the image is missing, or a file or an outline is damaged.
        """
        about, found = self._pictured[index]
        image = self._image(about)
        found = sorted(found, key=lambda a: (not a.get("iscrowd", 0), -_area(a)))
        labels = np.zeros(image.shape[:2], np.int32)
        n_objects = 0
        for annotation in found:
            is_crowd = bool(annotation.get("iscrowd", 0))
            n_objects += not is_crowd
            labels[self._mask(annotation, about)] = -1 if is_crowd else n_objects
        return image, labels

    def picture_size(self, index: int) -> tuple[int, int]:
        """Return height and width of an image, which is not read for it."""
        about, _ = self._pictured[index]
        return about["height"], about["width"]

    @property
    def fingerprint(self) -> str:
        """What changes when the annotations or an image of theirs do, in hexadecimal."""
        return fingerprint(self._files, sorted([self._found.name, *self._places.values()]))

    @cached_property
    def _pictured(self) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Each image file that has objects, with all of them, whichever id they know it by."""
        found: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
        for key, about in sorted(self._found.images.items()):
            if key in self._found.of_image:
                found.setdefault(about["file_name"], (about, []))[1].extend(
                    self._found.of_image[key]
                )
        return list(found.values())

    def _image(self, about: dict[str, Any]) -> NDArray[Any]:
        """Return an image, which has the size that the annotations say."""
        place = self._places.get(about["file_name"])
        if place is None:
            raise FileNotFoundError(f"{self._files.root} has no image {about['file_name']}")
        image = decode_image(self._files.read(place), place)
        size = about["height"], about["width"]
        if image.shape[:2] != size:
            raise ValueError(
                f"expected {place} of shape {size} as {self._found.name} says, "
                f"got {image.shape[:2]}"
            )
        return image

    def _mask(self, annotation: dict[str, Any], about: dict[str, Any]) -> NDArray[np.bool_]:
        what = f"object {annotation['id']} in {self._found.name}"
        return outline(annotation.get("segmentation"), (about["height"], about["width"]), what)


@register_dataset("coco")
def open_coco(root: Path | None) -> CocoDataset:
    """Open ten objects of each class, 800 in all: `annotations/instances_*.json` and images."""
    return CocoDataset(open_files(needed(root, "coco")), PER_CLASS)


@register_dataset("coco_all")
def open_coco_all(root: Path | None) -> CocoDataset:
    """Open every object that is not a crowd, laid out as `coco`."""
    return CocoDataset(open_files(needed(root, "coco_all")))


def _area(annotation: dict[str, Any]) -> float:
    area = annotation.get("area")
    return area if isinstance(area, int | float) else 0


def _sampled(objects: list[dict[str, Any]], per_class: int) -> list[dict[str, Any]]:
    """Choose objects of each class at random, always the same ones."""
    by_class: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for found in objects:
        by_class[found["category_id"]].append(found)
    rng = np.random.default_rng(SEED)
    chosen = []
    for _, members in sorted(by_class.items()):
        n = min(per_class, len(members))
        chosen += [members[i] for i in sorted(rng.choice(len(members), n, replace=False))]
    return chosen
