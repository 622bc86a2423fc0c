"""Puts masks and finished objects into a Labels layer without touching what a person painted."""

from typing import TypeAlias

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray
from psygnal import Signal

from napari_faseg.interaction.arrays import Box, bounding_box, hull
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.fitting_labels import check_layer, largest_label
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.repaint import repaints
from napari_faseg.plugin.shared_labels import SharedLabels
from napari_faseg.plugin.shown import NOWHERE, Shown

PlaneOfLabels: TypeAlias = NDArray[np.int32]  # (h, w), a view of the layer's data


class Painter:
    """Shows in a Labels layer of an image what a session holds.

    It remembers what it wrote, and writes only to pixels that still hold just that: a pixel that
    a person painted or erased stays as that person left it.

    Parameters
    ----------
    overlay : Overlay
        Where the layer lies: over the image that is segmented.
    plane : Plane
        The plane of it that the session is about.
    layer : napari.layers.Labels, optional
        Objects that are there already, of its shape; a new layer unless given.
    shared : SharedLabels, optional
        Of the other painters of the layer, if there are any.

    Raises
    ------
    ValueError
        If the layer is one that cannot be written to.
    """

    touched = Signal(bool)
    """A person has painted on the plane in front, or taken that back; on others, too, if True."""

    def __init__(
        self,
        overlay: Overlay,
        plane: Plane,
        layer: Labels | None = None,
        shared: SharedLabels | None = None,
    ) -> None:
        self._overlay = overlay
        self.is_new = layer is None
        """Whether the layer was made here."""
        self.layer = overlay.new_labels() if layer is None else layer
        self.check()
        if shared is None:
            shared = SharedLabels(0) if self.is_new else SharedLabels.of(self.layer)
        self._shared = shared
        self.label = 1  # of the object in progress
        self.plane = plane
        """The plane that it writes to."""
        self._written = np.zeros(plane.shape, np.int32)
        self._shown: Shown | None = None
        self._is_in_front = True
        self._foreign = 0  # the largest label that is not ours, unless more was painted by hand
        self._painted_by_hand = False
        self._is_repainted = False  # maybe also on other planes
        self._overwrites = self._is_taken_up = False
        self._listen()

    def on(self, plane: Plane) -> "Painter":
        """Return the painter of another plane of the same layer."""
        painter = Painter(self._overlay, plane, self.layer, self._shared)
        painter.is_new = self.is_new
        return painter

    def step_back(self) -> None:
        """Heed what a person does no more: another plane is in front.

        What was painted by hand so far is no longer taken back by `undo_stroke`, because the layer
        has one history for all its planes.
        """
        self.close()
        self._shared.forget_strokes()
        self._shared.see(self.plane, int(self._plane_of_layer().max(initial=0)))
        self._is_in_front = False

    def step_forward(self) -> None:
        """Heed what a person does again, and what was done meanwhile."""
        self._is_in_front = self._painted_by_hand = True
        self._listen()
        if self._shown is not None:
            self.layer.selected_label = self.label

    def check(self) -> None:
        """Refuse a layer that cannot be written to, or has another shape, by a ValueError."""
        check_layer(self.layer, self._overlay.shape)

    def take_up(self, label: int, shown: Shown) -> None:
        """Go on under a label with an object that the layer has shown all the time."""
        self._is_taken_up, self.label = shown.box != NOWHERE, label
        self._written[shown.mask & (self._plane_of_layer() == label)] = label

    def show(self, shown: Shown) -> None:
        """Bring the layer up to date with a session.

        Raises
        ------
        RuntimeError
            If the layer has no room for another label.
        """
        plane = self._plane_of_layer()
        before, self._shown = self._shown, shown
        old_box = before.box if before else NOWHERE
        if before and shown.last_action is not before.last_action:
            self._shared.forget_strokes()  # older than what was done, though that is not to be seen
        if not self._may_keep_label(before, shown):
            self._choose_label(shown)
        self._shared.release(self.plane)
        if shown.box != NOWHERE:
            self._shared.give(self.plane, self.label)
        if shown.finished:
            self._shared.give(self.plane, shown.finished)
        self._write(hull(hull(old_box, shown.box), shown.labels_box), plane, shown)

    def choose_label(self) -> None:
        """Give an object that is not visible yet a label that nothing else has."""
        if self._shown is not None and self._shown.box == NOWHERE:
            self._choose_label(self._shown)
            self._shared.reserve(self.plane, self.label)

    @property
    def overwrites(self) -> bool:
        """Whether the object in progress is shown in front of finished ones."""
        return self._overwrites

    @overwrites.setter
    def overwrites(self, value: bool) -> None:
        self._overwrites = bool(value)
        if self._shown is not None:
            self._write(self._shown.box, self._plane_of_layer(), self._shown)

    def painted(self) -> PlaneOfLabels:
        """Return a copy of the plane, (h, w), without the object in progress.

        It holds the finished objects as they are now, whoever made or changed them.
        """
        plane, shown = self._plane_of_layer(), self._shown
        if shown is None or shown.box == NOWHERE:
            return plane.copy()
        painted = plane.copy()
        np.copyto(painted, shown.labels, where=plane == self.label, casting="unsafe")
        return painted

    def strokes(self) -> PlaneOfLabels:
        """Return what was painted by hand and not taken over, (h, w); -1 where that is nothing."""
        plane = self._plane_of_layer()
        is_ours = plane == self._written
        if self._shown is not None and self._shown.box != NOWHERE:
            is_ours |= plane == self.label
        return np.where(is_ours, np.int32(-1), plane.astype(np.int32))

    def know(self, painted: PlaneOfLabels) -> None:
        """Take for the session's own what it has taken over; see `painted`."""
        same = self._plane_of_layer() == painted
        np.copyto(self._written, painted, where=same, casting="unsafe")

    def lay_out(self, plane: Plane, labels: PlaneOfLabels) -> bool:
        """Show finished objects, (h, w), on another plane, unless there is something else already.

        Planes of other axes, which cross it, may have shown theirs before.
        """
        there = self.layer.data[plane.key]
        if there[there != labels].any():
            return False
        there[...] = labels
        self._shared.see(plane, int(labels.max(initial=0)))
        for label in np.unique(labels[labels > 0]):
            self._shared.give(plane, int(label))
        self.layer.refresh()
        return True

    def label_at(self, pixel: tuple[int, int]) -> int:
        """Return the label of a pixel of the plane, 0 where there is none."""
        plane = self._plane_of_layer()
        is_inside = all(0 <= n < size for n, size in zip(pixel, plane.shape, strict=True))
        return int(plane[pixel]) if is_inside else 0

    def is_in_progress(self, label: int) -> bool:
        """Whether a label is that of the object in progress, if there is one to be seen."""
        is_visible = self._shown is not None and self._shown.box != NOWHERE
        return is_visible and label == self.label

    def box_of(self, label: int) -> Box:
        """Return the smallest box around the pixels of a label in the plane."""
        return bounding_box(self._plane_of_layer() == label)

    def undo_stroke(self) -> bool:
        """Undo what a person painted, if that is newer than all we wrote; say if so."""
        if not self._shared.n_strokes:
            return False
        self._shared.n_strokes -= 1
        self._shared.n_strokes_undone += 1
        self.layer.undo()
        self.touched.emit(False)
        return True

    def redo_stroke(self) -> bool:
        """Redo what a person painted, if that was undone last; say if so."""
        if not self._shared.n_strokes_undone:
            return False
        self._shared.n_strokes += 1
        self._shared.n_strokes_undone -= 1
        self.layer.redo()
        self.touched.emit(False)
        return True

    def taken_elsewhere(self, shown: Shown) -> list[int]:
        """Return the labels of finished objects that were given to other planes meanwhile."""
        return self._shared.given_beside(self.plane, {found.label for found in shown.objects})

    def close(self) -> None:
        """Leave the layer to the person."""
        self.layer.events.paint.disconnect(self._on_paint)
        self.layer.events.data.disconnect(self._on_data)

    def _plane_of_layer(self) -> PlaneOfLabels:
        plane: PlaneOfLabels = self.layer.data[self.plane.key]
        return plane

    def _may_keep_label(self, before: Shown | None, shown: Shown) -> bool:
        if before is None:
            return self._is_taken_up
        if before.box == NOWHERE or shown.reopened != before.reopened:
            return False
        if shown.labels_box == NOWHERE:
            return True
        is_same = shown.clicks == before.clicks
        return is_same and not (shown.labels[shown.labels_box] == self.label).any()

    def _choose_label(self, shown: Shown) -> None:
        if self._painted_by_hand:
            self._look_for_foreign()
        free = self._shared.free(self.plane, max(shown.next_label, self._foreign + 1))
        self.label = free if shown.reopened is None else shown.reopened
        largest = largest_label(self.layer)
        if self.label > largest:
            raise RuntimeError(f"{self.layer.name} has no room for labels above {largest}")
        if self._is_in_front and shown.acts:  # else a person is painting with a label
            self.layer.selected_label = self.label

    def _look_for_foreign(self) -> None:
        plane = self._plane_of_layer()
        self._foreign = int(plane.max(initial=0, where=plane != self._written))
        if self._is_repainted:
            self._shared.see_all(self._largest_of_stack())
        self._painted_by_hand = self._is_repainted = False

    def _largest_of_stack(self) -> int:
        """Return the largest label of all planes, 0 where there is but one."""
        data = self.layer.data
        return int(data.max(initial=0)) if data.ndim > len(self.plane.axes) else 0

    def _write(self, box: Box, plane: PlaneOfLabels, shown: Shown) -> None:
        found = repaints(
            *(plane, self._written, shown.labels, shown.mask, self.label, box),
            overwrites=self._overwrites,
        )
        if not found:
            return
        self._shared.forget_strokes()
        self._shared.is_writing = True
        try:
            with self.layer.block_history():
                for repaint in found:
                    indices = self.plane.to_indices(repaint.rows, repaint.columns)
                    self.layer.data_setitem(indices, repaint.value, refresh=repaint is found[-1])
        finally:
            self._shared.is_writing = False

    def _listen(self) -> None:
        self.layer.events.paint.connect(self._on_paint)
        self.layer.events.data.connect(self._on_data)

    def _on_paint(self) -> None:
        if not self._shared.is_writing:
            is_everywhere = self.layer.n_edit_dimensions > len(self.plane.axes)
            self._painted_by_hand = True
            self._is_repainted |= is_everywhere
            self._shared.n_strokes += 1
            self._shared.n_strokes_undone = 0
            self.touched.emit(is_everywhere)

    def _on_data(self) -> None:
        self._painted_by_hand = self._is_repainted = True
        self.touched.emit(True)
