"""Which pixels of a plane have to change, and to what: few passes, in bands that fit the cache."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.arrays import Box, Labels, Mask, bands

Positions: TypeAlias = NDArray[np.unsignedinteger[Any]]  # (n,)

INDEX_TYPES = (np.uint16, np.uint32)  # of a position: a quarter and half of what NumPy takes


@dataclass(frozen=True, eq=False)
class Repaint:
    """Pixels that change, and the labels that they get.

    Attributes
    ----------
    rows, columns : (n,) array of unsigned int
        In the plane, as small as its size allows: napari keeps them for its own undo.
    value : int or (n,) array
        One label where they all get the same.
    """

    rows: Positions
    columns: Positions
    value: Any


def repaints(
    now: Labels,
    written: Labels,
    labels: Labels,
    mask: Mask,
    label: int,
    box: Box,
    *,
    overwrites: bool,
) -> list[Repaint]:
    """Return what has to be written so that a plane shows a session, at most two pieces of it.

    Pixels that do not hold what was written to them stay as they are: a person has painted there.

    Parameters
    ----------
    now : (h, w) array of int
        The plane.
    written : (h, w) int32
        What was written to it; is brought up to date inside the box.
    labels : (h, w) int32
        The finished objects.
    mask : (h, w) bool
        The object in progress.
    label : int
        Its label.
    box : (slice, slice)
        Outside of it everything is as it has to be.
    overwrites : bool
        Whether the object in progress is in front of the finished ones.
    """
    grown: list[tuple[Positions, Positions]] = []
    others: list[tuple[Positions, Positions]] = []
    values: list[Labels] = []
    index_type = next(kind for kind in INDEX_TYPES if max(now.shape) <= np.iinfo(kind).max)
    for band in bands(box):
        under = labels[band]
        takes = mask[band] if overwrites else mask[band] & (under == 0)
        wanted = np.where(takes, np.int32(label), under)
        ours = now[band] == written[band]
        changed = ours & (now[band] != wanted)
        np.copyto(written[band], wanted, where=ours)
        if not changed.any():
            continue
        grown.append(_positions(changed & takes, band, index_type))
        rest = changed & ~takes
        others.append(_positions(rest, band, index_type))
        values.append(under[rest])
    if not values:
        return []
    found = _joined(grown, label), _joined(others, _one_or_all(np.concatenate(values)))
    return [repaint for repaint in found if repaint.rows.size]


def _positions(chosen: Mask, band: Box, kind: type[Any]) -> tuple[Positions, Positions]:
    """Return where a band is True, in the plane."""
    rows, columns = (np.arange(side.start, side.stop, dtype=kind) for side in band)
    return (
        np.repeat(rows, np.count_nonzero(chosen, axis=1)),
        np.broadcast_to(columns, chosen.shape)[chosen],
    )


def _joined(pieces: list[tuple[Positions, Positions]], value: Any) -> Repaint:
    rows, columns = (np.concatenate(each) for each in zip(*pieces, strict=True))
    return Repaint(rows, columns, value)


def _one_or_all(values: Labels) -> Any:
    is_one = values.size and (values == values[0]).all()
    return int(values[0]) if is_one else values
