"""The annotations of COCO, read from JSON and checked."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from reprlib import repr as short
from typing import Any

from napari_faseg.datasets.archive import Files

IMAGE = {"id": int, "file_name": str, "height": int, "width": int}
OBJECT = {"id": int, "image_id": int, "category_id": int}
LONGEST_SIDE, MOST_PIXELS = 100_000, 2**31  # of an image


@dataclass(frozen=True)
class Annotations:
    """What a file of annotations says.

    Parameters
    ----------
    name : str
        Of the file.
    images : dict
        The images by their ids.
    objects : list of dict
        Those of all images, crowds too, in the order of their ids.
    """

    name: str
    images: dict[int, dict[str, Any]]
    objects: list[dict[str, Any]]

    @property
    def split(self) -> str:
        """What comes after `instances_` in the name of the file: usually a folder of images."""
        return self.name.rpartition("instances_")[2].removesuffix(".json")

    @cached_property
    def of_image(self) -> dict[int, list[dict[str, Any]]]:
        """The objects by the ids of their images."""
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in self.objects:
            found[row["image_id"]].append(row)
        return dict(found)


def read_annotations(files: Files) -> Annotations:
    """Return the annotations of the last `instances_*.json` in alphabetical order.

    Outlines are not looked at.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is damaged, or names what it does not hold.
    """
    names = sorted(
        name for name in files.names if f"/{name}".rpartition("/")[2].startswith("instances_")
    )
    if not names:
        raise FileNotFoundError(
            f"expected COCO in {files.root}, but it has no annotations/instances_*.json"
        )
    try:
        return _checked(json.loads(files.read(names[-1])), names[-1])
    except (ValueError, RecursionError) as error:
        raise ValueError(f"cannot read {names[-1]} in {files.root}: {error}") from error


def _checked(found: object, name: str) -> Annotations:
    images = _rows(found, "images", IMAGE)
    objects = _rows(found, "annotations", OBJECT)
    _rows(found, "categories", {"id": int})
    for image in images:
        _check_size(image)
    by_id = {image["id"]: image for image in images}
    for row in objects:
        if row["image_id"] not in by_id:
            raise ValueError(
                f"expected the image_id of object {row['id']} among the images, "
                f"got {row['image_id']}"
            )
        if row.get("iscrowd") not in (None, 0, 1):
            raise ValueError(
                f"expected iscrowd 0 or 1 of object {row['id']}, got {short(row['iscrowd'])}"
            )
    return Annotations(name, by_id, sorted(objects, key=lambda row: row["id"]))


def _rows(found: object, part: str, types: Mapping[str, type]) -> list[dict[str, Any]]:
    """Return the rows of a part of the file, whose ids are unique."""
    rows = found.get(part) if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise ValueError(f"expected a list of {part}, got {short(rows)}")
    for row in rows:
        if not isinstance(row, dict):
            raise ValueError(f"expected {part} with names and values, got {short(row)}")
        for key, kind in types.items():
            if type(row.get(key)) is not kind:
                raise ValueError(
                    f"expected {part} with {key} of type {kind.__name__}, "
                    f"got {short(row.get(key))} in {short(row)}"
                )
    counts = Counter(row["id"] for row in rows)
    if len(counts) < len(rows):
        raise ValueError(
            f"expected each id of {part} once, got {counts.most_common(1)[0][0]} twice"
        )
    return rows


def _check_size(image: dict[str, Any]) -> None:
    height, width = image["height"], image["width"]
    is_sane = 0 < height <= LONGEST_SIDE and 0 < width <= LONGEST_SIDE
    if not is_sane or height * width > MOST_PIXELS:
        raise ValueError(
            f"expected image {image['file_name']} of up to {LONGEST_SIDE} pixels a side and "
            f"{MOST_PIXELS} in all, got height {height} and width {width}"
        )
