"""A power cut, or kill -9, after any elementary operation loses nothing that was acknowledged.

`FASEG_CRASH_STATES=20000` looks at so many states instead of a few.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from napari_faseg._durable import put_file
from napari_faseg.interaction import recording as recording_module
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.interaction.session_opening import go_on
from napari_faseg.interaction.state import SessionState
from tests.interaction.fake_disk import FOLDER, Content, FakeDisk
from tests.interaction.workload import ABOUT, act, kept, new_session

N_STATES = int(os.environ.get("FASEG_CRASH_STATES", "1500"))
N_OBJECTS = 60
FILE, BACKUP = FOLDER / "objects.json", FOLDER / "objects.json.bak"


# The model itself convicts what is known to lose work


def truncate_and_write(disk: FakeDisk, content: bytes) -> None:
    handle = disk.overwrite(FILE)
    disk.write(handle, content)
    disk.close(handle)


def move_to_backup_and_write(disk: FakeDisk, content: bytes) -> None:
    if FILE.name in disk.names(FOLDER):
        disk.replace(FILE, BACKUP)
    truncate_and_write(disk, content)


def write_and_replace(disk: FakeDisk, content: bytes, *, sync: bool = False) -> None:
    handle = disk.create(FOLDER / "part")
    disk.write(handle, content)
    if sync:
        disk.sync(handle)
    disk.close(handle)
    disk.replace(FOLDER / "part", FILE)


def write_sync_and_replace(disk: FakeDisk, content: bytes) -> None:
    write_and_replace(disk, content, sync=True)


def put(disk: FakeDisk, content: bytes) -> None:
    put_file(FILE, content, disk)


def n_objects_in(content: Content) -> int:
    for name in (FILE.name, BACKUP.name):
        try:
            return len(json.loads(content.get(name, b"")))
        except ValueError:
            continue
    return 0


def share_lost(save: Callable[[FakeDisk, bytes], None]) -> float:
    """Return in what share of all states after a crash an object is gone that had been saved."""
    disk, rng = FakeDisk(), np.random.default_rng(0)
    n_saved, found = 0, []

    def look() -> None:
        states = [disk.after_kill(), *disk.after_power_cut(rng)]
        found.extend(n_objects_in(content) < n_saved for content in states)

    disk.observe = look
    for n in range(1, N_OBJECTS + 1):
        save(
            disk, json.dumps([{"label": label, "clicks": [[5, 5]]} for label in range(n)]).encode()
        )
        n_saved = n
        look()
    return float(np.mean(found))


@pytest.mark.parametrize(
    "save",
    [truncate_and_write, move_to_backup_and_write, write_and_replace, write_sync_and_replace],
)
def test_the_model_convicts_savers_that_lose_work(
    save: Callable[[FakeDisk, bytes], None],
) -> None:
    assert share_lost(save) > 0.2


def test_the_model_acquits_a_durable_replacement() -> None:
    assert share_lost(put) == 0


# Ours


class Watch:
    """Looks at every state that a crash may leave, and compares it with what was acknowledged."""

    def __init__(self, disk: FakeDisk, seed: int) -> None:
        self.disk = disk
        self.rng = np.random.default_rng(seed)
        self.allowed: list[tuple[object, ...]] = []  # acknowledged, and in flight
        self.n_states = 0
        self._seen: set[int] = set()

    def look(self) -> None:
        for content in (self.disk.after_kill(), *self.disk.after_power_cut(self.rng)):
            key = hash(tuple(sorted(content.items())))
            if key not in self._seen and self.allowed:
                self._check(content)
                self._seen.add(key)
                self.n_states += 1

    def _check(self, content: Content) -> None:
        stored = read_session(FOLDER, FakeDisk(content))
        assert kept(stored.state) in self.allowed
        if stored.damage:
            assert all("cut off" in sentence for sentence in stored.damage), stored.damage

    def acknowledge(self, state: tuple[object, ...]) -> None:
        self.allowed = [state]
        self._seen.clear()
        self.look()


@dataclass
class Watched:
    """A recording of which the watch knows what is in flight."""

    recording: Recording
    watch: Watch

    def note(self, action: str, state: SessionState) -> None:
        self.watch.allowed.append(kept(state))
        self.recording.note(action, state)

    def close(self) -> None:
        self.recording.close()


def watched_session(seed: int, n_actions: int) -> int:
    """Record a random session, looking at all states; return how many states were seen."""
    disk, rng = FakeDisk(), np.random.default_rng(seed)
    watch = Watch(disk, seed)
    session = new_session()
    session.recorder = Watched(Recording(FOLDER, ABOUT, session.state, storage=disk), watch)
    watch.acknowledge(kept(session.state))
    disk.observe = watch.look
    for number in range(n_actions):
        act(session, rng)
        watch.acknowledge(kept(session.state))
        if number == n_actions // 2:  # the window is closed and opened again
            session.close()
            recording, stored = go_on(FOLDER, ABOUT, storage=disk)
            session.restore(stored.state)
            session.recorder = Watched(recording, watch)
    session.close()
    return watch.n_states


def test_a_recorded_session_loses_nothing_in_any_state_after_a_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording_module, "OBJECTS_PER_SNAPSHOT", 4)
    n_states, seed = 0, 0
    while n_states < N_STATES:
        n_states += watched_session(seed, n_actions=60)
        seed += 1
    assert n_states >= N_STATES


def test_a_session_that_was_cut_off_at_its_beginning_is_never_taken_for_an_empty_one() -> None:
    disk = FakeDisk()
    seen: list[Content] = []
    disk.observe = lambda: seen.extend([disk.after_kill(), *disk.after_power_cut(rng)])
    rng = np.random.default_rng(0)
    Recording(FOLDER, ABOUT, new_session().state, storage=disk)
    for content in seen:
        try:
            stored = read_session(FOLDER, FakeDisk(content))
        except (FileNotFoundError, ValueError):
            continue
        is_whole = any(name.endswith(".snapshot") and name[0] != "." for name in content)
        assert is_whole or stored.damage == ("there is no snapshot",)
