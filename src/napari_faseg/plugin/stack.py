"""The planes of an image that are worked on: each has a session of its own, one is in front."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from napari_faseg.interaction import Predictor
from napari_faseg.interaction.carrying import overlap
from napari_faseg.interaction.history import HistoryRoom
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.image_choice import ImageChoice
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.layer_notes import (
    left_in_progress,
    note_folder,
    note_place,
    note_session,
)
from napari_faseg.plugin.offered_planes import Offer, OfferedPlanes
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.plane_predictor import PlanePredictor, SharedPredictor
from napari_faseg.plugin.plane_work import PlaneWork, beginning
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.runner import Runner
from napari_faseg.plugin.session_jobs import SessionJobs
from napari_faseg.plugin.session_keeper import SessionKeeper
from napari_faseg.plugin.shown import NOWHERE, Shown
from napari_faseg.plugin.turns import Turns

SECONDS_TO_KEEP = 0.4  # from a stroke of the brush to its recording, with others that follow


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
        self._room = HistoryRoom()  # for all planes
        self._touched: set[Plane] = set()  # painted on by hand, or moved, since that was recorded
        self._offered: set[Plane] = set()  # laid out before anybody looked at them
        self._offers = OfferedPlanes(overlay, runner, self._take_offer)
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
        self._keep_strokes()
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
            self._look_again_at(work)

    def look_again_in_front(self) -> None:
        """Do the same for the plane in front alone, whose pixels may be others now."""
        self._look_again_at(self.front, redrawn=True)

    def lie_elsewhere(self) -> None:
        """Take note of where the image lies now, for the disk as soon as it rests."""
        for work in self._works.values():
            work.source.lie()
        note_place(self.front.painter, self.front.source)
        if self._resume is not None:
            self._keep_soon(set(self._works))

    @property
    def choice(self) -> ImageChoice:
        """What of the image the network is shown."""
        return self._choice

    def show(self, plane: Plane, shown: Shown) -> None:
        """Show what the session of a plane holds; RuntimeError if there is no room for it."""
        is_first, self.has_begun = not self.has_begun, True
        if plane not in self._works:
            return
        work = self._works[plane]
        taken = [] if work.shown else _taken(work.painter, shown)
        is_new, work.shown = work.shown is None, shown
        left = left_in_progress(work.painter).get(shown.folder) if is_new else None
        if left is not None:
            work.painter.take_up(left, shown)
        work.painter.show(shown)
        note_session(work.painter, work.source, shown)
        if is_new and self._resume is not None and work.painter.is_new and shown.objects:
            self._touched |= set() if shown.folder else {plane}
        if (is_new or shown.finished) and plane in self._touched:
            self._runner.later(SECONDS_TO_KEEP, self._keep_strokes)
        if is_first and self._resume and work.painter.is_new and work.source.index:
            self._offers.look_for(plane, self._choice)
        if taken:
            self._listeners.tell(_told(taken))

    def close(self) -> None:
        """Do nothing any more, on any plane."""
        self.front.painter.close()
        self._shared.close()
        is_recorded = True
        for plane, work in self._works.items():
            is_kept = plane not in self._touched and not work.turns.busy
            work.turns.close()
            is_recorded &= work.jobs.close(None if is_kept else work.painter.strokes())
        if not is_recorded:
            name = self.front.painter.layer.name
            self._listeners.tell(f"Not all of your work could be written to the disk: save {name}.")

    def _look_again_at(self, work: PlaneWork, *, redrawn: bool = False) -> None:
        if work.source.look(self._choice, redrawn=redrawn):
            work.turns.look_again()

    def _forget(self, plane: Plane) -> None:
        work = self._works.pop(plane)
        work.turns.forget()
        work.jobs.close()

    def _add(self, painter: Painter) -> None:
        plane, listeners = painter.plane, self._listeners
        source = ImageSource(self._overlay, plane, self._choice)
        keeper, left = None, left_in_progress(painter)
        if self._resume is not None:
            keeper = SessionKeeper(source, resume=self._resume, left=left)
        predictor = PlanePredictor(self._shared, source)
        jobs = SessionJobs(lambda: predictor, source, keeper, self._room)
        turns = Turns(
            self._runner,
            jobs,
            self._prompts,
            painter,
            partial(listeners.show, plane),
            listeners.tell,
            listeners.end,
        )
        has_session = plane in self._offered
        begin = partial(beginning, painter, jobs, predictor, has_session=has_session)
        turns.begin_with(begin, listeners.not_begun)
        turns.settled.connect(partial(self._on_settled, plane))
        if keeper is not None:
            painter.touched.connect(partial(self._on_touched, plane))
        self._works[plane] = PlaneWork(painter, source, jobs, turns)

    def _take_offer(self, offer: Offer) -> None:
        painter, labels = self.front.painter, offer.labels
        if labels is None or offer.plane in self._works:
            return
        if painter.lay_out(offer.plane, labels):
            self._offered.add(offer.plane)
            note_folder(painter, offer.name, offer.folder)

    def _on_touched(self, plane: Plane, is_everywhere: bool) -> None:
        self._keep_soon(set(self._works) if is_everywhere else {plane})

    def _keep_soon(self, planes: set[Plane]) -> None:
        self._touched |= planes
        self._runner.later(SECONDS_TO_KEEP, self._keep_strokes)
        self._touched |= planes  # napari may tell of a stroke before it is there to be kept

    def _keep_strokes(self) -> None:
        for plane in tuple(self._touched & set(self._works)):
            work = self._works[plane]
            if work.shown is not None:
                if work.shown.box == NOWHERE:  # else some may be of an object that is not finished
                    self._touched.discard(plane)
                work.turns.keep()

    def _on_settled(self, plane: Plane) -> None:
        # What the plane in front was waiting for has made room, or was dropped for this.
        if plane != self._in_front:
            self.begin()


def _taken(painter: Painter, shown: Shown) -> list[int]:
    """Return the labels that other planes have too, but those of objects that go on there."""
    stack, key = painter.layer.data, painter.plane.key
    return [label for label in painter.taken_elsewhere(shown) if not overlap(stack, label, key)]


def _told(taken: list[int]) -> str:
    numbers = ", ".join(map(str, taken))
    return f"This plane and others have the labels {numbers}: relabel what is not one object."
