"""Going on with the recorded session of an image, or saying why that cannot be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_faseg._words import counted
from napari_faseg.interaction.about import About
from napari_faseg.interaction.arrays import Labels
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_folder import StoredSession, read_session
from napari_faseg.interaction.session_lock import SessionInUseError, SessionLock
from napari_faseg.interaction.session_opening import resume_recording
from napari_faseg.interaction.session_search import has_file_of_its_own, read_about
from napari_faseg.interaction.state import SessionState
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.session_places import elsewhere, is_of_plane, known_and_new


@dataclass(frozen=True, eq=False)
class Resumption:
    """What came of the wish to go on where an image was left.

    Parameters
    ----------
    recording : Recording, optional
        Of the session that goes on; None: there is none.
    state : SessionState, optional
        What that session held.
    told : str
        What a person has to know of it; "" if nothing.
    is_good_news : bool
        Whether that is only what goes on, and where.
    """

    recording: Recording | None = None
    state: SessionState | None = None
    told: str = ""
    is_good_news: bool = False


def resume_newest(
    source: ImageSource, about: About, labels: Labels | None, left: Mapping[str, int]
) -> Resumption:
    """Go on with the newest session of an image that can be gone on with.

    Parameters
    ----------
    source : ImageSource
        The image, which was read.
    about : About
        What the session is about now.
    labels : (h, w) int32, optional
        Objects that are there: only a session that ended with just these goes on.
    left : mapping
        By the folder of a session, which of these labels is not finished in it.

    Raises
    ------
    OSError
        If there is no place for sessions at all.
    """
    found: tuple[Recording, StoredSession] | None = None
    sentences: list[str] = []
    others: list[str] = []
    for place, reason in _candidates(source, labels, left):
        if found:
            others += [] if reason else [place.name]
            continue
        if not reason:
            try:
                found = resume_recording(place, about)
            except (OSError, ValueError, SessionInUseError) as error:
                reason = _reason(error)
        if reason:
            sentences.append(f"The session in {place.name} {reason}: it stays as it is.")
    if others:
        sentences.append(f"Other work on this image is in {', '.join(others)}.")
    if found is None:
        apart = ["What you do here is recorded in a folder of its own."] if sentences else []
        return Resumption(told=" ".join(sentences + apart))
    recording, stored = found
    told = " ".join([*_about(recording.folder, stored), *sentences])
    is_good_news = bool(told) and not (stored.warnings or sentences)
    return Resumption(recording, stored.state, told, is_good_news)


def labels_to_resume(source: ImageSource) -> tuple[Path, Labels] | None:
    """Return the session that would go on, and its finished objects, and leave it as it is."""
    for place, reason in _candidates(source, None, {}):
        if not reason:
            try:
                lock = SessionLock(place)
                try:
                    return place, read_session(place).state.labels
                finally:
                    lock.close()
            except (OSError, ValueError, SessionInUseError):
                continue
    return None


def _candidates(
    source: ImageSource, labels: Labels | None, left: Mapping[str, int]
) -> Iterator[tuple[Path, str]]:
    """Go through sessions that may be of an image, with the reason where one must not go on."""
    for place in known_and_new(source)[0]:
        about = read_about(place)
        if about is not None and not is_of_plane(about, source):
            continue
        if about is not None and about.image != source.identity:
            yield place, "is of an image with other pixels"
        elif _ends_with(place, labels, left):
            yield place, ""
    for place, about in elsewhere(source):
        if _ends_with(place, labels, left):
            is_copy = has_file_of_its_own(about, source.path)
            name = Path(str(about.facts.get("source"))).name
            yield place, f"is of {name}, a file with the same pixels" if is_copy else ""


def _ends_with(place: Path, labels: Labels | None, left: Mapping[str, int]) -> bool:
    """Say whether a session ended with some labels, or may have."""
    if labels is None:
        return True
    try:
        ended = read_session(place).state.labels
    except (OSError, ValueError):
        return True
    is_finished = labels != left.get(str(place), -1)  # which no object has
    return ended.shape == labels.shape and np.array_equal(ended[is_finished], labels[is_finished])


def _about(place: Path, stored: StoredSession) -> Iterator[str]:
    """Return the sentences about a session that goes on; none if it held nothing."""
    n_objects = stored.state.n_objects
    if n_objects or stored.state.clicks:
        what = counted(n_objects, "object") if n_objects else "the clicks of an object in progress"
        yield f"Resumed {what} from {place.name}."
        yield from stored.warnings


def _reason(error: OSError | ValueError | SessionInUseError) -> str:
    if isinstance(error, SessionInUseError):
        return "is in use by another window"
    if isinstance(error, OSError):
        return f"cannot be written to ({error.strerror or error})"
    return "cannot be read"
