"""The planes of an image that are worked on: each has a session of its own, one is in front."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from napari_faseg.interaction import Predictor
from napari_faseg.interaction.arrays import Labels
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.image_choice import ImageChoice
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.plane_predictor import PlanePredictor, SharedPredictor
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.runner import Runner
from napari_faseg.plugin.session_jobs import NOWHERE, SessionJobs, Shown
from napari_faseg.plugin.session_keeper import SessionKeeper
from napari_faseg.plugin.turns import Turns


@dataclass(frozen=True)
class Listeners:
    """Who is told of the sessions.

    Parameters
    ----------
    show : callable
        Takes a plane and what its session holds.
    tell : callable
        Takes the reason why something could not be done.
    end : callable
        Takes the reason why nothing more can be done.
    not_begun : callable
        Takes the reason why a plane could not be looked at.
    """

    show: Callable[[Plane, Shown], None]
    tell: Callable[[str], None]
    end: Callable[[str], None]
    not_begun: Callable[[str], None]


@dataclass(eq=False)
class PlaneWork:
    """What belongs to one plane; `shown` is what its session held when it was shown last."""

    painter: Painter
    source: ImageSource
    jobs: SessionJobs
    turns: Turns
    shown: Shown | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing would be lost with it."""
        if self.turns.busy or self.shown is None:
            return not self.turns.busy
        shown = self.shown
        is_used = shown.can_undo or shown.can_redo or bool(shown.objects)
        return not (is_used or shown.box != NOWHERE or self.turns.clicks())


class Stack:
    """Makes a session for each plane that comes to the front, and keeps it when that leaves.

    The encoding of the image, which takes the memory, is kept of one plane alone; see
    `SharedPredictor`. A plane on which nothing was done is forgotten.

    Parameters
    ----------
    overlay : Overlay
        Knows the image.
    choice : ImageChoice
        What of it the network is shown.
    make_predictor : callable
        Loads and returns a predictor; called by the runner.
    runner : Runner
    prompts : Prompts
        The points of all planes.
    painter : Painter
        Of the plane that comes first.
    listeners : Listeners
    resume : bool, optional
        Whether the recorded session of a plane goes on; None: nothing is recorded.
    """

    def __init__(
        self,
        overlay: Overlay,
        choice: ImageChoice,
        make_predictor: Callable[[], Predictor],
        runner: Runner,
        prompts: Prompts,
        painter: Painter,
        listeners: Listeners,
        resume: bool | None = None,
    ) -> None:
        self._overlay, self._choice = overlay, choice
        self._shared = SharedPredictor(make_predictor)
        self._runner = runner
        self._prompts = prompts
        self._listeners = listeners
        self._resume = resume
        self._works: dict[Plane, PlaneWork] = {}
        self.has_begun = False
        """Whether any plane could be looked at."""
        self._in_front = painter.plane
        self._add(painter)

    @property
    def front(self) -> PlaneWork:
        """What belongs to the plane in front."""
        return self._works[self._in_front]

    def turn_to(self, plane: Plane) -> None:
        """Bring another plane to the front, with the session that it had, if it had one."""
        left = self.front
        left.turns.step_back()
        left.painter.step_back()
        if left.is_blank:
            self._forget(self._in_front)
        self._in_front = plane
        if plane in self._works:
            self.front.painter.step_forward()
        else:
            self._add(left.painter.on(plane))
        self.front.painter.overwrites = left.painter.overwrites

    def begin(self) -> None:
        """Look at the plane in front, and bring its session to the points that are there."""
        self.front.turns.come_forward()

    def look_again(self, choice: ImageChoice | None = None) -> None:
        """Show the network the image as it is now, if that differs from what it was shown.

        Parameters
        ----------
        choice : ImageChoice, optional
            What of it is shown from now on; the same as before unless given.
        """
        self._choice = choice or self._choice
        for work in tuple(self._works.values()):
            if work.source.look(self._choice):
                work.turns.look_again()

    @property
    def choice(self) -> ImageChoice:
        """What of the image the network is shown."""
        return self._choice

    def show(self, plane: Plane, shown: Shown) -> None:
        """Show what the session of a plane holds; RuntimeError if there is no room for it."""
        self.has_begun = True
        if plane not in self._works:
            return
        work = self._works[plane]
        taken = [] if work.shown else work.painter.taken_elsewhere(shown)
        work.shown = shown
        work.painter.show(shown)
        if taken:
            self._listeners.tell(_told(taken))

    def close(self) -> None:
        """Do nothing any more, on any plane."""
        self.front.painter.close()
        for work in self._works.values():
            work.turns.close()
            work.jobs.close()

    def _forget(self, plane: Plane) -> None:
        work = self._works.pop(plane)
        work.turns.forget()
        work.jobs.close()

    def _add(self, painter: Painter) -> None:
        plane, listeners = painter.plane, self._listeners
        source = ImageSource(self._overlay, plane, self._choice)
        keeper = None if self._resume is None else SessionKeeper(source, resume=self._resume)
        predictor = PlanePredictor(self._shared, source)
        jobs = SessionJobs(lambda: predictor, source, keeper)
        turns = Turns(
            self._runner,
            jobs,
            self._prompts,
            painter,
            partial(listeners.show, plane),
            listeners.tell,
            listeners.end,
        )
        turns.begin_with(partial(_beginning, painter, jobs, predictor), listeners.not_begun)
        turns.settled.connect(partial(self._on_settled, plane))
        self._works[plane] = PlaneWork(painter, source, jobs, turns)

    def _on_settled(self, plane: Plane) -> None:
        # What the plane in front was waiting for has made room, or was dropped for this.
        if plane != self._in_front:
            self.begin()


def _beginning(
    painter: Painter, jobs: SessionJobs, predictor: PlanePredictor
) -> Callable[[], Shown]:
    """Return the work that opens a session, or gets an open one ready again."""
    painted = painter.painted()
    there = painted if painted.any() or not painter.is_new else None
    return partial(_begin, jobs, predictor, there)


def _begin(jobs: SessionJobs, predictor: PlanePredictor, there: Labels | None) -> Shown:
    if jobs.is_open:
        return jobs.look_again(predictor.get_ready)
    return jobs.open(there)


def _told(taken: list[int]) -> str:
    numbers = ", ".join(map(str, taken))
    return f"This plane and others have the labels {numbers}: relabel what is not one object."
