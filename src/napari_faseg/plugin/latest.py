"""Newest request wins: a session is worked on in one background thread, the window never waits."""

import atexit
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any
from weakref import WeakSet

from qtpy.QtCore import QObject, Qt, QTimer, Signal  # type: ignore[attr-defined]  # of every binding

from napari_faseg.plugin.priority import let_the_window_go_first
from napari_faseg.plugin.runner import Result, attempts

SOON = 0.001  # seconds; with 0 the longest pauses of a window are longer
SECONDS_AT_EXIT = 10.0  # at most, that the end of Python waits for the work that is running


@dataclass(frozen=True, eq=False)
class Request:
    """A piece of work that yields its results, and who is told of each.

    `not_before` is a time in seconds of `time.monotonic`, for what may be replaced until then;
    `is_missed` says that work which is not replaceable counts on it, so that an error is told,
    `is_aside` that it and all other work have nothing to do with each other, and `is_ahead` that
    it is forgotten where anything else waits.
    """

    work: Callable[[], Iterator[Any]]
    done: Callable[[Any], None]
    failed: Callable[[str], None]
    replaceable: bool = False
    not_before: float = 0.0
    is_missed: bool = False
    is_aside: bool = False
    is_ahead: bool = False


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a request went: one of its results, or the reason why there is none."""

    request: Request
    result: Any
    reason: str | None
    is_followed: bool
    """Whether work comes next that is not replaceable."""


class Worker(threading.Thread):
    """A thread that works through requests; knows no Qt.

    Parameters
    ----------
    deliver : callable
        Called in this thread with each outcome of each request.
    """

    def __init__(self, deliver: Callable[[Outcome], None]) -> None:
        super().__init__(name="faseg-session", daemon=True)
        self._deliver = deliver
        self._waiting: deque[Request] = deque()
        self._changed = threading.Condition()
        self._stopped = False

    def submit(self, request: Request) -> None:
        """Let a request wait for its turn, in place of a last one that it makes useless."""
        with self._changed:
            if self._waiting and request.is_ahead:
                return
            if self._waiting and self._waiting[-1].is_ahead:
                self._waiting.pop()
            if request.replaceable and self._waiting and self._waiting[-1].replaceable:
                self._waiting.pop()
            self._waiting.append(request)
            self._changed.notify()

    def stop(self) -> None:
        """Forget what waits; the thread ends as soon as the work that is running returns."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify()

    def run(self) -> None:
        """Work until stopped."""
        let_the_window_go_first()
        while (request := self._next()) is not None:
            self._work_on(request)
            del request  # while waiting, keep no arrays alive
        del self._deliver  # Python never collects a cycle through a bound signal of Qt

    def _work_on(self, request: Request) -> None:
        for result, reason in attempts(request.work):
            if self._stopped:
                return
            is_followed = self._next_is(replaceable=False)
            with suppress(RuntimeError):  # the window was destroyed a moment ago
                self._deliver(Outcome(request, result, reason, is_followed))
            if request.replaceable and self._next_is(replaceable=True):
                return

    def _next_is(self, *, replaceable: bool) -> bool:
        with self._changed:
            kinds = (r.replaceable for r in self._waiting if not r.is_aside)
            return next(kinds, None) is replaceable

    def _next(self) -> Request | None:
        with self._changed:
            while not self._stopped and (pause := self._pause()) > 0:
                self._changed.wait(min(pause, threading.TIMEOUT_MAX))
            return None if self._stopped else self._waiting.popleft()

    def _pause(self) -> float:
        """Return how many seconds there is nothing to do."""
        if len(self._waiting) == 1:
            return self._waiting[0].not_before - monotonic()
        return 0.0 if self._waiting else inf  # what others wait for is done at once


