"""Outlines of COCO, checked before they become masks: damaged ones would crash pycocotools."""

from collections.abc import Iterator
from reprlib import repr as short
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg._extra import import_extra

LOWEST, HIGHEST = -1e5, 1e6  # of the coordinates of a polygon
LONGEST = 1e7  # pixels along a polygon, each of which takes memory
MOST_BITS = 64  # of a packed run of pixels


def outline(found: object, size: tuple[int, int], what: str) -> NDArray[np.bool_]:
    """Return the (h, w) mask of the `segmentation` of an object.

    Parameters
    ----------
    found : object
        Polygons, or runs of pixels; anything else is refused.
    size : (int, int)
        Height and width of its image.
    what : str
        The object, for the errors.

    Raises
    ------
    ValueError
        If it is damaged.
    ImportError
        If pycocotools is not installed.
    """
    try:
        if isinstance(found, dict):
            return _mask_of_runs(found, size)
        if isinstance(found, list) and found:
            return _mask_of_polygons([_checked(polygon) for polygon in found], size)
    except ValueError as error:
        raise ValueError(f"cannot read the outline of {what}: {error}") from error
    raise ValueError(
        f"expected polygons or runs of pixels as the outline of {what}, got {short(found)}"
    )


def pycocotools_mask() -> Any:
    """Return the module that draws polygons.

    Raises
    ------
    ImportError
        If pycocotools is not installed.
    """
    return import_extra("pycocotools.mask", "pycocotools")


def _mask_of_polygons(polygons: list[list[float]], size: tuple[int, int]) -> NDArray[np.bool_]:
    library = pycocotools_mask()
    runs = library.merge(library.frPyObjects(polygons, *size))
    return np.asarray(library.decode(runs) > 0)


def _checked(polygon: object) -> list[float]:
    """Return a polygon that the library can draw."""
    if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
        raise ValueError(f"expected polygons x, y, ... of at least 3 points, got {short(polygon)}")
    for value in polygon:
        if type(value) not in (int, float) or not LOWEST <= value <= HIGHEST:
            raise ValueError(
                f"expected coordinates from {LOWEST:.0f} to {HIGHEST:.0f}, got {short(value)}"
            )
    points = np.asarray(polygon, float).reshape(-1, 2)
    length = np.abs(points - np.roll(points, 1, axis=0)).max(axis=1).sum()
    if length > LONGEST:
        raise ValueError(f"expected polygons of up to {LONGEST:.0f} pixels, got {length:.0f}")
    return polygon


def _mask_of_runs(found: dict[str, Any], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask of runs down the columns, of background and object in turn."""
    if found.get("size") != list(size):
        raise ValueError(f"expected runs of size {list(size)}, got {short(found.get('size'))}")
    counts = found.get("counts")
    runs = _unpacked(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
        raise ValueError(f"expected runs of whole numbers from 0 on, got {short(counts)}")
    height, width = size
    if sum(runs) != height * width:
        raise ValueError(f"expected runs of {height * width} pixels in all, got {sum(runs)}")
    is_object = np.arange(len(runs)) % 2 == 1
    return np.repeat(is_object, runs).reshape(width, height).T


def _unpacked(counts: str) -> list[int]:
    """Return the runs in a string: from the fourth on, what it adds to the last but one."""
    runs: list[int] = []
    for number in _numbers(counts):
        runs.append(number + runs[-2] if len(runs) > 2 else number)
    return runs


def _numbers(text: str) -> Iterator[int]:
    """Yield signed numbers of five bits a character, lowest first, as pycocotools packs them."""
    number = n_bits = 0
    for character in text:
        code = ord(character) - ord("0")
        if not 0 <= code < 64 or n_bits > MOST_BITS:
            raise ValueError(f"expected packed runs of pixels, got {short(text)}")
        number |= (code & 31) << n_bits
        n_bits += 5
        if not code & 32:  # the last character of the number, whose highest bit is the sign
            yield number - (1 << n_bits) if code & 16 else number
            number = n_bits = 0
    if n_bits:
        raise ValueError(f"expected packed runs of pixels, got an unfinished {short(text)}")
