import json
import os
import threading
import time
from pathlib import Path

import pytest

from napari_faseg.interaction import session_lock
from napari_faseg.interaction.session_lock import LOCK, SessionInUseError, SessionLock


def owned_elsewhere(folder: Path, seconds_ago: float) -> None:
    path = folder / LOCK
    path.write_text(json.dumps({"host": "another machine", "process": 7}))
    then = time.time() - seconds_ago
    os.utime(path, (then, then))


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    first = SessionLock(tmp_path)
    with pytest.raises(SessionInUseError, match=f"in use by process {os.getpid()} on"):
        SessionLock(tmp_path)
    first.close()
    SessionLock(tmp_path).close()


def test_an_owner_on_another_machine_lives_while_its_heart_beats(tmp_path: Path) -> None:
    owned_elsewhere(tmp_path, seconds_ago=3)
    with pytest.raises(SessionInUseError, match="process 7 on another machine"):
        SessionLock(tmp_path)
    owned_elsewhere(tmp_path, seconds_ago=300)
    SessionLock(tmp_path).close()


def test_the_heart_beats_until_the_lock_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_lock, "SECONDS_BETWEEN_BEATS", 0.01)
    lock = SessionLock(tmp_path)
    os.utime(tmp_path / LOCK, (0, 0))
    deadline = time.monotonic() + 20
    while (tmp_path / LOCK).stat().st_mtime == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (tmp_path / LOCK).stat().st_mtime > 0
    lock.close()
    assert [t.name for t in threading.enumerate() if t.name == "faseg-heartbeat"] == []
    lock.close()


def test_a_lock_knows_when_another_machine_has_taken_the_folder(tmp_path: Path) -> None:
    lock = SessionLock(tmp_path)
    assert not lock.is_taken
    owned_elsewhere(tmp_path, seconds_ago=1)
    assert lock.is_taken
    (tmp_path / LOCK).unlink()
    assert not lock.is_taken, "who has removed the file has not taken the folder"
    lock.close()


def test_a_damaged_lock_file_does_not_lock(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_bytes(b"\xff\x00[")
    SessionLock(tmp_path).close()
