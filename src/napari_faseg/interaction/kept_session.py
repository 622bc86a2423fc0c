"""A session that lives longer than its process: it writes what it holds, and reads it back."""

import warnings
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from napari_faseg._interrupts import interrupts_wait
from napari_faseg.interaction.about import About
from napari_faseg.interaction.edits import EditableLabels
from napari_faseg.interaction.history import MASK_THRESHOLD, History, HistoryRoom, Step
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.prediction import Predictor
from napari_faseg.interaction.recording import Recorder
from napari_faseg.interaction.session_folder import StoredSession, read_session
from napari_faseg.interaction.session_opening import (
    begin_recording,
    resume_recording,
    save_session,
)
from napari_faseg.interaction.state import SessionState


class KeptSession(EditableLabels):
    """The part of a `ClickSession` that knows the disk.

    Parameters
    ----------
    predictor : Predictor
        Whose answers these are; what is written says so.
    threshold : float
        The mask is where the probability is larger, in [0, 1).
    room : HistoryRoom, optional
        For its history, shared with other sessions.
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        threshold: float = MASK_THRESHOLD,
        room: HistoryRoom | None = None,
    ) -> None:
        if not isinstance(predictor, Predictor):
            raise TypeError(
                f"expected a predictor with set_image and predict, got a {type(predictor).__name__}"
            )
        super().__init__(threshold=threshold, room=room)
        self._predictor = predictor
        self._image: NDArray[np.generic] | None = None
        self.recorder: Recorder | None = None
        """Is told of every action; see `record`."""

    @property
    def state(self) -> SessionState:
        """All that the session holds now, but for what could be undone."""
        step = self._steps.current
        return SessionState(
            threshold=step.threshold,
            clicks=step.clicks,
            asked=step.asked,
            probability=step.probability,
            reopened=step.reopened,
            labels=self._labels,
            finished=self._steps.all_finished(),
            classes=step.classes,
            seconds=monotonic() - step.began if step.in_progress else 0.0,
        )

    @interrupts_wait()
    def record(
        self, folder: str | Path, *, resume: bool = False, source: str | Path | None = None
    ) -> None:
        """Keep every action on the disk from now on: it is there when the action returns.

        Parameters
        ----------
        folder : str or Path
            A new one, or that of a recorded session.
        resume : bool
            Go on with the session in the folder, in place of what is here.
        source : str or Path, optional
            The file of the image, for `faseg replay`.

        Raises
        ------
        FileExistsError
            If the folder holds a session and `resume` is False, or holds something else.
        ValueError
            If the session in it is about another image, or nothing of it can be read.
        RuntimeError
            If somebody else records to it; `load` can read it.

        An action that cannot be written is done nevertheless, and then raises an `OSError`; the
        next one writes what is missing.
        """
        about = self._about(source)
        if not resume:
            recording = begin_recording(Path(folder), about, self.state)
            self.close()
        else:
            recording, stored = resume_recording(Path(folder), about)
            self.close()
            self._restore(stored)
        self.recorder = recording

    @interrupts_wait()
    def save(self, folder: str | Path, *, source: str | Path | None = None) -> None:
        """Write all but the history to a folder, whole or not at all.

        Parameters
        ----------
        folder : str or Path
            A new one, or that of a recorded session of this image, which is brought up to date.
        source : str or Path, optional
            The file of the image, for `faseg replay`.

        Raises
        ------
        FileExistsError, ValueError, RuntimeError
            As `record` does.
        OSError
            If it cannot be written; a session that was there stays.
        """
        save_session(Path(folder), self._about(source), self.state)

    @interrupts_wait()
    def load(self, folder: str | Path) -> None:
        """Go on from what `save` or `record` has written about this image.

        Raises
        ------
        FileNotFoundError
            If there is no session in the folder.
        ValueError
            If it is about another image, or nothing of it can be read. The session stays.

        Warns
        -----
        UserWarning
            If some of it cannot be read, or it was not closed.
        """
        about = self._about()
        stored = read_session(Path(folder))
        stored.about.image.check(about.image)
        self._restore(stored)
        self._acted("load")

    def restore(self, state: SessionState) -> None:
        """Go on from a state of this image; the history begins anew."""
        step = Step(
            clicks=state.clicks,
            probability=state.probability if state.asked else self._empty.probability,
            begins=True,
            reopened=state.reopened,
            threshold=state.threshold,
            classes=state.classes,
            began=monotonic() - state.seconds,
            asked=state.asked,
        )
        self._labels = state.labels
        self._history = History(step, state.finished, self._room)

    @interrupts_wait()
    def close(self) -> None:
        """End the recording, if there is one; the session can go on without."""
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            recorder.close()

    # Inside

    @interrupts_wait()
    def _begin_on(self, image: NDArray[np.generic]) -> None:
        """Forget all, for another image."""
        self.close()
        self._image = image
        self._begin((image.shape[0], image.shape[1]))

    def _acted(self, action: str) -> None:
        if self.recorder is not None:
            self.recorder.note(action, self.state)

    def _about(self, source: str | Path | None = None) -> About:
        if self._image is None:
            raise RuntimeError("set an image first: this session has none")
        facts = {"source": str(Path(source).absolute())} if source is not None else {}
        return About.now(ImageIdentity.of(self._image), self._predictor, **facts)

    def _restore(self, stored: StoredSession) -> None:
        self.restore(stored.state)
        for sentence in stored.warnings:
            warnings.warn(sentence, stacklevel=4)  # the caller of `record` or `load`
