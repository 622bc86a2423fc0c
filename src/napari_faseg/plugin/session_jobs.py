"""What the background thread does with a session."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from napari_faseg.interaction import ClickSession, Predictor
from napari_faseg.interaction.arrays import Labels, Mask, bounding_box, frozen
from napari_faseg.interaction.carrying import carry
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.history import HistoryRoom
from napari_faseg.interaction.objects import region_of
from napari_faseg.interaction.prediction import Look
from napari_faseg.interaction.summaries import ObjectSummary
from napari_faseg.plugin.image_source import ImageSource, Sight
from napari_faseg.plugin.session_keeper import SessionKeeper
from napari_faseg.plugin.shown import NOWHERE, Shown

QUICK = 0.5  # seconds


class SessionJobs:
    """Every action on a session, each returning what to show; for one thread at a time.

    Parameters
    ----------
    make_predictor : callable
        Loads and returns a predictor; called once, by `open`.
    source : ImageSource
        Reads the image.
    keeper : SessionKeeper, optional
        Records the session.
    room : HistoryRoom, optional
        For what can be undone, shared with other sessions.
    """

    def __init__(
        self,
        make_predictor: Callable[[], Predictor],
        source: ImageSource,
        keeper: SessionKeeper | None = None,
        room: HistoryRoom | None = None,
    ) -> None:
        self._room = room
        self._keeper = keeper
        self._make_predictor = make_predictor
        self._source = source
        self._answered: Sight | None = None  # on what the clicks on the object were answered
        self._session: ClickSession | None = None
        self._labels: Labels = np.zeros((0, 0), np.int32)  # as they were shown last
        self._counted: tuple[object, object] = (None, None)
        self._objects: tuple[ObjectSummary, ...] = ()
        self._predictor: Predictor | None = None
        self._seconds = np.nan
        self._anticipated: tuple[Click, ...] = ()
        self._is_quick = True  # when a first answer was worked out last

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""
        return self._session is not None

    @property
    def mask(self) -> Mask:
        """The object in progress, (h, w)."""
        return self._open_session.mask

    @property
    def is_outdated(self) -> bool:
        """Whether the image looks otherwise now than when the clicks were answered."""
        return self._answered is not self._source.sight

    def open(self, labels: Labels | None = None) -> Shown:
        """Load the predictor and give it the image; take over objects that are there already."""
        predictor = self._make_predictor()
        session = ClickSession(predictor, room=self._room)
        session.set_image(self._source.read())
        self._session, self._answered = session, self._source.seen
        self._labels = session.labels
        if labels is not None:
            session.adopt(labels)
        if self._keeper is not None:
            self._keeper.begin(session, predictor, labels)
        self._predictor = predictor
        return self._shown()

    def look_again(self, get_ready: Callable[[], None]) -> Shown:
        """Go on with what the image looks like now; answer the clicks again if that is otherwise.

        Parameters
        ----------
        get_ready : callable
            Shows the image to the predictor where that is needed.
        """
        session = self._open_session
        get_ready()
        if self._answered is not self._source.seen:
            if self._keeper is not None:
                self._keeper.look_again(session.state)
            session.answer_again()
            self._answered = self._source.seen
        return self._shown()

    def replay(self, clicks: Sequence[Click], threshold: float | None = None) -> Iterator[Shown]:
        """Say what the clicks and the threshold of the object are now; yield each look at it.

        Whoever stops before the last look leaves the clicks of the session as they were.
        """
        session, start = self._open_session, perf_counter()
        if threshold is not None:
            session.threshold = threshold
        changed = tuple(clicks) != session.clicks
        is_first = changed and tuple(clicks) != self._anticipated
        for look in session.replaying(clicks):
            if changed:
                self._seconds = perf_counter() - start
            if is_first:
                self._is_quick, is_first = self._seconds < QUICK, False
            yield self._shown(look=look)

    def anticipate(self, clicks: Sequence[Click]) -> None:
        """Begin with the answer to clicks that may come next, where the first one came quickly.

        Others would wait for it if these do not come. Nor is an image looked at for it that looks
        otherwise now.
        """
        if self._is_quick and not self.is_outdated:
            start, self._anticipated = perf_counter(), tuple(clicks)
            self._open_session.anticipate(clicks)
            self._is_quick = perf_counter() - start < QUICK

    def adopting(self, painted: Labels, work: Callable[[], Shown]) -> Shown:
        """Take over what others have changed in the labels, (h, w), and then do some work."""
        session = self._open_session
        session.adopt(painted)
        self._labels = session.labels  # they are to be seen already
        return work()

    def keep(self) -> Shown:
        """Record what is there, which is no action, also if it was there from the beginning."""
        session = self._open_session
        if self._keeper is not None and session.labels.any():
            self._keeper.note("adopt", session.state)
        return replace(self._shown(), acts=False)

    def undo(self) -> Shown:
        """Take the last action back."""
        return self.edit(ClickSession.undo)

    def redo(self) -> Shown:
        """Bring back the action that was taken back."""
        return self.edit(ClickSession.redo)

    def edit(self, action: Callable[[ClickSession], object]) -> Shown:
        """Do something with the session."""
        action(self._open_session)
        return self._shown()

    def finish(self, label: int, *, overwrite: bool = False) -> Shown:
        """Finish the object in progress under a label.

        Where finished objects have all its pixels, its clicks are given up, which `undo` takes
        back: the next object begins without them.
        """
        session = self._open_session
        finished = session.commit(label, overwrite=overwrite)
        is_given_up = not finished and self._is_covered
        if is_given_up:
            session.reset()
        return replace(self._shown(finished=finished), given_up=is_given_up)

    def reopen(self, label: int, *, finish_as: int, overwrite: bool = False) -> Shown:
        """Go on with a finished object; one that is in progress is finished under a label.

        Raises
        ------
        ValueError
            If no finished object has the label.
        RuntimeError
            If the object in progress has clicks, but no pixels to keep.
        """
        session = self._open_session
        region_of(session.labels, label)
        self._finished_session(f"reopening {label}", finish_as, overwrite=overwrite)
        if (session.labels == label).any():  # else the one in progress has taken its last pixel
            session.reopen(label)
        return self._shown()

    def carry_on(self, label: int, mask: Mask, *, finish_as: int, overwrite: bool = False) -> Shown:
        """Begin an object with the mask that it has on another plane; see `carry` and `reopen`."""
        session = self._finished_session(f"carrying {label} on", finish_as, overwrite=overwrite)
        carry(session, label, mask, overwrite=overwrite)
        return self._shown()

    def close(self, strokes: Labels | None = None) -> bool:
        """End the recording; may be called by another thread.

        Parameters
        ----------
        strokes : (h, w) int32, optional
            What was painted by hand and not taken over yet; negative where that is nothing.

        Returns
        -------
        bool
            Whether all that was to be recorded is.
        """
        return self._keeper is None or self._keeper.close(strokes)

    def _finished_session(self, wish: str, finish_as: int, *, overwrite: bool) -> ClickSession:
        session = self._open_session
        if session.in_progress and not session.commit(finish_as, overwrite=overwrite):
            covered = "give the clicks that are there up with Enter"
            how = covered if self._is_covered else "undo the clicks that are there"
            raise RuntimeError(f"{how} before {wish}")
        return session

    @property
    def _is_covered(self) -> bool:
        """Whether the pixels of a new object that cannot be finished are those of others."""
        session = self._open_session
        return session.reopened is None and bool(session.mask.any())

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
            probability=probability,
            threshold=session.threshold,
            labels=labels,
            labels_box=changed,
            objects=self._counted_objects(),
            next_label=session.next_label,
            reopened=session.reopened,
            can_undo=session.can_undo,
            can_redo=session.can_redo,
            finished=finished,
            device=str(getattr(self._predictor, "device", "")),
            notice=str(getattr(self._predictor, "notice", "")),
            seconds=self._seconds,
            is_last=look is None or look.is_last,
            recording=self._keeper.message if self._keeper else "",
            is_good_news=self._keeper is not None and self._keeper.is_good_news,
            folder=self._keeper.folder if self._keeper else "",
            last_action=session.last_action,
        )

    def _counted_objects(self) -> tuple[ObjectSummary, ...]:
        session = self._open_session
        labels, classes = self._counted
        if session.labels is not labels or session.classes is not classes:
            self._counted = session.labels, session.classes
            self._objects = session.objects
        return self._objects