class Alarm(QTimer):
    """Calls an action in a later turn of Qt's event loop, and takes no other one until then.

    Parameters
    ----------
    parent : QObject
        What it ends with.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self.timeout.connect(self._on_timeout)
        self._action: Callable[[], None] | None = None

    def call(self, action: Callable[[], None], seconds: float) -> None:
        """Call an action after some seconds, unless one waits for that already."""
        if self._action is None:
            self._action = action
            self.start(round(1000 * seconds))

    def forget(self) -> None:
        """Call nothing that waits."""
        self._action = None
        with suppress(RuntimeError):  # Python is ending, and Qt's half was destroyed before this
            self.stop()

    def _on_timeout(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()


class LatestRunner(QObject):
    """A `Runner` with one background thread; results arrive in the thread that made it.

    One thread does everything, so a session never meets two of them. While a prediction runs,
    a newer replaceable request takes the place of one that waits; work that is not replaceable
    (undo, redo, commit) keeps its place in line and always runs. The results of a replaceable
    request are dropped once anything was submitted after it; work that yields is left between
    two results for newer work of its kind, and finished for any other, before which its error is
    told.
    """

    _finished = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._finished.connect(self._receive, Qt.ConnectionType.QueuedConnection)
        self._newest: Request | None = None
        self._is_open = True
        self._pause, self._soon = Alarm(self), Alarm(self)
        self._worker = Worker(self._finished.emit)

    def submit(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
        *,
        replaceable: bool = False,
        pause: float = 0.0,
    ) -> None:
        """Run some work in the background, then call `done` or `failed` in this thread."""
        not_before = monotonic() + pause
        self._submit(Request(lambda: iter((work(),)), done, failed, replaceable, not_before))

    def follow(
        self,
        work: Callable[[], Iterator[Result]],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        """Run work that yields in the background, and call `done` in this thread as it does."""
        self._submit(Request(work, done, failed, replaceable=True, is_missed=True))

    def beside(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        """Run some work in the background that leaves the results of all other work alone."""
        self._put_aside(Request(lambda: iter((work(),)), done, failed, is_aside=True))

    def ahead(self, work: Callable[[], object]) -> None:
        """Run some work in the background, unless anything else waits by then."""
        request = Request(lambda: iter((work(),)), _ignore, _ignore, is_aside=True, is_ahead=True)
        self._put_aside(request)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call an action in this thread after some seconds, unless one waits for that already."""
        self._pause.call(action, seconds)

    def soon(self, action: Callable[[], None]) -> None:
        """Call an action in a later turn of the event loop, unless one waits for that already."""
        self._soon.call(action, SOON)

    def close(self) -> None:
        """Forget what waits and deliver nothing any more; returns at once."""
        self._worker.stop()
        self._newest = None
        self._is_open = False
        self._pause.forget()
        self._soon.forget()

    def _submit(self, request: Request) -> None:
        self._start()
        self._newest = request
        self._worker.submit(request)

    def _put_aside(self, request: Request) -> None:
        self._start()
        self._worker.submit(request)

    def _start(self) -> None:
        if self._worker not in _workers:
            self._worker.start()
            _workers.add(self._worker)

    def _receive(self, outcome: Outcome) -> None:
        if not self._is_open:
            return
        request = outcome.request
        is_wanted = not request.replaceable or request is self._newest
        if outcome.reason is None and is_wanted:
            request.done(outcome.result)
        elif outcome.reason is not None and (is_wanted or self._is_missed(outcome)):
            request.failed(outcome.reason)

    def _is_missed(self, outcome: Outcome) -> bool:
        """Whether work that is not replaceable came after the request, and counts on it."""
        submitted_meanwhile = self._newest is not None and not self._newest.replaceable
        return outcome.request.is_missed and (outcome.is_followed or submitted_meanwhile)


def _ignore(_: object) -> None:
    """Take a result, or a reason, that nobody waits for."""


_workers: WeakSet[Worker] = WeakSet()


@atexit.register
def _wait_for_running_work() -> None:
    # Python ends daemon threads in the middle of whatever C++ they are in, which can abort the
    # process: give the last prediction the time to return.
    for worker in tuple(_workers):
        worker.stop()
    for worker in tuple(_workers):
        worker.join(SECONDS_AT_EXIT)
