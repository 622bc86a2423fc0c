"""Ctrl+C at every line of an action: it is there or not, and its session is never damaged."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from napari_faseg.interaction import ClickSession
from napari_faseg.interaction import recording as recording_module
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_folder import read_session
from tests.interaction.fake_disk import FOLDER, FakeDisk
from tests.interaction.places import A, B
from tests.interaction.workload import ABOUT, kept, new_session

pytestmark = pytest.mark.usefixtures("answered")


@pytest.fixture(autouse=True)
def few_objects_in_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_module, "OBJECTS_PER_SNAPSHOT", 2)


@contextmanager
def stopped_at(line: int, files: tuple[str, ...], stop: Callable[[], Any]) -> Iterator[list[int]]:
    """Do something before one of the lines of some files that are run, counted from 0."""
    n_seen = [0]

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if Path(frame.f_code.co_filename).name not in files:
            return None
        if event == "line":
            n_seen[0] += 1
            if n_seen[0] == line + 1:
                stop()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield n_seen
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)


def interrupt() -> None:
    raise KeyboardInterrupt


def recorded(disk: FakeDisk) -> ClickSession:
    """Return a session with one object and a click, of which the next object ends a journal."""
    session = new_session()
    session.recorder = Recording(FOLDER, ABOUT, session.state, storage=disk)
    session.add_click(A)
    session.commit()
    session.add_click(B)
    return session


def is_kept(session: ClickSession, disk: FakeDisk) -> bool:
    stored = read_session(FOLDER, disk)
    return not stored.damage and kept(stored.state) == kept(session.state)


WRITING = ("recording.py", "journal.py", "_durable.py")


def test_an_interrupt_at_any_line_of_writing_leaves_a_whole_session_after_the_next_action() -> None:
    for line in range(1000):
        session = recorded(disk := FakeDisk())
        with stopped_at(line, WRITING, interrupt) as n_seen:
            session.commit()
        session.replay([A])
        assert is_kept(session, disk), line
        session.close()
        assert is_kept(session, disk), line
        assert read_session(FOLDER, disk).is_closed
        if n_seen[0] <= line:
            break
    assert 50 < line < 999


def test_a_session_that_is_closed_after_an_interrupt_is_whole() -> None:
    for line in range(1000):
        session = recorded(disk := FakeDisk())
        before = kept(session.state)
        with stopped_at(line, WRITING, interrupt) as n_seen:
            session.commit()
        session.close()
        stored = read_session(FOLDER, disk)
        assert not stored.damage, line
        assert stored.is_closed, line
        assert kept(stored.state) in (before, kept(session.state)), line
        if n_seen[0] <= line:
            break


def test_an_interrupt_in_the_middle_of_an_operation_of_the_disk_leaves_a_whole_session() -> None:
    for number in range(100):
        session = recorded(disk := FakeDisk())
        countdown = iter(range(number, -1, -1))
        disk.observe = lambda left=countdown: next(left, -1) == 0 and interrupt()
        was_interrupted = False
        try:
            session.commit()
        except KeyboardInterrupt:
            was_interrupted = True
        disk.observe = lambda: None
        session.close()
        assert is_kept(session, disk), number
        if not was_interrupted:
            break
    assert 5 < number < 99


def commit(session: ClickSession) -> None:
    session.commit()


def undo_and_more(session: ClickSession) -> None:
    session.undo()
    session.redo()
    session.threshold = 0.25


@pytest.mark.parametrize("act", [commit, undo_and_more])
def test_an_action_that_is_interrupted_is_wholly_there_or_not(
    act: Callable[[ClickSession], None],
) -> None:
    files = ("session.py", "undoable.py", "history.py", "recording.py", "journal.py")
    for line in range(1000):
        session = recorded(disk := FakeDisk())
        with stopped_at(line, files, lambda: signal.raise_signal(signal.SIGINT)) as n_seen:
            act(session)
        assert is_kept(session, disk), line
        n_objects, n_clicks = len(session.objects), len(session.clicks)
        assert (n_objects, n_clicks) in [(1, 1), (2, 0), (1, 0)], line
        while session.undo():
            pass
        assert not session.labels.any(), line
        if n_seen[0] <= line:
            break
    assert 30 < line < 999
