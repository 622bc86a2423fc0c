"""The list of the objects of somebody's own images and masks."""

import json
from dataclasses import replace
from reprlib import repr as short

from napari_faseg.datasets.archive import Files
from napari_faseg.datasets.pair import Pair


def indexed_pairs(files: Files, index: str) -> list[Pair]:
    """Return the pairs that a list names, with the objects of each.

    Parameters
    ----------
    files : Files
    index : str
        The file with the list, whose names of files are relative to its folder.

    Raises
    ------
    ValueError
        If it cannot be read, or names an object twice.
    """
    prefix = index[: index.rfind("/") + 1]
    try:
        found = _objects_of_rows(json.loads(files.read(index)))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"cannot read {index} in {files.root}: {error}") from error
    pairs = (
        Pair(prefix + image, prefix + mask, tuple(objects))
        for (image, mask), objects in found.items()
    )
    return [replace(pair, missing=_missing(files, index, pair)) for pair in pairs]


def _missing(files: Files, index: str, pair: Pair) -> str:
    """Return the sentence that says which file of a pair is missing, if one is."""
    for name in (pair.image, pair.mask):
        if name not in files.names:
            return f"{files.root} has no file {name}, which {index} names"
    return ""


def _objects_of_rows(rows: object) -> dict[tuple[str, str], list[tuple[int, ...]]]:
    """Return the labels of the objects of each image and mask."""
    if not isinstance(rows, list):
        raise ValueError(f"expected a list, got {short(rows)}")
    found: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    for row in rows:
        image, mask, labels = _checked(row)
        objects = found.setdefault((image, mask), [])
        if labels in objects:
            raise ValueError(f"expected each object once, got {short(row)} twice")
        objects.append(labels)
    return found


def _checked(row: object) -> tuple[str, str, tuple[int, ...]]:
    if not isinstance(row, dict) or not {"image", "mask", "id"} <= row.keys():
        raise ValueError(f"expected a row with image, mask and id, got {short(row)}")
    image, mask = row["image"], row["mask"]
    if not isinstance(image, str) or not isinstance(mask, str):
        raise ValueError(f"expected an image and a mask that are names of files, got {short(row)}")
    return image, mask, _labels_of_id(row["id"])


def _labels_of_id(entry: object) -> tuple[int, ...]:
    if entry is None:
        return (1,)  # the label that a binary mask decodes to
    labels = tuple(entry) if isinstance(entry, list) else (entry,)
    if not labels or not all(type(label) is int and label > 0 for label in labels):
        raise ValueError(
            f"expected an id that is null, a label or a list of labels, got {short(entry)}"
        )
    return tuple(sorted(set(labels)))
