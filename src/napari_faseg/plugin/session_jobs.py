"""What the background thread does with a session, and the frozen picture it hands back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike

from napari_faseg.interaction import ClickSession, Predictor
from napari_faseg.interaction.arrays import Box, Labels, Mask, bounding_box, frozen
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.prediction import Look

NOWHERE: Box = (slice(0, 0), slice(0, 0))


@dataclass(frozen=True, eq=False)
class Shown:
    """What a session holds after an action: all that the window needs to know.

    Parameters
    ----------
    clicks : tuple of Click
        On the object in progress, oldest first.
    mask : (h, w) bool
        The object in progress.
    box : (slice, slice)
        The smallest box around the mask.
    labels : (h, w) int32
        The finished objects.
    labels_box : (slice, slice)
        The smallest box around what the action changed in the labels.
    next_label : int
        A label that no finished object has.
    can_undo, can_redo : bool
        Whether there is something to go back or forward to.
    finished : int, optional
        After `finish`, the label of the object that it finished, 0 if there was none.
    device : str
        Where the predictor works.
    seconds : float
        How long the last change of the clicks took, NaN before the first.
    is_last : bool
        False where the predictor is still looking closer.
    """

    clicks: tuple[Click, ...]
    mask: Mask
    box: Box
    labels: Labels
    labels_box: Box
    next_label: int
    can_undo: bool
    can_redo: bool
    finished: int | None
    device: str
    seconds: float
    is_last: bool = True


class SessionJobs:
    """Every action on a session, each returning what to show; for one thread at a time.

    Parameters
    ----------
    make_predictor : callable
        Loads and returns a predictor; called once, by `open`.
    read_image : callable
        Returns the (h, w) or (h, w, c) image; called once, by `open`.
    """

    def __init__(
        self, make_predictor: Callable[[], Predictor], read_image: Callable[[], ArrayLike]
    ) -> None:
        self._make_predictor = make_predictor
        self._read_image = read_image
        self._session: ClickSession | None = None
        self._labels: Labels = np.zeros((0, 0), np.int32)  # as they were shown last
        self._device = ""
        self._seconds = np.nan

    def open(self) -> Shown:
        """Load the predictor and give it the image."""
        predictor = self._make_predictor()
        session = ClickSession(predictor)
        session.set_image(self._read_image())
        self._session = session
        self._labels = session.labels
        self._device = str(getattr(predictor, "device", ""))
        return self._shown()

    def replay(self, clicks: Sequence[Click]) -> Iterator[Shown]:
        """Say what the clicks on the object in progress are now; yield each look at it.

        Whoever stops before the last look leaves the session as it was.
        """
        start = perf_counter()
        for look in self._open_session.replaying(clicks):
            self._seconds = perf_counter() - start
            yield self._shown(look=look)

    def undo(self) -> Shown:
        """Take the last action back."""
        self._open_session.undo()
        return self._shown()

    def redo(self) -> Shown:
        """Bring back the action that was taken back."""
        self._open_session.redo()
        return self._shown()

    def finish(self, label: int) -> Shown:
        """Finish the object in progress under a label."""
        return self._shown(finished=self._open_session.commit(label))

    @property
    def _open_session(self) -> ClickSession:
        if self._session is None:
            raise RuntimeError("open the session first")
        return self._session

    def _shown(self, *, finished: int | None = None, look: Look | None = None) -> Shown:
        session = self._open_session
        probability = look.probability if look else session.probability
        mask, labels = frozen(probability > session.threshold), session.labels
        changed = NOWHERE if labels is self._labels else bounding_box(labels != self._labels)
        self._labels = labels
        return Shown(
            clicks=session.clicks,
            mask=mask,
            box=bounding_box(mask),
            labels=labels,
            labels_box=changed,
            next_label=session.next_label,
            can_undo=session.can_undo,
            can_redo=session.can_redo,
            finished=finished,
            device=self._device,
            seconds=self._seconds,
            is_last=look is None or look.is_last,
        )
