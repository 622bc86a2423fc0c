"""Keeps a session on the disk while a person works, and goes on without where the disk fails."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from napari_faseg._durable import naming
from napari_faseg._words import reason
from napari_faseg.interaction import ClickSession, Predictor
from napari_faseg.interaction.about import About, about_predictor
from napari_faseg.interaction.arrays import Labels, frozen
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_opening import begin_recording, go_on_recording
from napari_faseg.interaction.session_search import file_facts
from napari_faseg.interaction.state import SessionState
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.session_places import known_and_new
from napari_faseg.plugin.session_resuming import resume_newest

NOT_WRITTEN = (OSError, ValueError, RuntimeError, MemoryError)


class SessionKeeper:
    """Records a session; a disk or memory that is full is told once, and the work goes on.

    Parameters
    ----------
    source : ImageSource
        The image, which says where the session lies.
    resume : bool
        Whether to go on with the last session of the image, if there is one.
    left : mapping, optional
        By the folder of a session, under which label the objects that are there have the one that
        was in progress when it ended.

    Attributes
    ----------
    message : str
        What a person has to know now: what was resumed, or why nothing is recorded; else "".
    """

    def __init__(
        self, source: ImageSource, *, resume: bool, left: Mapping[str, int] | None = None
    ) -> None:
        self._source = source
        self._resume = resume
        self._left = left or {}
        self._recording: Recording | None = None
        self._predictor: Predictor | None = None
        self._about: About | None = None
        self._state: SessionState | None = None  # as it is known here
        self._is_closed = False
        self._is_behind = False  # the disk, which lacks something that was done
        self._lock = threading.Lock()  # the window closes what the background works on
        self.message = ""
        self._good_news = ""

    def begin(self, session: ClickSession, predictor: Predictor, labels: Labels | None) -> None:
        """Record a session from now on, which may go on where an earlier one ended.

        Of a new one nothing is written before something is done.

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
            self._predictor, self._about = predictor, self._about_now(predictor)
            try:
                if self._resume:
                    self._go_on(session, self._about, labels)
            except (OSError, MemoryError) as error:
                self.message = _told(error, self._recording)
            self._state = session.state
        session.recorder = self

    def look_again(self, state: SessionState) -> None:
        """Say from now on how the image looks now.

        Where that is another image, the objects are on it, too: with the next action, another
        folder begins with all of them, and the one of the image before stays as it is.

        Parameters
        ----------
        state : SessionState
            Of the session.
        """
        with self._lock:
            if self._about is None:
                return
            try:
                self._say_anew(self._about, state)
            except NOT_WRITTEN as error:
                self.message = _told(error, self._recording)

    @property
    def is_good_news(self) -> bool:
        """Whether the message only says that an earlier session goes on."""
        return self.message != "" and self.message == self._good_news

    @property
    def folder(self) -> str:
        """Where the session is recorded, "" if nowhere."""
        return "" if self._recording is None else str(self._recording.folder)

    def note(self, action: str, state: SessionState) -> None:
        """Write what an action has changed, or tell that it could not be written."""
        with self._lock:
            self._note(action, state)

    def close(self, strokes: Labels | None = None) -> bool:
        """End the recording in an orderly way, after what is being written now.

        Parameters
        ----------
        strokes : (h, w) int32, optional
            What was painted by hand and is not in the session; negative where that is nothing.

        Returns
        -------
        bool
            Whether all that was done is on the disk.
        """
        with self._lock:
            try:
                if strokes is not None and self._state is not None and (strokes >= 0).any():
                    labels = np.where(strokes < 0, self._state.labels, strokes)
                    self._note("adopt", replace(self._state, labels=frozen(labels)))
                elif self._state is not None and (self._recording is not None or self._is_behind):
                    self._note("adopt", self._state)  # which says where the image lies now
            except MemoryError:  # for the strokes
                self._is_behind = True
            finally:
                self._end()
            return not self._is_behind

    def _note(self, action: str, state: SessionState) -> None:
        self._state = state
        if self._about is None:
            return
        self._is_behind = True
        try:
            left = self._leave_folder_that_is_lost()
            if _lies_elsewhere(self._about, self._source) or self._answers_otherwise(self._about):
                self._say_anew(self._about, state)
            if self._recording is None:
                _, place = known_and_new(self._source)
                with naming(place.parent):
                    self._recording = begin_recording(place, self._about, state)
            else:
                self._recording.note(action, state)
        except NOT_WRITTEN as error:
            self.message = _told(error, self._recording)
        else:
            self._is_behind = False
            self.message = f"{left}: all is recorded in {self.folder} now." if left else ""

    def _end(self) -> None:
        self._is_closed, self._about = True, None
        recording, self._recording = self._recording, None
        if recording is not None:
            # All but the word that this was the end is written.
            with suppress(OSError, MemoryError):
                recording.close()

    def _leave_folder_that_is_lost(self) -> str:
        """Record elsewhere where the folder was removed or exchanged; return how it is, or ""."""
        recording = self._recording
        if recording is None or not recording.is_lost:
            return ""
        self._recording = None
        recording.let_go()
        name, is_there = recording.folder.name, recording.folder.is_dir()
        return f"{name} is another one than before" if is_there else f"{name} is gone"

    def _say_anew(self, before: About, state: SessionState) -> None:
        """Go on to record, of what the session is about now; apart where that is another image."""
        self._about = now = self._about_now(self._predictor)
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.close()
            if now.image == before.image:
                self._recording = go_on_recording(recording.folder, now, state)

    def _answers_otherwise(self, about: About) -> bool:
        """Whether the predictor has changed since that was said: for want of memory, it does."""
        return bool(about_predictor(self._predictor) != about.facts["predictor"])

    def _about_now(self, predictor: Predictor | None) -> About:
        return About.now(self._source.identity, predictor, **self._facts())

    def _go_on(self, session: ClickSession, about: About, labels: Labels | None) -> None:
        """Resume the newest session of the image that can be resumed, if there is one."""
        found = resume_newest(self._source, about, labels, self._left)
        self._recording, self.message = found.recording, found.told
        self._good_news = found.told if found.is_good_news else ""
        if found.state is not None:
            session.restore(found.state)

    def _facts(self) -> dict[str, Any]:
        facts, path = self._source.facts, self._source.path
        return {**facts, **file_facts(path)} if path is not None and "source" in facts else facts


def _lies_elsewhere(about: About, source: ImageSource) -> bool:
    """Say whether the image lies elsewhere than a session says, if that says it."""
    known = about.facts
    return "scales" in known and any(known.get(key) != at for key, at in source.place.items())


def _told(error: Exception, recording: Recording | None) -> str:
    """Return one sentence, the same for each action that one disk does not take."""
    said = reason(error)
    if isinstance(error, OSError) and error.strerror:
        place = error.filename if recording is None else recording.folder.parent
        said = f"{error.strerror}: {place}" if place else error.strerror
    return (
        f"Your work cannot be written to the disk now ({said}): you can go on, and the next "
        "action tries it again."
    )
