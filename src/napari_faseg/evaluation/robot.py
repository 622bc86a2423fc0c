"""Where a careful (or a careless) annotator would click next."""

from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from napari_faseg.evaluation.metrics import object_and_counted
from napari_faseg.interaction import Click
from napari_faseg.interaction.clicks import checked_clicks

cv2: Any = None
with suppress(ImportError):  # SciPy gives the same, more slowly
    cv2 = import_module("cv2")

LONGEST_FOR_OPENCV = 3000  # short side in pixels up to which its 32 bits tell squares apart


def next_click(
    mask: ArrayLike,
    truth: ArrayLike,
    *,
    ignore: ArrayLike | None = None,
    clicked: Iterable[Click] = (),
    rng: np.random.Generator | None = None,
) -> Click | None:
    """Return the click that the benchmark protocol makes: on the deepest wrong pixel.

    It is positive where the object is missed, negative where something else is taken for it
    (and on a tie). A perfect mask gets a negative click at (0, 0), as the protocol has it.

    Parameters
    ----------
    mask : (h, w) bool
        What the predictor found.
    truth : (h, w) bool or int
        True or positive on the object; -1 is ignored.
    ignore : (h, w) bool, optional
        Further pixels that are ignored.
    clicked : iterable of Click
        Earlier clicks; their pixels are not clicked again.
    rng : numpy.random.Generator, optional
        With it the annotator is careless: anywhere in the wrong region around that pixel.

    Returns
    -------
    Click or None
        None if every pixel is ignored.

    Raises
    ------
    ValueError
        If the shapes differ or are no planes, or an earlier click lies outside.
    TypeError
        If an earlier click is none.

    Examples
    --------
    >>> truth = np.zeros((20, 24), bool)
    >>> truth[5:12, 8:15] = True
    >>> next_click(np.zeros((20, 24), bool), truth)
    Click(y=8.0, x=11.0, positive=True)
    """
    found = np.asarray(mask, bool)
    is_object, is_counted = object_and_counted(truth, ignore)
    if found.shape != is_object.shape:
        raise ValueError(f"expected a mask of shape {is_object.shape}, got {found.shape}")
    if not is_counted.any():
        return None
    height, width = found.shape
    is_free = _not_clicked((height, width), clicked)
    missed = is_object & ~found
    wrong = found & ~is_object & is_counted
    missed_depth, wrong_depth = _depth(missed) * is_free, _depth(wrong) * is_free
    positive = bool(missed_depth.max() > wrong_depth.max())
    region, depth = (missed, missed_depth) if positive else (wrong, wrong_depth)
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    if rng is not None and depth[row, column] > 0:
        row, column = _anywhere_around(int(row), int(column), region, is_free, rng)
    return Click(float(row), float(column), positive)


def _not_clicked(shape: tuple[int, int], clicked: Iterable[Click]) -> NDArray[np.bool_]:
    is_free = np.ones(shape, bool)
    for click in checked_clicks(clicked, shape):
        is_free[click.pixel] = False
    return is_free


def _depth(region: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Return the squared distance to the nearest pixel outside a region, a whole number.

    Outside the image counts. The last bits of OpenCV's distances change with the place of an array
    in memory (its issue 24082), and so would the choice among equally deep pixels; squares that
    are rounded do not.
    """
    padded = np.pad(region, 1)
    if cv2 is None or min(region.shape) > LONGEST_FOR_OPENCV:
        depth = np.asarray(ndimage.distance_transform_edt(padded))
    else:
        depth = cv2.distanceTransform(padded.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.rint(np.square(depth[1:-1, 1:-1].astype(np.float64)))


def _anywhere_around(
    row: int,
    column: int,
    region: NDArray[np.bool_],
    is_free: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[np.intp, np.intp]:
    parts, _ = ndimage.label(region)
    rows, columns = np.nonzero((parts == parts[row, column]) & is_free)
    chosen = rng.integers(rows.size)
    return rows[chosen], columns[chosen]
