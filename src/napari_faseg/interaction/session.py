"""A session: clicks in, mask out, with undo through everything and objects that stay finished."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import monotonic

import numpy as np
from numpy.typing import ArrayLike

from napari_faseg._interrupts import interrupts_wait
from napari_faseg.interaction.arrays import Labels, Probability
from napari_faseg.interaction.clicks import Click, checked_clicks
from napari_faseg.interaction.history import Step
from napari_faseg.interaction.images import checked_image
from napari_faseg.interaction.kept_session import KeptSession
from napari_faseg.interaction.names import Names, after_replacing, moved, without
from napari_faseg.interaction.objects import FinishedObject, free_label, region_of
from napari_faseg.interaction.prediction import Look, answered, anticipate
from napari_faseg.interaction.renewal import answered_again
from napari_faseg.interaction.sharing import has_shown_last, shown_by


class ClickSession(KeptSession):
    """Objects of one image, made click by click.

    One object is in progress; the finished ones are in `labels` and later objects never take
    their pixels. A session is for one thread at a time. The arrays that it hands out are
    read-only and never change afterwards.

    Parameters
    ----------
    predictor : Predictor
        Anything with `set_image` and `predict`. Sessions may share one, in one thread: each shows
        it its own image again where another session has shown it another one since, which takes
        as long as `set_image`. Where you show it another image yourself, no session knows.
    threshold : float
        The mask is where the probability is larger, in [0, 1).
    room : HistoryRoom, optional
        What can be undone is forgotten beyond a limit, 1 GiB; with a room, that is the limit of
        all sessions that share it.

    Raises
    ------
    ValueError
        If the threshold is out of range.
    TypeError
        If the predictor is something else, such as a network.

    Examples
    --------
    >>> session = ClickSession(NetPredictor.from_weights())  # doctest: +SKIP
    >>> session.set_image(image)  # doctest: +SKIP
    >>> session.add_click(Click(120, 80))  # doctest: +SKIP
    >>> session.commit()  # doctest: +SKIP
    1
    """

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
        with shown_by(self, self._predictor):
            self._predictor.set_image(image)
            self._begin_on(image)

    # Clicks

    def add_click(self, click: Click) -> None:
        """Add a click to the object in progress; see `replay`."""
        self.replay((*self.clicks, click))

    def replay(self, clicks: Iterable[Click]) -> None:
        """Say what the clicks on the object in progress are now, at the cost of one prediction.

        Added, moved, deleted and reordered clicks are one case: the longest earlier list of
        clicks that the new one begins with gives the previous probability. If it is the whole
        new list, its mask comes back without a prediction; the same list again does nothing. Where
        no earlier list is known, because the object was reopened or its session resumed, the new
        list is answered click by click.

        Raises
        ------
        ValueError
            If a click lies outside the image.
        RuntimeError
            If there is no image.

        Whatever is raised, by the predictor too, leaves the session as it was.
        """
        for _ in self._replaying(clicks, look_by_look=False):
            pass

    def replaying(self, clicks: Iterable[Click]) -> Iterator[Look]:
        """Do what `replay` does, and yield each look of the predictor as soon as it is there.

        The last look is yielded when the session holds it. Whoever stops before leaves the session
        as it was: later clicks give the same as if these had never been.
        """
        return self._replaying(clicks, look_by_look=True)

    def anticipate(self, clicks: Iterable[Click]) -> None:
        """Begin with the answer to clicks that may be made next, as while a button is held down.

        If `replaying` is asked about them, its first look is there at once. That is no action, and
        nothing is another one for it, whether they are made or not; a predictor without looks, or
        without `anticipate`, is not asked.

        Raises
        ------
        ValueError
            If a click lies outside the image.
        RuntimeError
            If there is no image.
        """
        clicks = checked_clicks(clicks, self.labels.shape)
        known = self._known_step(clicks)
        is_new = known is not None and known.clicks != clicks
        if known is not None and is_new and has_shown_last(self, self._predictor):
            anticipate(self._predictor, clicks, self._probability_of(known))

    def answer_again(self) -> None:
        """Answer the clicks on the object in progress again: the predictor sees another contrast.

        That is no action: `undo` goes to what was before it. Whatever is raised changes nothing.
        """
        current = self._steps.current
        self._show_again()
        again = answered_again(current, self._predictor, self._labels.shape)
        if again is not current:
            with interrupts_wait():
                self._steps.renew(again)
                self._acted("answer_again")

    def reset(self) -> None:
        """Give up the object in progress; a reopened one goes back to the labels as it was.

        Where its label went to another object meanwhile, it gets the next free one.
        """
        if not self.in_progress:
            return
        step, labels, reopened = self._blank(), self._labels, self._steps.current.reopened
        if reopened is not None and (labels == reopened.label).any():
            label = free_label(labels, int(labels.max()) + 1)
            classes = moved(step.classes, reopened.label, label)
            reopened = replace(reopened, label=label)
            step = replace(step, finished=reopened, classes=classes)
        if reopened is not None:
            labels = reopened.put_back(labels)
        self._push("reset", step, labels)

    # Finished objects

    def commit(self, label: int | None = None, *, overwrite: bool = False) -> int:
        """Finish the object in progress; pixels of finished objects stay theirs.

        A reopened object keeps its name, also under another label; a new one has none.

        Parameters
        ----------
        label : int, optional
            Its label, free and positive; `next_label` unless given.
        overwrite : bool
            Take the pixels of finished objects all the same.

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
        region = mask if overwrite else mask & (self._labels == 0)
        if not region.any():
            return 0
        label = free_label(self._labels, self.next_label if label is None else label)
        cut = FinishedObject.cut(label, step.clicks, step.threshold, step.probability, region)
        before = step.reopened.seconds if step.reopened else 0.0
        seconds = float(np.nan_to_num(before)) + monotonic() - step.began
        finished = replace(cut, seconds=seconds, asked=step.asked)
        labels = self._with(region, label)
        classes = self._names_after_commit(label, labels)
        step = replace(self._blank(), finished=finished, classes=classes)
        self._push("commit", step, labels)
        return label

    def reopen(self, label: int) -> None:
        """Go on with a finished object: its clicks are back, or its mask is the previous one.

        Its pixels leave `labels` until `commit` gives them the same label again, or `reset`
        puts them back. An object that was made by clicks and not changed since brings its
        threshold, too.

        Raises
        ------
        ValueError
            If no object has the label.
        RuntimeError
            If another object is in progress.
        """
        if self.in_progress:
            raise RuntimeError(f"commit or reset the object in progress before reopening {label}")
        region, current = region_of(self.labels, label), self._steps.current
        found = self._steps.finished(label)
        if found is None or not found.covers(region):
            found = FinishedObject.foreign(int(label), region)
        step = current.next(
            clicks=found.clicks,
            probability=found.full_probability(region.shape),
            asked=found.asked,
            threshold=found.threshold if found.clicks else current.threshold,
            reopened=found,
            begins=True,
            began=monotonic(),
        )
        self._push("reopen", step, self._with(region, 0))

    # Inside

    def _names_after_commit(self, label: int, labels: Labels) -> Names:
        """Return what objects are called once the one in progress is in the labels."""
        names, reopened = self.classes, self.reopened
        names = without(names, [label]) if reopened is None else moved(names, reopened, label)
        return after_replacing(names, self._labels, labels, label)

    def _replaying(self, clicks: Iterable[Click], *, look_by_look: bool) -> Iterator[Look]:
        current = self._steps.current
        clicks = checked_clicks(clicks, self._labels.shape)
        if clicks == current.clicks:
            yield Look(current.probability, is_last=True)
            return
        began = current.began if current.in_progress else monotonic()
        known = self._step_before(clicks)
        asked = known.asked if clicks == known.clicks else (*known.asked, len(clicks))
        for look in self._looks(clicks, known, look_by_look=look_by_look):
            if look.is_last:
                answer = {"probability": look.probability, "asked": asked}
                self._push("replay", current.next(clicks=clicks, began=began, **answer))
            yield look

    def _step_before(self, clicks: tuple[Click, ...]) -> Step:
        """Return what new clicks are answered after: the step with the longest beginning of them.

        Where none is known, all clicks but the last are answered first, one after the other.
        """
        known = self._known_step(clicks)
        if known is not None:
            return known
        self._show_again()
        before = self._empty.next(clicks=clicks[:-1], asked=tuple(range(1, len(clicks))))
        return answered_again(before, self._predictor, self._labels.shape)

    def _known_step(self, clicks: tuple[Click, ...]) -> Step | None:
        """Return the step with the longest beginning of some clicks that was answered.

        None: it is not known how the object came to be, and no beginning of theirs is.
        """
        steps = tuple(self._steps.steps_of_object())
        earlier = (step for step in steps if clicks[: len(step.clicks)] == step.clicks)
        known = max(earlier, key=lambda step: len(step.clicks), default=self._empty)
        is_foreign = known is self._empty and len(steps[-1].clicks) > 1
        return None if is_foreign and len(clicks) > 1 else known

    def _probability_of(self, step: Step) -> Probability | None:
        """Return what a predictor goes on from after a step, (h, w); None: from nothing."""
        return None if step.probability is self._empty.probability else step.probability

    def _show_again(self) -> None:
        """Show the predictor the image where another session has shown it another one since."""
        if self._image is not None and not has_shown_last(self, self._predictor):
            with shown_by(self, self._predictor):
                self._predictor.set_image(self._image)

    def _looks(
        self, clicks: tuple[Click, ...], known: Step, *, look_by_look: bool
    ) -> Iterator[Look]:
        if clicks == known.clicks:
            return iter((Look(known.probability, is_last=True),))
        asked = clicks, self._probability_of(known)
        self._show_again()
        return answered(self._predictor, *asked, self._labels.shape, look_by_look=look_by_look)
