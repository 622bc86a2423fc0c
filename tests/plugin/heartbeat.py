"""How long the window was busy at a stretch."""

import time
from pathlib import Path

import pytest


class Heartbeat:
    """Beats whenever the event loop is free and remembers the longest pause.

    Time that the threads of this process spent waiting for a busy processor is not a pause.
    """

    def __init__(self):
        self.longest, self._last = 0.0, seconds_that_could_run()
        self._n_beats = 0
        self._timer = pytest.importorskip("qtpy.QtCore").QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(1)

    def _beat(self):
        now = seconds_that_could_run()
        self.longest, self._last = max(self.longest, now - self._last), now
        self._n_beats += 1

    def beats_within(self, seconds, n_beats=3):
        """Wait in any thread; return if the window has worked so often before the time was up."""
        enough, end = self._n_beats + n_beats, time.monotonic() + seconds
        while self._n_beats < enough and time.monotonic() < end:
            time.sleep(0.005)
        return self._n_beats >= enough

    def stop(self):
        self._timer.stop()
        self._timer.timeout.disconnect(self._beat)


def seconds_that_could_run():
    """Return seconds in which this process could have run; Linux knows when it could not."""
    tasks = Path("/proc/self/task").glob("*/schedstat")
    return time.perf_counter() - sum(int(task.read_text().split()[1]) for task in tasks) * 1e-9
