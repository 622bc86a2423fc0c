"""What a person can ask of a session, from the window or from a script, under the same names."""

from collections.abc import Callable, Sequence

from napari.utils.notifications import show_info, show_warning
from psygnal import Signal

from napari_faseg.interaction import ClickSession
from napari_faseg.interaction.objects import whole_label
from napari_faseg.plugin.fitting_labels import largest_label
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.session_jobs import SessionJobs
from napari_faseg.plugin.turns import Turns


class Actions:
    """The actions of an annotator; each returns at once, and its result is shown when it is there.

    What cannot be done is told in one sentence by `failed`.

    Parameters
    ----------
    jobs : SessionJobs
        Does the work.
    turns : Turns
        Says when.
    """

    painter: Painter
    """Shows the objects."""

    failed = Signal(str)
    """Why something that was asked for could not be done, in one sentence."""

    def __init__(self, jobs: SessionJobs, turns: Turns) -> None:
        self._jobs = jobs
        self._turns = turns

    # The object in progress

    def undo(self) -> None:
        """Take the last action back, whatever it was: a brush stroke, clicks, an object."""
        if self._turns.acts or not self.painter.undo_stroke():
            self._turns.take_step(self._jobs.undo, leaves=True)

    def redo(self) -> None:
        """Bring back what was undone last."""
        if self._turns.acts or not self.painter.redo_stroke():
            self._turns.take_step(self._jobs.redo, leaves=True)

    def finish(self) -> None:
        """Finish the object in progress; the next click begins another one."""
        jobs, painter, overwrite = self._jobs, self.painter, self.overwrite
        # The label is read elsewhere, but it cannot change now: masks that came before this step
        # are no longer shown, and those after it wait for it.
        self._turns.take_step(lambda: jobs.finish(painter.label, overwrite=overwrite), leaves=False)

    @property
    def threshold(self) -> float:
        """The mask is where the probability is larger, in [0, 1); acts at once."""
        return self._turns.threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        if not 0 <= value < 1:
            raise ValueError(f"expected a threshold in [0, 1), got {value}")
        self._turns.adjust(float(value))

    @property
    def overwrite(self) -> bool:
        """Whether the object in progress takes pixels of finished ones; they keep them if not."""
        return self.painter.overwrites

    @overwrite.setter
    def overwrite(self, value: bool) -> None:
        self.painter.overwrites = value

    # Finished objects

    def reopen(self, label: int) -> None:
        """Go on with a finished object, whoever made it; one that is in progress is finished.

        One that was made by clicks has them back, any other begins with its mask.
        """
        jobs, painter, overwrite = self._jobs, self.painter, self.overwrite
        self._turns.take_step(
            lambda: jobs.reopen(label, finish_as=painter.label, overwrite=overwrite), leaves=True
        )

    def reopen_at(self, pixel: tuple[int, int]) -> None:
        """Go on with the finished object that has a pixel, (row, column) of the image."""
        label = self.painter.label_at(pixel)
        if label == 0:
            show_info("There is no object here to reopen.")
        elif not self.painter.is_in_progress(label):
            self.reopen(label)

    def delete(self, *labels: int) -> None:
        """Remove a finished object, or several of them as one action."""
        self._edit(lambda session: _delete(session, labels))

    def relabel(self, label: int, new_label: int) -> None:
        """Give a finished object another label, which has to be free."""
        limit = largest_label(self.painter.layer)
        if self.painter.is_in_progress(new_label):
            self._tell(f"label {new_label} is taken: the object in progress has it")
        else:
            self._edit(lambda session: _relabel(session, label, new_label, limit))

    def merge(self, labels: Sequence[int]) -> None:
        """Make one object of several finished ones; it has the first label."""
        self._edit(lambda session: session.merge(labels))

    def classify(self, label: int, text: str) -> None:
        """Say what a finished object is called."""
        self._edit(lambda session: session.classify(label, text))

    # Inside

    def _edit(self, action: Callable[[ClickSession], object]) -> None:
        jobs = self._jobs
        self._turns.take_step(lambda: jobs.edit(action))

    def _tell(self, reason: str) -> None:
        show_warning(reason)
        self.failed.emit(reason)


def _relabel(session: ClickSession, label: int, new_label: int, limit: int) -> None:
    if whole_label(new_label) >= limit:  # there would be no room for a next one
        raise ValueError(f"expected a label below {limit}, got {new_label}")
    session.relabel(label, new_label)


def _delete(session: ClickSession, labels: Sequence[int]) -> None:
    with session.one_action():
        for label in labels:
            session.delete(label)
