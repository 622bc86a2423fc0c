"""In which order things happen that a person asks for faster than they can be done."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf
from typing import Any

from psygnal import Signal

from napari_faseg.interaction.arrays import Labels
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.history import MASK_THRESHOLD
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.runner import Runner
from napari_faseg.plugin.session_jobs import SessionJobs
from napari_faseg.plugin.shown import Shown
from napari_faseg.plugin.step import Step

PAUSE = 0.3  # seconds without another change of the contrast before the image is looked at again


class Turns:
    """Gives a runner the work on a session, in the order in which it was asked for.

    Changed points and a changed threshold are a request that newer ones replace: only what is
    wished for now matters. Steps (undo, finish, reopen, ...) are not: they run in order, one at a
    time. Points that are placed while one of them is on its way wait for its result, and belong
    to what comes after it.

    The plane of the session may be in front or not. To look at it is a request that the next
    plane replaces; steps that were asked for run all the same. What was placed on a plane that is
    not in front waits until it comes back.

    Parameters
    ----------
    runner : Runner
    jobs : SessionJobs
        What is run.
    prompts : Prompts
        Whose points are the clicks.
    painter : Painter
        Knows the plane, which label the object in progress has, and what was painted by hand.
    show : callable
        Is called with what the session holds.
    tell : callable
        Is called with the reason why something could not be done.
    end : callable
        Is called with the reason why nothing more can be done.
    """

    settled = Signal()
    """Emitted when no step is on its way any more."""

    def __init__(
        self,
        runner: Runner,
        jobs: SessionJobs,
        prompts: Prompts,
        painter: Painter,
        show: Callable[[Shown], None],
        tell: Callable[[str], None],
        end: Callable[[str], None],
    ) -> None:
        self._runner, self._jobs = runner, jobs
        self._prompts, self._painter = prompts, painter
        self._show, self._tell, self._end = show, tell, end
        self._steps: deque[Step] = deque()
        self._is_open = True
        self._is_in_front = True
        self._has_begun = False
        self._is_ready = False  # whether it was looked at since it came forward
        self._n_adjusted = 0
        self._reached = MASK_THRESHOLD  # the threshold of the session once all is done that runs
        self.threshold = MASK_THRESHOLD
        """The threshold that is wished for."""

    @property
    def busy(self) -> bool:
        """Whether a step is on its way."""
        return bool(self._steps)

    @property
    def acts(self) -> bool:
        """Whether a step that a person asked for is on its way."""
        return any(step.is_action for step in self._steps)

    @property
    def leaves_object(self) -> bool | None:
        """Whether an object may be in progress after all steps; None: none of them decides that."""
        for step in reversed(self._steps):
            if self.clicks(after=step.until):
                return True
            if step.leaves is not None:
                return step.leaves
        return None

    def begin_with(
        self, beginning: Callable[[], Callable[[], Shown]], failed: Callable[[str], None]
    ) -> None:
        """Say what comes before everything else; it may be done more than once.

        The first time it may bring clicks and a threshold with it: they come before all others.

        Parameters
        ----------
        beginning : callable
            Returns the work, which looks at the plane, for what is there now.
        failed : callable
            Is called with the reason why that could not be done.
        """
        self._beginning, self._failed_to_begin = beginning, failed

    def come_forward(self) -> None:
        """Look at the plane, and bring the session to what is there."""
        self._is_in_front = True
        if self._is_open and not self._steps:
            self._is_ready = False
            self._begin(replaceable=True)

    def look_again(self) -> None:
        """Look at the plane again, which looks otherwise now, before anything else is done."""
        self._is_ready = False
        if self._is_open and self._is_in_front and not self._steps:
            self._begin(replaceable=True, pause=PAUSE)

    def step_back(self) -> None:
        """Leave the runner to another plane; steps that were asked for run all the same."""
        self._is_in_front = False

    def forget(self) -> None:
        """Do nothing any more for a plane that is not needed."""
        self._is_open = False

    def clicks(self, *, after: float = -inf, until: float = inf) -> tuple[Click, ...]:
        """Return the clicks on the plane; see `Prompts.clicks`."""
        return self._prompts.clicks(after=after, until=until, plane=self._painter.plane)

    def adjust(self, threshold: float) -> None:
        """Wish for another threshold."""
        self.threshold = threshold
        self._n_adjusted += 1
        self.replay()

    def replay(self) -> None:
        """Bring the session to the points and the threshold that are there now."""
        if self._is_ready and self._is_open and not self._steps:
            self._replay(inf, self.threshold)
        else:
            self.come_forward()

    def anticipate(self, click: Click) -> None:
        """Let the first mask of one more click be begun with, which may be made in a moment."""
        if self._is_ready and self._is_open and self._is_in_front and not self._steps:
            clicks, jobs = (*self.clicks(), click), self._jobs
            self._runner.ahead(lambda: jobs.anticipate(clicks))

    def take_step(
        self,
        work: Callable[[], Shown],
        follows: Step | None = None,
        *,
        leaves: bool | None = None,
    ) -> Step:
        """Do something after all that was asked for before; see `Step`."""
        return self._take_step(work, is_action=True, follows=follows, leaves=leaves)

    def keep(self) -> None:
        """Take over what was painted by hand, which records it."""
        if len(self._steps) < 2:  # else one is waiting that will do so
            self._take_step(self._jobs.keep, is_action=False)

    def _take_step(self, work: Callable[[], Shown], **what: Any) -> Step:
        step = Step(work, self._prompts.latest, self.threshold, self._n_adjusted, **what)
        if not self._is_open:
            return step
        self._steps.append(step)
        if len(self._steps) > 1:
            return step
        if self._is_ready:
            self._submit_step()
        else:  # a newer request than that of coming forward, which would not be answered any more
            self._begin(replaceable=False)
        return step

    def close(self) -> None:
        """Do nothing any more."""
        self._is_open = False
        self._steps.clear()
        self._runner.close()

    def _begin(self, *, replaceable: bool, pause: float = 0.0) -> None:
        work, told = self._beginning(), (self._on_begun, self._on_not_begun)
        self._runner.submit(work, *told, replaceable=replaceable, pause=pause)

    def _on_begun(self, shown: Shown) -> None:
        if not self._is_open:
            return
        if not self._has_begun:
            self._prompts.replace(shown.clicks, until=0, plane=self._painter.plane)
            if self._n_adjusted == 0:
                self.threshold = shown.threshold
        self._has_begun = True
        self._is_ready = not self._jobs.is_outdated
        self._reached = shown.threshold
        first = self._steps[0] if self._steps else None
        self._show(replace(shown, is_last=shown.is_last and not first))
        if not first and not self._is_ready:
            self.look_again()
            return
        until = first.until if first else inf
        threshold = first.threshold if first else self.threshold
        if self.clicks(until=until) != shown.clicks or threshold != shown.threshold:
            self._replay(until, threshold)
        if first:
            self._submit_step()

    def _on_not_begun(self, reason: str) -> None:
        if self._is_open:
            given_up = tuple(self._steps)
            self._steps.clear()
            self._failed_to_begin(reason)
            for step in given_up:
                step.end()
            self.settled.emit()

    def _replay(self, until: float, threshold: float) -> None:
        clicks, jobs = self.clicks(until=until), self._jobs
        self._reached = threshold
        if self._is_in_front:
            self._runner.follow(lambda: jobs.replay(clicks, threshold), self._show, self._tell)
        else:  # must neither be replaced by the plane in front nor replace its work
            work = lambda: _last(jobs.replay(clicks, threshold))  # noqa: E731
            self._runner.submit(work, self._show, self._tell)

    def _submit_step(self) -> None:
        step = self._steps[0]
        if step.follows is not None and not step.follows.is_over:
            step.follows.over.connect(self._submit_step)
            return
        try:
            if step.is_action:
                self._painter.choose_label()
        except RuntimeError as error:
            self._end(str(error))
            return
        painted = self._painter.painted()
        work = lambda: self._jobs.adopting(painted, step.work)  # noqa: E731
        self._runner.submit(work, lambda shown: self._on_done(shown, painted), self._on_failed)

    def _on_done(self, shown: Shown, painted: Labels) -> None:
        done = self._steps[0]
        self._painter.know(painted)
        if done.is_action:  # else a click that failed may be tried again
            self._prompts.replace(shown.clicks, until=done.until, plane=self._painter.plane)
        self._reached = shown.threshold
        if self._n_adjusted == done.n_adjusted:
            self.threshold = shown.threshold
        self._show(shown)
        self._go_on()

    def _on_failed(self, reason: str) -> None:
        self._tell(reason)
        if self._is_open:
            # What was asked for before may be done by now and not shown: the step was newer.
            self._go_on(is_shown=False)

    def _go_on(self, *, is_shown: bool = True) -> None:
        if not self._is_open:
            return
        done = self._steps.popleft()
        done.end()
        follower = self._steps[0] if self._steps else None
        until = follower.until if follower else inf
        n_adjusted = follower.n_adjusted if follower else self._n_adjusted
        threshold = self._reached
        if n_adjusted != done.n_adjusted:
            threshold = follower.threshold if follower else self.threshold
        is_changed = n_adjusted != done.n_adjusted or not is_shown
        is_needed = is_changed or bool(self.clicks(after=done.until, until=until))
        if is_needed and (follower or self._is_in_front):
            self._replay(until, threshold)
        if follower:
            self._submit_step()
            return
        if self._is_in_front and not self._is_ready:
            self.come_forward()
        self.settled.emit()


def _last(results: Iterator[Shown]) -> Shown:
    for result in results:
        shown = result
    return shown
