"""A session: clicks in, mask out, with undo through everything and objects that stay finished."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from napari_faseg.interaction.arrays import Labels, Mask, Probability, frozen
from napari_faseg.interaction.clicks import Click, checked_clicks
from napari_faseg.interaction.history import History, Step
from napari_faseg.interaction.images import checked_image
from napari_faseg.interaction.objects import LARGEST_LABEL, Change, FinishedObject, checked_labels
from napari_faseg.interaction.prediction import Look, Predictor, looks_of


class ClickSession:
    """Objects of one image, made click by click.

    One object is in progress; the finished ones are in `labels` and later objects never take
    their pixels. A session is for one thread at a time. The arrays that it hands out are
    read-only and never change afterwards.

    Parameters
    ----------
    predictor : Predictor
        Anything with `set_image` and `predict`.
    threshold : float
        The mask is where the probability is larger, in [0, 1).

    Examples
    --------
    >>> session = ClickSession(NetPredictor.from_weights())  # doctest: +SKIP
    >>> session.set_image(image)  # doctest: +SKIP
    >>> session.add_click(Click(120, 80))  # doctest: +SKIP
    >>> session.commit()  # doctest: +SKIP
    1
    """

    def __init__(self, predictor: Predictor, *, threshold: float = 0.5) -> None:
        self._predictor = predictor
        self._history: History | None = None
        self._labels: Labels = np.zeros((0, 0), np.int32)
        self.threshold = threshold

    # What the session knows

    @property
    def threshold(self) -> float:
        """The mask is where the probability is larger; setting it needs no prediction."""
        return self._threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        if not 0 <= value < 1:
            raise ValueError(f"expected a threshold in [0, 1), got {value}")
        self._threshold = float(value)

    @property
    def clicks(self) -> tuple[Click, ...]:
        """The clicks on the object in progress, oldest first."""
        return self._history.current.clicks if self._history else ()

    @property
    def probability(self) -> Probability:
        """The (h, w) float32 probability of the object in progress, in [0, 1]."""
        return self._steps.current.probability

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
    def next_label(self) -> int:
        """The label that `commit` gives: of the reopened object, or one more than the largest."""
        reopened = self._steps.current.reopened
        return reopened.label if reopened else int(self._labels.max()) + 1

    @property
    def in_progress(self) -> bool:
        """Whether there is an object that `commit` or `reset` would end."""
        current = self._steps.current
        return bool(current.clicks) or current.reopened is not None

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to take back."""
        return self._history is not None and self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to bring back."""
        return self._history is not None and self._history.can_redo

    # The image

    def set_image(self, image: ArrayLike) -> None:
        """Start afresh on an image: no clicks, no finished objects, no history.

        Parameters
        ----------
        image : (h, w) or (h, w, c) array
            Any real dtype, c from 1 to 4.

        Raises
        ------
        ValueError, TypeError
            If it is not such an image; the session stays as it was.
        """
        image = checked_image(image)
        self._predictor.set_image(image)
        shape = image.shape[:2]
        self._labels = frozen(np.zeros(shape, np.int32))
        self._empty = Step((), frozen(np.zeros(shape, np.float32)), begins=True)
        self._history = History(self._empty)

    def set_labels(self, labels: ArrayLike) -> None:
        """Replace the finished objects by those of an array, which `undo` takes back.

        Objects whose pixels stay the same keep their clicks for `reopen`.

        Parameters
        ----------
        labels : (h, w) array of integers
            Of the size of the image, none negative; 0 is background.
        """
        step = self._steps.current
        checked = checked_labels(labels, self._labels.shape)
        self._push(replace(step, begins=False, finished=None), checked)

    # Clicks

    def add_click(self, click: Click) -> None:
        """Add a click to the object in progress; see `replay`."""
        self.replay((*self.clicks, click))

    def replay(self, clicks: Iterable[Click]) -> None:
        """Say what the clicks on the object in progress are now, at the cost of one prediction.

        Added, moved, deleted and reordered clicks are one case: the longest earlier list of
        clicks that the new one begins with gives the previous probability. If it is the whole
        new list, its mask comes back without a prediction; the same list again does nothing.

        Raises
        ------
        ValueError
            If a click lies outside the image.
        RuntimeError
            If there is no image.

        Whatever is raised, by the predictor too, leaves the session as it was.
        """
        for _ in self.replaying(clicks):
            pass

    def replaying(self, clicks: Iterable[Click]) -> Iterator[Look]:
        """Do what `replay` does, and yield each look of the predictor as soon as it is there.

        The last look is yielded when the session holds it. Whoever stops before leaves the session
        as it was: later clicks give the same as if these had never been.
        """
        current = self._steps.current
        clicks = checked_clicks(clicks, self._labels.shape)
        if clicks == current.clicks:
            yield Look(current.probability, is_last=True)
            return
        for look in self._looks(clicks):
            if look.is_last:
                step = Step(clicks, look.probability, reopened=current.reopened)
                self._steps.push(step)
            yield look

    def reset(self) -> None:
        """Give up the object in progress; a reopened one goes back to the labels as it was."""
        if self.in_progress:
            reopened = self._steps.current.reopened
            self._push(self._empty, reopened.put_back(self._labels) if reopened else self._labels)

    # Back and forth

    def undo(self) -> bool:
        """Take the last action back, whatever it was; False if there is none. Never predicts."""
        if not self.can_undo:
            return False
        step = self._steps.undo()
        if step.change is not None:
            self._labels = step.change.revert(self._labels)
        return True

    def redo(self) -> bool:
        """Bring back what the last `undo` took; False if there is nothing. Never predicts."""
        if not self.can_redo:
            return False
        step = self._steps.redo()
        if step.change is not None:
            self._labels = step.change.apply(self._labels)
        return True

    # Finished objects

    def commit(self, label: int | None = None) -> int:
        """Finish the object in progress; pixels of finished objects stay theirs.

        Parameters
        ----------
        label : int, optional
            Its label, free and positive; `next_label` unless given.

        Returns
        -------
        int
            The label, or 0 when there is nothing to keep (and nothing has changed).

        Raises
        ------
        ValueError
            If the label is taken, not positive or too large.
        """
        step, mask = self._steps.current, self.mask
        region = mask & (self._labels == 0)
        if not region.any():
            return 0
        label = self._free_label(self.next_label if label is None else label)
        labels = self._labels.copy()
        labels[region] = label
        finished = FinishedObject.cut(label, step.clicks, step.probability, mask, region)
        self._push(replace(self._empty, finished=finished), labels)
        return label

    def reopen(self, label: int) -> None:
        """Go on with a finished object: its clicks are back, or its mask is the previous one.

        Its pixels leave `labels` until `commit` gives them the same label again, or `reset`
        puts them back.

        Raises
        ------
        ValueError
            If no object has the label.
        RuntimeError
            If another object is in progress.
        """
        if self.in_progress:
            raise RuntimeError(f"commit or reset the object in progress before reopening {label}")
        region = self._region(label)
        found = self._steps.finished(label)
        if found is None or not found.covers(region):
            found = FinishedObject.foreign(label, region)
        probability = found.full_probability(region.shape)
        step = Step(found.clicks, probability, begins=True, reopened=found)
        self._push(step, np.where(region, np.int32(0), self._labels))

    def delete(self, label: int) -> None:
        """Remove a finished object; the object in progress stays as it is.

        Raises
        ------
        ValueError
            If no finished object has the label.
        """
        step = replace(self._steps.current, begins=False, finished=None)
        self._push(step, np.where(self._region(label), np.int32(0), self._labels))

    # Inside

    @property
    def _steps(self) -> History:
        if self._history is None:
            raise RuntimeError("set an image first: this session has none")
        return self._history

    def _push(self, step: Step, labels: Labels) -> None:
        self._steps.push(replace(step, change=Change.between(self._labels, labels)))
        self._labels = frozen(labels)

    def _looks(self, clicks: tuple[Click, ...]) -> Iterator[Look]:
        steps = self._steps.steps_of_object()
        earlier = (step for step in steps if clicks[: len(step.clicks)] == step.clicks)
        known = max(earlier, key=lambda step: len(step.clicks), default=self._empty)
        if clicks == known.clicks:
            return iter((Look(known.probability, is_last=True),))
        is_blank = known.probability is self._empty.probability
        previous = None if is_blank else known.probability
        return looks_of(self._predictor, clicks, previous, self._labels.shape)

    def _region(self, label: int) -> Mask:
        region: Mask = self.labels == label
        if label <= 0 or not region.any():
            raise ValueError(f"expected the label of a finished object, got {label}")
        return region

    def _free_label(self, label: int) -> int:
        if not 0 < label <= LARGEST_LABEL:
            raise ValueError(f"expected a label from 1 to {LARGEST_LABEL}, got {label}")
        if (self._labels == label).any():
            raise ValueError(f"label {label} is taken: reopen or delete that object first")
        return int(label)
