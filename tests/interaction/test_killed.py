"""kill -9 in the middle of a session: nothing that was acknowledged is lost, the rest is whole.

`FASEG_KILLS=300` kills so many times instead of a few.
"""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from napari_faseg.interaction import recording as recording_module
from napari_faseg.interaction.session_folder import read_session
from tests.interaction.workload import act, kept, new_session

N_KILLS = int(os.environ.get("FASEG_KILLS", "4"))
SECONDS_TO_RESUME = 2.0  # of the processor: others may be using the disk


def work_until_killed(folder: Path, seed: int, told: int) -> None:
    """Record a random session; say after each action that it is done."""
    session, rng = new_session(), np.random.default_rng(seed)
    session.record(folder)
    while True:
        act(session, rng)
        os.write(told, b".")


def start(folder: Path, seed: int) -> tuple[int, int]:
    """Begin to work in another process; return it, and where it says what is done."""
    heard, told = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            work_until_killed(folder, seed, told)
        finally:
            os._exit(1)
    os.close(told)
    return process, heard


def n_heard(pipe: int) -> int:
    n_done = 0
    while text := os.read(pipe, 1000):
        n_done += len(text)
    os.close(pipe)
    return n_done


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("seed", range(N_KILLS))
def test_a_killed_session_is_resumed_with_all_that_was_acknowledged(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "OBJECTS_PER_SNAPSHOT", 5)
    folder = tmp_path / "session"
    process, pipe = start(folder, seed)
    assert os.read(pipe, 1) == b"."  # it works
    time.sleep(float(np.random.default_rng(seed).uniform(0, 0.5)))
    os.kill(process, signal.SIGKILL)
    n_acknowledged = 1 + n_heard(pipe)
    assert os.waitpid(process, 0)[1] == signal.SIGKILL

    start_of_resume = time.process_time()
    resumed = new_session()
    with pytest.warns(UserWarning, match="was not closed|cut off"):
        resumed.record(folder, resume=True)
    assert time.process_time() - start_of_resume < SECONDS_TO_RESUME
    resumed.close()

    session, rng = new_session(), np.random.default_rng(seed)
    for _ in range(n_acknowledged):
        act(session, rng)
    allowed = [kept(session.state)]
    act(session, rng)  # it was under way, and may have been finished
    allowed.append(kept(session.state))
    assert kept(resumed.state) in allowed
    assert read_session(folder).is_closed
