"""Finished objects as files that other programs read."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from napari_faseg._durable import replace_file
from napari_faseg.interaction.arrays import Labels
from napari_faseg.interaction.coco import as_coco, as_coco_of_all
from napari_faseg.interaction.pixel_size import ome_sizes, resolution, stack_options
from napari_faseg.interaction.session_folder import StoredSession
from napari_faseg.interaction.stack_folder import StoredStack, name_of

LARGEST_PNG_LABEL = 2**16 - 1


def export_labels(stored: StoredSession, path: str | Path) -> None:
    """Write the finished objects of a recorded session to a file, whole or not at all.

    Parameters
    ----------
    stored : StoredSession
        See `read_session`.
    path : str or Path
        Its ending chooses the format: .tif or .tiff, .png (16 bits), or .json (COCO).

    Raises
    ------
    ValueError
        If it ends in something else, or a label is too large for the format.
    TypeError
        If it is not a session that was read.
    """
    path = Path(path)
    if not isinstance(stored, StoredSession):
        raise TypeError(
            f"expected a session from read_session, got a {type(stored).__name__}: save it to a "
            "folder, and read that"
        )
    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise ValueError(f"expected a file that ends in {', '.join(WRITERS)}, got {path}")
    WRITERS[ending](stored, path)


def export_stack(stack: StoredStack, path: str | Path) -> None:
    """Write the finished objects of all planes of an image to a file, whole or not at all.

    Parameters
    ----------
    stack : StoredStack
        See `read_stack`.
    path : str or Path
        Its ending chooses the format: .tif or .tiff with all planes and the size of a pixel, where
        it is known, or .json (COCO) with one image for each plane on which something was done.

    Raises
    ------
    ValueError
        If it ends in something else.
    TypeError
        If it is not a stack that was read.
    """
    path = Path(path)
    if not isinstance(stack, StoredStack):
        raise TypeError(f"expected a stack from read_stack, got a {type(stack).__name__}")
    ending = path.suffix.lower()
    if ending in {".tif", ".tiff"}:
        labels = stack.labels
        stored = labels.astype(np.min_scalar_type(int(labels.max(initial=0))))
        options: dict[str, Any] = {"compression": "zlib", "photometric": "minisblack"}
        options |= stack_options(labels.shape, [plane.about for plane in stack.planes])
        replace_file(path, lambda part: tifffile.imwrite(part, stored, **options))
    elif ending == ".json":
        text = json.dumps(stack_as_coco(stack))
        replace_file(path, lambda part: part.write_text(text, encoding="utf-8"))
    else:
        raise ValueError(f"expected a file that ends in .tif, .tiff, .json, got {path}")


def stack_as_coco(stack: StoredStack) -> dict[str, Any]:
    """Return the finished objects of all planes as a COCO data set; `cells.plane-3.tif` is one."""
    sources = (stored.about.facts.get("source") for stored in stack.planes)
    name = PurePath(next((str(source) for source in sources if source), "image"))
    return as_coco_of_all(
        [(s.state, f"{name.stem}.{name_of(s.about)}{name.suffix}") for s in stack.planes]
    )


def write_label_tiff(
    path: Path, labels: Labels, scale: Sequence[float] = (), unit: str = ""
) -> None:
    """Write labels as a compressed TIFF of the smallest type that holds them.

    Parameters
    ----------
    path : Path
    labels : (h, w) int32
    scale : (y, x), optional
        The size of a pixel, kept as OME metadata, and as resolution where the unit is a length.
    unit : str
        Of the scale, such as "micrometer".
    """
    dtype = np.min_scalar_type(int(labels.max(initial=0)))
    options: dict[str, Any] = {"compression": "zlib"}
    if len(scale) == 2:
        sizes = {axis: (float(size), unit) for axis, size in enumerate(scale)}
        options |= {"ome": True, "metadata": ome_sizes("YX", sizes)}
        options |= resolution(sizes[0], sizes[1])
    stored = labels.astype(dtype)
    replace_file(path, lambda part: tifffile.imwrite(part, stored, **options))


def write_label_png(path: Path, labels: Labels) -> None:
    """Write (h, w) labels as a PNG of 16 bits; ValueError if one is too large for it."""
    largest = int(labels.max(initial=0))
    if largest > LARGEST_PNG_LABEL:
        raise ValueError(
            f"expected labels up to {LARGEST_PNG_LABEL} for a PNG, got {largest}: choose .tif"
        )
    picture = Image.fromarray(labels.astype(np.uint16))
    replace_file(path, lambda part: picture.save(part))


def _as_tiff(stored: StoredSession, path: Path) -> None:
    facts = stored.about.facts
    scale, unit = facts.get("scale", ()), str(facts.get("unit", ""))
    write_label_tiff(path, stored.state.labels, scale, unit)


def _as_png(stored: StoredSession, path: Path) -> None:
    write_label_png(path, stored.state.labels)


def _as_coco(stored: StoredSession, path: Path) -> None:
    name = str(stored.about.facts.get("source", "image"))
    text = json.dumps(as_coco(stored.state, name))
    replace_file(path, lambda part: part.write_text(text, encoding="utf-8"))


WRITERS: dict[str, Callable[[StoredSession, Path], None]] = {
    ".tif": _as_tiff,
    ".tiff": _as_tiff,
    ".png": _as_png,
    ".json": _as_coco,
}
