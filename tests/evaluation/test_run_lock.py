import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_faseg.evaluation.run_lock import held

TAKE_AND_DIE = """
import os, sys
from pathlib import Path
from napari_faseg.evaluation.run_lock import held

with held(Path(sys.argv[1])):
    os._exit(9)
"""
TAKE_AND_WAIT = """
import sys
from pathlib import Path
from napari_faseg.evaluation.run_lock import held

with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_there_while_it_is_held_and_can_be_held_again(tmp_path: Path) -> None:
    lock = tmp_path / "scores.lock"
    for _ in range(2):
        with held(lock):
            assert lock.exists()
        assert not lock.exists()


def test_a_lock_that_is_held_is_refused_and_stays_held(tmp_path: Path) -> None:
    lock = tmp_path / "scores.lock"
    with held(lock):
        for _ in range(2):
            with pytest.raises(ValueError, match="expected no other run"), held(lock):
                pass
        assert lock.exists()


def test_a_lock_that_another_process_holds_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "scores.lock"
    command = [sys.executable, "-c", TAKE_AND_WAIT, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(ValueError, match="expected no other run"), held(lock):
            pass
        other.communicate()
    with held(lock):
        assert lock.exists()


def test_the_lock_of_a_process_that_died_is_taken_over(tmp_path: Path) -> None:
    lock = tmp_path / "scores.lock"
    died = subprocess.run([sys.executable, "-c", TAKE_AND_DIE, str(lock)], check=False)
    assert died.returncode == 9
    assert lock.exists()
    with held(lock):
        assert lock.exists()
    assert not lock.exists()


def test_a_file_with_content_is_not_taken_for_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "scores.lock"
    lock.write_text("somebody's own")
    with pytest.raises(ValueError, match="expected an empty lock file"), held(lock):
        pass
    assert lock.read_text() == "somebody's own"


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be deleted there")
def test_a_lock_that_was_deleted_meanwhile_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "scores.lock"
    opened = []
    open_file = os.open

    def open_and_lose(path: Path, flags: int, mode: int = 0o777) -> int:
        handle = open_file(path, flags, mode)
        opened.append(handle)
        if len(opened) == 1:
            lock.unlink()
        return handle

    monkeypatch.setattr(os, "open", open_and_lose)
    with held(lock):
        assert len(opened) == 2
        assert lock.exists()


def test_a_file_system_without_locks_does_not_hinder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(handle: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("napari_faseg.evaluation.run_lock.lock", no_locks)
    with held(tmp_path / "scores.lock"):
        assert (tmp_path / "scores.lock").exists()
