"""What belongs to one plane of an image that is worked on, and how its session begins."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from napari_faseg.interaction.arrays import Labels
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.plane_predictor import PlanePredictor
from napari_faseg.plugin.session_jobs import SessionJobs
from napari_faseg.plugin.shown import NOWHERE, Shown
from napari_faseg.plugin.turns import Turns


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


def beginning(
    painter: Painter, jobs: SessionJobs, predictor: PlanePredictor, *, has_session: bool
) -> Callable[[], Shown]:
    """Return the work that opens a session, or gets an open one ready again.

    What is there is taken over by it, unless it comes from the session that goes on.
    """
    painted = painter.painted()
    is_mine = (painted.any() or not painter.is_new) and not has_session
    there = painted if is_mine else None
    return partial(_begin, jobs, predictor, there)


def _begin(jobs: SessionJobs, predictor: PlanePredictor, there: Labels | None) -> Shown:
    if jobs.is_open:
        return jobs.look_again(predictor.get_ready)
    return jobs.open(there)
