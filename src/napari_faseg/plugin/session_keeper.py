"""Keeps a session on the disk while a person works, and goes on without where the disk fails."""

import threading
from pathlib import Path

import numpy as np

from napari_faseg.interaction import ClickSession, Predictor
from napari_faseg.interaction.about import About
from napari_faseg.interaction.arrays import Labels
from napari_faseg.interaction.recording import Recorder, begin_recording, resume_recording
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.interaction.state import SessionState
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.session_places import known_and_new


class SessionKeeper:
    """Records a session; a disk that fails is told once, and the work goes on.

    Parameters
    ----------
    source : ImageSource
        The image, which says where the session lies.
    resume : bool
        Whether to go on with the last session of the image, if there is one.

    Attributes
    ----------
    message : str
        What a person has to know now: what was resumed, or why nothing is recorded; else "".
    """

    def __init__(self, source: ImageSource, *, resume: bool) -> None:
        self._source = source
        self._resume = resume
        self._recording: Recorder | None = None
        self._is_closed = False
        self._lock = threading.Lock()  # the window closes what the background works on
        self.message = ""

    def begin(self, session: ClickSession, predictor: Predictor, labels: Labels | None) -> None:
        """Record a session from now on, which may go on where an earlier one ended.

        Parameters
        ----------
        session : ClickSession
            It has the image.
        predictor : Predictor
            Its predictor.
        labels : (h, w) int32, optional
            Objects that it begins with: only a session that ended with just these is resumed.
        """
        with self._lock:
            if self._is_closed:
                return
            about = About.now(self._source.identity, predictor, **self._source.facts)
            try:
                self._open(session, about, labels)
            except (OSError, RuntimeError) as error:
                self.message = f"What you do now is not recorded: {error}"
                return
        session.recorder = self

    def note(self, action: str, state: SessionState) -> None:
        """Write what an action has changed, or tell that it could not be written."""
        with self._lock:
            if self._recording is None:
                return
            try:
                self._recording.note(action, state)
            except OSError as error:
                self.message = (
                    f"Your last action could not be written to the disk ({error.strerror or error})"
                    ": you can go on, and it is tried again with the next one."
                )
            else:
                self.message = ""

    def close(self) -> None:
        """End the recording in an orderly way, after what is being written now."""
        with self._lock:
            self._is_closed = True
            recording, self._recording = self._recording, None
            if recording is not None:
                try:
                    recording.close()
                except OSError as error:
                    self.message = f"The end of the session could not be written: {error}"

    def _open(self, session: ClickSession, about: About, labels: Labels | None) -> None:
        known, new = known_and_new(self._source)
        for place in known if self._resume else ():
            try:
                if not _fits(place, labels):
                    continue
                recording, stored = resume_recording(place, about)
            except (OSError, ValueError, RuntimeError):  # of another image, in use, not readable
                continue
            session.restore(stored.state)
            self._recording = recording
            told = [f"Resumed {stored.state.n_objects} objects from {place.name}."]
            self.message = " ".join([*told, *stored.warnings])
            return
        self._recording = begin_recording(new, about, session.state)


def _fits(place: Path, labels: Labels | None) -> bool:
    return labels is None or np.array_equal(read_session(place).state.labels, labels)
