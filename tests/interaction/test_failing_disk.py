"""Whichever operation of the disk fails: the caller is told, and what was there stays."""

import errno
from contextlib import suppress

import numpy as np
import pytest

from napari_faseg.interaction import ClickSession
from napari_faseg.interaction import recording as recording_module
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.interaction.session_opening import go_on
from tests.interaction.fake_disk import FOLDER, FakeDisk
from tests.interaction.places import A, B
from tests.interaction.workload import ABOUT, act, kept, new_session

N_ACTIONS = 25


@pytest.fixture(autouse=True)
def frequent_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_module, "OBJECTS_PER_SNAPSHOT", 3)


def recorded(disk: FakeDisk) -> ClickSession:
    session = new_session()
    session.recorder = Recording(FOLDER, ABOUT, session.state, storage=disk)
    return session


def check(disk: FakeDisk, allowed: list[tuple[object, ...]]) -> None:
    """Look at the folder as it is, and as it may be when the power goes now."""
    assert kept(read_session(FOLDER, disk).state) in allowed
    for content in disk.after_power_cut(np.random.default_rng(0)):
        assert kept(read_session(FOLDER, FakeDisk(content)).state) in allowed


def work(disk: FakeDisk, session: ClickSession) -> int:
    """Do some things, checking the disk after each; return how often it was told that it failed."""
    rng, n_told = np.random.default_rng(3), 0
    saved = [kept(session.state)]
    for _ in range(N_ACTIONS):
        try:
            act(session, rng)
        except OSError:
            n_told += 1
            saved.append(kept(session.state))  # it may have come that far, or not
        else:
            saved = saved if kept(session.state) == saved[-1] else [kept(session.state)]
        check(disk, saved)
    return n_told


@pytest.mark.parametrize("n_failing", [1, 7])
def test_a_disk_that_fails_for_some_time_is_told_and_loses_nothing(n_failing: int) -> None:
    whole = FakeDisk()
    work(whole, recorded(whole))
    for first, operation in enumerate(whole.operations):
        disk = FakeDisk()
        disk.fails_at = set(range(first, first + n_failing))
        try:
            session = recorded(disk)
        except OSError:
            continue
        # A file that cannot be given back was written, and is as safe as any other.
        assert work(disk, session) > 0 or operation == "close" or disk.n_operations <= first


@pytest.mark.parametrize("n_bytes", [0, 200])  # 200: the first line of a journal, no more
def test_a_disk_that_is_full_for_long_is_not_filled_with_beginnings(
    monkeypatch: pytest.MonkeyPatch, n_bytes: int
) -> None:
    disk = FakeDisk()
    session = recorded(disk)
    before, write = disk.names(FOLDER), disk.write

    def full(handle: int, content: bytes) -> None:
        if len(content) > n_bytes:
            raise OSError(errno.ENOSPC, "No space left")
        write(handle, content)

    with monkeypatch.context() as patched:
        patched.setattr(disk, "write", full)
        for _ in range(20):
            with pytest.raises(OSError, match="No space left"):
                session.add_click(A)
    assert disk.names(FOLDER) == before
    session.add_click(B)
    assert read_session(FOLDER, disk).state.clicks == session.clicks


def test_what_could_not_be_written_is_written_with_the_next_action() -> None:
    disk = FakeDisk()
    session = recorded(disk)
    disk.fails_at = {disk.n_operations}
    with pytest.raises(OSError, match="No space left"):
        session.add_click(A)
    assert session.clicks == (A,), "the work itself goes on"
    assert read_session(FOLDER, disk).state.clicks == ()
    session.add_click(B)
    assert read_session(FOLDER, disk).state.clicks == (A, B)


def test_what_failed_is_tried_again_even_if_nothing_has_changed_since() -> None:
    disk = FakeDisk()
    session = recorded(disk)
    session.add_click(A)
    disk.fails_at = {disk.n_operations, disk.n_operations + 2}  # between them, a file is closed
    with pytest.raises(OSError, match="No space left"):
        session.add_click(B)
    for _ in range(2):
        assert read_session(FOLDER, disk).state.clicks == (A,)
        with suppress(OSError):
            session.recorder.note("look", session.state)
    assert read_session(FOLDER, disk).state.clicks == (A, B)


def test_a_session_whose_end_cannot_be_written_is_told_and_can_be_resumed() -> None:
    disk = FakeDisk()
    session = recorded(disk)
    session.add_click(A)
    disk.fails_at = {disk.n_operations}
    with pytest.raises(OSError, match="No space left"):
        session.close()
    recording, stored = go_on(FOLDER, ABOUT, storage=disk)
    recording.close()
    assert stored.state.clicks == (A,)
    assert read_session(FOLDER, disk).is_closed


def test_one_journal_is_open_at_a_time_and_none_in_the_end() -> None:
    disk = FakeDisk()
    session = recorded(disk)
    rng = np.random.default_rng(1)
    for number in range(60):
        disk.fails_at = {disk.n_operations} if number % 7 == 0 else set()
        with suppress(OSError):
            act(session, rng)
        assert len(disk.open) <= 1
    session.close()
    assert disk.open == set()
