"""COCO (Lin et al. 2014) as published: annotations in JSON beside a folder of images."""

import contextlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from napari_faseg._extra import import_extra
from napari_faseg.datasets.archive import Files, open_files
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
    ImportError
        If pycocotools is not installed.
    """

    def __init__(self, files: Files, per_class: int | None = None) -> None:
        self._files = files
        self._coco = _read_annotations(files)
        self._places = {Path(name).name: name for name in files.names}
        objects = [a for _, a in sorted(self._coco.anns.items()) if not a.get("iscrowd", 0)]
        self._objects = objects if per_class is None else _sampled(objects, per_class)

    @property
    def name(self) -> str:
        """The name of the folder or archive."""
        return self._files.root.stem

    def __len__(self) -> int:
        return len(self._objects)

    def __getitem__(self, index: int) -> Sample:
        found = self._objects[index]
        file_name = self._coco.imgs[found["image_id"]]["file_name"]
        place = self._places.get(Path(file_name).name)
        if place is None:
            raise FileNotFoundError(f"{self._files.root} has no image {file_name}")
        image = decode_image(self._files.read(place), place)
        try:
            mask = self._coco.annToMask(found) > 0
        except Exception as error:  # whatever the library stumbles over
            raise ValueError(f"cannot read the outline of object {found['id']}: {error}") from error
        return Sample(f"{Path(file_name).stem}#{found['id']}", image, mask)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))


@register_dataset("coco")
def open_coco(root: Path | None) -> CocoDataset:
    """Open ten objects of each class, 800 in all: `annotations/instances_*.json` and images."""
    return CocoDataset(open_files(needed(root, "coco")), PER_CLASS)


@register_dataset("coco_all")
def open_coco_all(root: Path | None) -> CocoDataset:
    """Open every object that is not a crowd, laid out as `coco`."""
    return CocoDataset(open_files(needed(root, "coco_all")))


def _read_annotations(files: Files) -> Any:
    library = import_extra("pycocotools.coco", "pycocotools")
    names = sorted(
        name for name in files.names if f"/{name}".rpartition("/")[2].startswith("instances_")
    )
    if not names:
        raise FileNotFoundError(
            f"expected COCO in {files.root}, but it has no annotations/instances_*.json"
        )
    coco = library.COCO()
    try:
        coco.dataset = json.loads(files.read(names[-1]))
        for part in ("images", "annotations", "categories"):
            coco.dataset[part]  # nothing of it may be missing
        with contextlib.redirect_stdout(io.StringIO()):  # it reports its progress
            coco.createIndex()
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"cannot read {names[-1]} in {files.root}: {error!r}") from error
    return coco


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
