"""Labels as COCO knows them: one annotation for each object, its mask as run lengths."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.state import SessionState
from napari_faseg.interaction.summaries import labels_in, unchanged

UNNAMED = "object"  # the category of objects that nobody has named


def as_coco(state: SessionState, file_name: str) -> dict[str, Any]:
    """Return the finished objects of an image as a COCO data set of one image.

    Masks are run lengths that are not compressed, which every reader of COCO knows. The categories
    are what objects are called, "object" where they have no name. Each annotation also has the
    `clicks` that made its object, rows of y, x and 1 or 0; none if it was changed otherwise since.

    Parameters
    ----------
    state : SessionState
        What a session holds.
    file_name : str
        What the image is called there.
    """
    categories = _categories([state])
    return {
        "images": [_image(state, file_name, 1)],
        "categories": _listed(categories),
        "annotations": _annotations(state, categories),
    }


def as_coco_of_all(images: Sequence[tuple[SessionState, str]]) -> dict[str, Any]:
    """Return the finished objects of several images, with their names, as one COCO data set.

    Images and annotations are numbered; each annotation also has the `label` of its object.
    """
    categories = _categories([state for state, _ in images])
    annotations: list[dict[str, Any]] = []
    for number, (state, _) in enumerate(images, 1):
        for found in _annotations(state, categories):
            known = {"id": len(annotations) + 1, "image_id": number, "label": found["id"]}
            annotations.append({**found, **known})
    return {
        "images": [_image(*each, number) for number, each in enumerate(images, 1)],
        "categories": _listed(categories),
        "annotations": annotations,
    }


def run_lengths(positions: NDArray[np.intp], n_pixels: int) -> list[int]:
    """Return the lengths of runs of pixels beside and on an object, in turn.

    Parameters
    ----------
    positions : (n,) array
        Of its pixels, ascending, counted down the columns.
    n_pixels : int
        Of the image.
    """
    breaks = np.flatnonzero(np.diff(positions) > 1)
    starts = np.concatenate([positions[:1], positions[breaks + 1]])
    ends = np.concatenate([positions[breaks], positions[-1:]]) + 1
    borders = np.stack([starts, ends], axis=1).ravel()
    lengths: list[int] = np.diff(borders, prepend=0, append=n_pixels).tolist()
    return lengths if lengths[-1] else lengths[:-1]


def _pixels_of_objects(
    labels: NDArray[np.int32],
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
    """Go through labels with the rows and columns of their pixels, down the columns."""
    columns, rows = np.nonzero(labels.T)
    values = labels[rows, columns]
    order = np.argsort(values, kind="stable")
    known, firsts = np.unique(values[order], return_index=True)
    for label, pixels in zip(known, np.split(order, firsts[1:]), strict=False):
        yield int(label), rows[pixels], columns[pixels]


def _categories(states: Sequence[SessionState]) -> dict[str, int]:
    """Return a number for each name that objects have: `UNNAMED` first, then by the alphabet."""
    names = {
        state.classes.get(label, UNNAMED) for state in states for label in labels_in(state.labels)
    }
    ordered = sorted(names, key=lambda name: (name != UNNAMED, name))
    return {name: number for number, name in enumerate(ordered or [UNNAMED], 1)}


def _listed(categories: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"id": number, "name": name} for name, number in categories.items()]


def _image(state: SessionState, file_name: str, number: int) -> dict[str, Any]:
    height, width = state.shape
    name = PurePath(file_name).name
    return {"id": number, "file_name": name, "height": height, "width": width}


def _annotations(state: SessionState, categories: Mapping[str, int]) -> list[dict[str, Any]]:
    height, width = state.shape
    known = unchanged(state.labels, state.finished)
    annotations = []
    for label, rows, columns in _pixels_of_objects(state.labels):
        clicks = known[label].clicks if label in known else ()
        top, left = int(rows.min()), int(columns.min())
        annotations.append(
            {
                "id": label,
                "image_id": 1,
                "category_id": categories[state.classes.get(label, UNNAMED)],
                "iscrowd": 0,
                "area": int(rows.size),
                "bbox": [left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1],
                "segmentation": {
                    "size": [height, width],
                    "counts": run_lengths(columns * height + rows, height * width),
                },
                "clicks": [[click.y, click.x, int(click.positive)] for click in clicks],
            }
        )
    return annotations
