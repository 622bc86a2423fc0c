"""Puts masks and finished objects into a Labels layer without touching what a person painted."""

from typing import TypeAlias

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_faseg.interaction.arrays import Box
from napari_faseg.plugin.coordinates import Plane, full_resolution, transforms_of
from napari_faseg.plugin.session_jobs import NOWHERE, Shown

PlaneOfLabels: TypeAlias = NDArray[np.int32]  # (h, w), a view of the layer's data
Positions: TypeAlias = NDArray[np.intp]  # (n,)


class Painter:
    """Owns a new Labels layer of an image and shows there what a session holds.

    It remembers what it wrote, and writes only to pixels that still hold just that: a pixel that
    a person painted or erased stays as that person left it.

    Parameters
    ----------
    image : napari.layers.Image
        The image that is segmented.
    plane : Plane
        The plane of it that the session is about.
    """

    def __init__(self, image: Image, plane: Plane) -> None:
        self._shape = tuple(full_resolution(image).shape[: image.ndim])
        self.layer = Labels(
            np.zeros(self._shape, np.int32), name=f"{image.name} objects", **transforms_of(image)
        )
        self.label = 1  # of the object in progress
        self._plane = plane
        self._written = np.zeros(plane.shape, np.int32)
        self._shown: Shown | None = None
        self._writing = False
        self._foreign = 0  # the largest label that is not ours, unless more was painted by hand
        self._painted_by_hand = False
        self._n_strokes = 0  # painted by hand since we last wrote, and not undone
        self._n_strokes_undone = 0
        self.layer.events.paint.connect(self._on_paint)
        self.layer.events.data.connect(self._on_data)

    def show(self, shown: Shown) -> None:
        """Bring the layer up to date with a session.

        Raises
        ------
        RuntimeError
            If the layer was given data of another shape.
        """
        plane = self._plane_of_layer()
        before, self._shown = self._shown, shown
        old_box = before.box if before else NOWHERE
        if shown.labels_box != NOWHERE or old_box == NOWHERE:
            self._choose_label(shown)
        self._write(_hull(_hull(old_box, shown.box), shown.labels_box), plane, shown)

    def choose_label(self) -> None:
        """Give an object that is not visible yet a label that nothing else has."""
        if self._shown is not None and self._shown.box == NOWHERE:
            self._choose_label(self._shown)

    def undo_stroke(self) -> bool:
        """Undo what a person painted, if that is newer than all we wrote; say if so."""
        if not self._n_strokes:
            return False
        self._n_strokes -= 1
        self._n_strokes_undone += 1
        self.layer.undo()
        return True

    def redo_stroke(self) -> bool:
        """Redo what a person painted, if that was undone last; say if so."""
        if not self._n_strokes_undone:
            return False
        self._n_strokes += 1
        self._n_strokes_undone -= 1
        self.layer.redo()
        return True

    def close(self) -> None:
        """Leave the layer to the person."""
        self.layer.events.paint.disconnect(self._on_paint)
        self.layer.events.data.disconnect(self._on_data)

    def _plane_of_layer(self) -> PlaneOfLabels:
        layer, shape = self.layer, self.layer.data.shape
        if shape != self._shape:
            raise RuntimeError(f"expected {layer.name} to keep shape {self._shape}, got {shape}")
        plane: PlaneOfLabels = self.layer.data[self._plane.key]
        return plane

    def _choose_label(self, shown: Shown) -> None:
        if self._painted_by_hand:
            plane = self._plane_of_layer()
            self._foreign = int(plane.max(initial=0, where=plane != self._written))
            self._painted_by_hand = False
        self.label = max(shown.next_label, self._foreign + 1)
        self.layer.selected_label = self.label

    def _write(self, region: Box, plane: PlaneOfLabels, shown: Shown) -> None:
        labels, now, written = shown.labels[region], plane[region], self._written[region]
        wanted = np.where(shown.mask[region] & (labels == 0), np.int32(self.label), labels)
        ours = (now == written) | (now == wanted)
        rows, columns = np.nonzero(ours & (now != wanted))
        values = wanted[rows, columns]
        written[ours] = wanted[ours]
        if rows.size:
            self._n_strokes = self._n_strokes_undone = 0
            self._put(rows + region[0].start, columns + region[1].start, values)

    def _put(self, rows: Positions, columns: Positions, values: PlaneOfLabels) -> None:
        self._writing = True
        try:
            with self.layer.block_history():
                self.layer.data_setitem(self._plane.to_indices(rows, columns), values)
        finally:
            self._writing = False

    def _on_paint(self) -> None:
        if not self._writing:
            self._painted_by_hand = True
            self._n_strokes += 1
            self._n_strokes_undone = 0

    def _on_data(self) -> None:
        self._painted_by_hand = True


def _hull(first: Box, second: Box) -> Box:
    if NOWHERE in (first, second):
        return second if first == NOWHERE else first
    rows, columns = (
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(first, second, strict=True)
    )
    return rows, columns
