"""The annotations of COCO, read with pycocotools."""

import contextlib
import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg._extra import import_extra
from napari_faseg.datasets.archive import Files


def read_annotations(files: Files) -> Any:
    """Return the `COCO` of the last `instances_*.json` in alphabetical order.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is damaged.
    ImportError
        If pycocotools is not installed.
    """
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


def outline(coco: Any, annotation: dict[str, Any]) -> NDArray[np.bool_]:
    """Return the (h, w) mask of an annotation.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    try:
        return np.asarray(coco.annToMask(annotation) > 0)
    except Exception as error:  # whatever the library stumbles over
        raise ValueError(
            f"cannot read the outline of object {annotation.get('id')}: {error!r}"
        ) from error
