"""Finished objects are replaced, deleted, relabelled, merged and named; each is an action."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from napari_faseg.interaction.arrays import Labels, Mask
from napari_faseg.interaction.names import after_replacing, called, moved, without
from napari_faseg.interaction.objects import checked_labels, free_label, region_of, whole_label
from napari_faseg.interaction.undoable import UndoableLabels


class EditableLabels(UndoableLabels):
    """The part of a `ClickSession` that changes finished objects; knows no predictor."""

    def set_labels(self, labels: ArrayLike) -> None:
        """Replace the finished objects by those of an array, which `undo` takes back.

        Objects whose pixels stay the same keep their clicks for `reopen`. A label that was not
        there before has no name yet.

        Parameters
        ----------
        labels : (h, w) array of integers
            Of the size of the image, none negative; 0 is background.
        """
        current, checked = self._steps.current, checked_labels(labels, self._labels.shape)
        classes = after_replacing(current.classes, self._labels, checked, self.reopened)
        self._push("set_labels", current.next(classes=classes), checked)

    def delete(self, label: int) -> None:
        """Remove a finished object; the object in progress stays as it is.

        Raises
        ------
        ValueError
            If no finished object has the label.
        """
        region, current = region_of(self.labels, label), self._steps.current
        step = current.next(classes=without(current.classes, [label]))
        self._push("delete", step, self._with(region, 0))

    def relabel(self, label: int, new_label: int) -> None:
        """Give a finished object another label; it keeps its clicks and what it is called.

        Raises
        ------
        ValueError
            If no finished object has the label, or the new one is taken or no label.
        """
        region, current = region_of(self.labels, label), self._steps.current
        if whole_label(new_label) == label:
            return
        if new_label == self.reopened:
            raise ValueError(f"label {new_label} is taken: the object in progress has it")
        new_label = free_label(self._labels, new_label)
        found = self._steps.finished(label)
        is_ours = found is not None and found.covers(region)
        finished = replace(found, label=new_label) if found and is_ours else None
        classes = moved(current.classes, label, new_label)
        step = current.next(finished=finished, classes=classes)
        self._push("relabel", step, self._with(region, new_label))

    def merge(self, labels: Sequence[int]) -> int:
        """Make one object of several, which has the first label and is known by its mask alone.

        Returns
        -------
        int
            Its label.

        Raises
        ------
        ValueError
            If there are not two different labels, or one of them is not a finished object's.
        """
        chosen = list(dict.fromkeys(map(whole_label, labels)))
        if len(chosen) < 2:
            raise ValueError(f"expected the labels of two objects or more, got {list(labels)}")
        region = np.logical_or.reduce([region_of(self.labels, label) for label in chosen])
        current = self._steps.current
        step = current.next(classes=without(current.classes, chosen[1:]))
        self._push("merge", step, self._with(region, chosen[0]))
        return chosen[0]

    def classify(self, label: int, text: str) -> None:
        """Say what a finished object is called; an empty text takes that away.

        Raises
        ------
        ValueError
            If no finished object has the label.
        TypeError
            If the text is none.
        """
        region_of(self.labels, label)
        current = self._steps.current
        classes = called(current.classes, label, text)
        if classes != current.classes:
            self._push("classify", current.next(classes=classes))

    # Inside

    def _with(self, region: Mask, label: int) -> Labels:
        return np.where(region, np.int32(label), self._labels)
