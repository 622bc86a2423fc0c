"""Labels as COCO knows them: one annotation for each object, its mask as run lengths."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.state import SessionState


def as_coco(state: SessionState, file_name: str) -> dict[str, Any]:
    """Return the finished objects of an image as a COCO data set of one image.

    Masks are run lengths that are not compressed, which every reader of COCO knows. Each
    annotation also has the `clicks` of its object, rows of y, x and 1 or 0.

    Parameters
    ----------
    state : SessionState
        What a session holds.
    file_name : str
        What the image is called there.
    """
    height, width = state.shape
    annotations = []
    for label, rows, columns in _pixels_of_objects(state.labels):
        found = state.finished.get(label)
        clicks = found.clicks if found is not None else ()
        top, left = int(rows.min()), int(columns.min())
        annotations.append(
            {
                "id": label,
                "image_id": 1,
                "category_id": 1,
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
    image = {"id": 1, "file_name": PurePath(file_name).name, "height": height, "width": width}
    return {
        "images": [image],
        "categories": [{"id": 1, "name": "object"}],
        "annotations": annotations,
    }


def as_coco_of_all(images: Sequence[tuple[SessionState, str]]) -> dict[str, Any]:
    """Return the finished objects of several images, with their names, as one COCO data set.

    Images and annotations are numbered; each annotation also has the `label` of its object.
    """
    parts = [as_coco(state, file_name) for state, file_name in images]
    pictures: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, part in enumerate(parts, 1):
        pictures += [{**picture, "id": number} for picture in part["images"]]
        for found in part["annotations"]:
            known = {"id": len(annotations) + 1, "image_id": number, "label": found["id"]}
            annotations.append({**found, **known})
    categories = [{"id": 1, "name": "object"}]
    return {"images": pictures, "categories": categories, "annotations": annotations}


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
