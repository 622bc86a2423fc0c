"""The object in progress and the finished ones, with a history that undo goes through."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from napari_faseg._interrupts import interrupts_wait
from napari_faseg.interaction.arrays import Labels, Mask, Probability, frozen
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.history import History, HistoryRoom, Step
from napari_faseg.interaction.objects import Change, checked_labels
from napari_faseg.interaction.summaries import ObjectSummary, summaries
from napari_faseg.interaction.uncertainty import uncertainty_of


class UndoableLabels:
    """What a session holds now, and the way back and forth; knows no predictor.

    Parameters
    ----------
    threshold : float
        The mask is where the probability is larger, in [0, 1).
    room : HistoryRoom, optional
        For its history, shared with other sessions.
    """

    def __init__(self, *, threshold: float, room: HistoryRoom | None = None) -> None:
        self._history: History | None = None
        self._room = room or HistoryRoom()
        self._labels: Labels
        self._first_threshold = _checked_threshold(threshold)

    # What it knows

    @property
    def threshold(self) -> float:
        """The mask is where the probability is larger; setting it needs no prediction.

        `undo` takes it back; values that are set one after the other are one action.
        """
        return self._history.current.threshold if self._history else self._first_threshold

    @threshold.setter
    @interrupts_wait()
    def threshold(self, value: float) -> None:
        value = _checked_threshold(value)
        if self._history is None:
            self._first_threshold = value
        elif value != self.threshold:
            self._history.adjust(self._history.current.next(threshold=value, adjusts=True))
            self._acted("threshold")

    @property
    def clicks(self) -> tuple[Click, ...]:
        """The clicks on the object in progress, oldest first."""
        return self._history.current.clicks if self._history else ()

    @property
    def probability(self) -> Probability:
        """The (h, w) float32 probability of the object in progress, in [0, 1]."""
        return self._steps.current.probability

    @property
    def uncertainty(self) -> Probability:
        """How unsure the predictor is of each pixel, (h, w) float32 in bits, in [0, 1]."""
        return frozen(uncertainty_of(self.probability))

    @property
    def mask(self) -> Mask:
        """The (h, w) bool mask of the object in progress."""
        return frozen(self.probability > self.threshold)

    @property
    def labels(self) -> Labels:
        """The (h, w) int32 labels of the finished objects; 0 is background."""
        self._steps  # noqa: B018  refuses where no image is set
        return self._labels

    @property
    def objects(self) -> tuple[ObjectSummary, ...]:
        """The finished objects in numbers, by label."""
        return summaries(self.labels, self._steps.all_finished(), self.classes)

    @property
    def classes(self) -> Mapping[int, str]:
        """What finished objects are called, by label."""
        return self._steps.current.classes

    @property
    def reopened(self) -> int | None:
        """The label of the finished object that is in progress again, None if it is a new one."""
        found = self._steps.current.reopened
        return None if found is None else found.label

    @property
    def next_label(self) -> int:
        """The label that `commit` gives: of the reopened object, or one more than the largest."""
        reopened = self.reopened
        return int(self._labels.max()) + 1 if reopened is None else reopened

    @property
    def in_progress(self) -> bool:
        """Whether there is an object that `commit` or `reset` would end."""
        return self._steps.current.in_progress

    @property
    def last_action(self) -> object:
        """What stands for the last action: another object after each, `undo` and `redo` too."""
        return self._steps.current

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to take back."""
        return self._history is not None and self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to bring back."""
        return self._history is not None and self._history.can_redo

    # Back and forth

    @interrupts_wait()
    def undo(self) -> bool:
        """Take the last action back, whatever it was; False if there is none. Never predicts."""
        if not self.can_undo:
            return False
        for step in self._steps.undo():
            if step.change is not None:
                self._labels = step.change.revert(self._labels)
        self._acted("undo")
        return True

    @interrupts_wait()
    def redo(self) -> bool:
        """Bring back what the last `undo` took; False if there is nothing. Never predicts."""
        if not self.can_redo:
            return False
        for step in self._steps.redo():
            if step.change is not None:
                self._labels = step.change.apply(self._labels)
        self._acted("redo")
        return True

    @contextmanager
    def one_action(self) -> Iterator[None]:
        """Make one action of all that is done inside: `undo` takes all of it back.

        Where something is raised inside, all of it is taken back at once.
        """
        steps, labels = self._steps, self._labels
        mark = steps.mark()
        try:
            yield
        except BaseException:
            with interrupts_wait():
                if steps is self._history and steps.current is not mark.done[-1]:
                    steps.return_to(mark)
                    self._labels = labels
                    self._acted("undo")
            raise
        steps.join_since(mark)

    @interrupts_wait()
    def adopt(self, labels: ArrayLike) -> None:
        """Take over finished objects that somebody else has changed: painted, or put there.

        That is no action of the session. `undo` goes around it: it takes back the pixels of an
        action that are still as the action left them, and no others.

        Parameters
        ----------
        labels : (h, w) array of integers
            Of the size of the image, none negative; 0 is background.
        """
        self._steps  # noqa: B018  refuses where no image is set
        checked = checked_labels(labels, self._labels.shape)
        if not np.array_equal(checked, self._labels):
            self._labels = frozen(checked)
            self._acted("adopt")

    # Inside

    @property
    def _steps(self) -> History:
        if self._history is None:
            raise RuntimeError("set an image first: this session has none")
        return self._history

    def _begin(self, shape: tuple[int, int]) -> None:
        self._first_threshold = self.threshold
        self._labels = frozen(np.zeros(shape, np.int32))
        nothing = frozen(np.zeros(shape, np.float32))
        self._empty = Step((), nothing, begins=True, threshold=self._first_threshold)
        self._history = History(self._empty, room=self._room)

    @interrupts_wait()
    def _push(self, action: str, step: Step, labels: Labels | None = None) -> None:
        """Do an action, of that name: what comes after it, and the labels if it changes them."""
        if labels is not None:
            step = replace(step, change=Change.between(self._labels, labels))
            self._labels = frozen(labels)
        self._steps.push(step)
        self._acted(action)

    def _acted(self, action: str) -> None:
        """Be told of an action that was done; nothing is made of it here."""

    def _blank(self) -> Step:
        """Return the step after which no object is in progress."""
        current = self._steps.current
        return replace(self._empty, threshold=current.threshold, classes=current.classes)


def _checked_threshold(value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"expected a threshold in [0, 1), got {value}")
    return float(value)
