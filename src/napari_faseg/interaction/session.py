"""A session: clicks in, mask out, with undo through everything and objects that stay finished."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from napari_faseg.interaction.arrays import Labels, Probability, frozen
from napari_faseg.interaction.clicks import Click, checked_clicks
from napari_faseg.interaction.history import Step
from napari_faseg.interaction.images import checked_image
from napari_faseg.interaction.kept_session import KeptSession
from napari_faseg.interaction.objects import (
    Change,
    FinishedObject,
    checked_labels,
    free_label,
    region_of,
)
from napari_faseg.interaction.prediction import Predictor, checked_probability


class ClickSession(KeptSession):
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
        super().__init__(predictor)
        self.threshold = threshold

    @property
    def threshold(self) -> float:
        """The mask is where the probability is larger; setting it needs no prediction."""
        return self._threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        if not 0 <= value < 1:
            raise ValueError(f"expected a threshold in [0, 1), got {value}")
        self._threshold = float(value)
        if self._history is not None:
            self._did("threshold")

    # The image

    def set_image(self, image: ArrayLike) -> None:
        """Start afresh on an image: no clicks, no finished objects, no history, no recording.

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
        self._begin(image)

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
        self._push(replace(step, begins=False, finished=None), checked, "set_labels")

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
        history = self._steps
        clicks = checked_clicks(clicks, self._labels.shape)
        if clicks == history.current.clicks:
            return
        earlier = (s for s in history.steps_of_object() if clicks[: len(s.clicks)] == s.clicks)
        known = max(earlier, key=lambda step: len(step.clicks), default=self._empty)
        probability, asked = known.probability, known.asked
        if clicks != known.clicks:
            probability = self._predict(clicks, known)
            asked = (*asked, len(clicks))
        history.push(Step(clicks, probability, asked, reopened=history.current.reopened))
        self._did("replay")

    def reset(self) -> None:
        """Give up the object in progress; a reopened one goes back to the labels as it was."""
        if self.in_progress:
            reopened = self._steps.current.reopened
            labels = reopened.put_back(self._labels) if reopened else self._labels
            self._push(self._empty, labels, "reset")

    # Back and forth

    def undo(self) -> bool:
        """Take the last action back, whatever it was; False if there is none. Never predicts."""
        if not self.can_undo:
            return False
        step = self._steps.undo()
        if step.change is not None:
            self._labels = step.change.revert(self._labels)
        self._did("undo")
        return True

    def redo(self) -> bool:
        """Bring back what the last `undo` took; False if there is nothing. Never predicts."""
        if not self.can_redo:
            return False
        step = self._steps.redo()
        if step.change is not None:
            self._labels = step.change.apply(self._labels)
        self._did("redo")
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
        step = self._steps.current
        region = self.mask & (self._labels == 0)
        if not region.any():
            return 0
        label = free_label(self._labels, self.next_label if label is None else label)
        labels = self._labels.copy()
        labels[region] = label
        finished = FinishedObject.cut(
            label, step.clicks, step.asked, self.threshold, step.probability, region
        )
        self._push(replace(self._empty, finished=finished), labels, "commit")
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
        region = region_of(self.labels, label)
        found = self._steps.finished(label)
        if found is None or not found.covers(region):
            found = FinishedObject.foreign(label, region)
        probability = found.full_probability(region.shape)
        step = Step(found.clicks, probability, found.asked, begins=True, reopened=found)
        self._push(step, np.where(region, np.int32(0), self._labels), "reopen")

    def delete(self, label: int) -> None:
        """Remove a finished object; the object in progress stays as it is.

        Raises
        ------
        ValueError
            If no finished object has the label.
        """
        step = replace(self._steps.current, begins=False, finished=None)
        region = region_of(self.labels, label)
        self._push(step, np.where(region, np.int32(0), self._labels), "delete")

    # Inside

    def _push(self, step: Step, labels: Labels, action: str) -> None:
        self._steps.push(replace(step, change=Change.between(self._labels, labels)))
        self._labels = frozen(labels)
        self._did(action)

    def _predict(self, clicks: tuple[Click, ...], known: Step) -> Probability:
        is_blank = known.probability is self._empty.probability
        previous = None if is_blank else known.probability
        probability = self._predictor.predict(clicks, previous)
        return frozen(checked_probability(probability, self._labels.shape))
