"""Long work beside the window: it yields events, it can be stopped, and it can be left alone."""

from collections.abc import Callable, Generator
from contextlib import closing, suppress
from threading import Event
from typing import Any, TypeVar

from napari.qt.threading import GeneratorWorker

from napari_faseg._words import reason
from napari_faseg.plugin.calm import short_collections

Yielded = TypeVar("Yielded")
Work = Callable[..., Generator[Yielded, None, None]]


class _WorkError(Exception):
    """What the work raised; a RuntimeError would tell napari's worker that its window is gone."""


def _calmly(work: Work[Yielded], *arguments: object) -> Generator[Yielded, None, None]:
    with short_collections():
        try:
            yield from work(*arguments)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            raise _WorkError(reason(error)) from error


class _Worker(GeneratorWorker):  # type: ignore[misc]
    """A worker that lets its work come to an end where it was told to quit, too.

    It leaves warnings alone: napari's takes those of all threads while it runs, and for good where
    two of them overlap.
    """

    def run(self) -> None:
        with suppress(RuntimeError):  # Python is ending, and the signals were destroyed before
            try:
                with closing(self._gen):
                    self.work()
            except _WorkError as error:
                self.errored.emit(error)
            self.finished.emit()
            self._finished.emit(self)


class BackgroundJob:
    """Runs a generator in another thread and tells of it in this one.

    Parameters
    ----------
    work : callable
        Takes the arguments and an event at last, and returns the generator. It has to end soon
        after the event is set, and is closed where nobody listens any more.
    *arguments
        For the work.
    yielded : callable
        Is called with everything that the generator yields.
    failed : callable
        Is called with one sentence where it raises.
    finished : callable
        Is called at the end, whatever the end was.
    """

    def __init__(
        self,
        work: Work[Yielded],
        *arguments: object,
        yielded: Callable[[Yielded], None],
        failed: Callable[[str], None],
        finished: Callable[[], None],
    ) -> None:
        self._ended = Event()
        self._failed = failed
        self._worker: Any = _Worker(_calmly, work, *arguments, self._ended)
        self._connections = (
            (self._worker.yielded, yielded),
            (self._worker.errored, self._on_error),
            (self._worker.finished, finished),
        )
        for signal, slot in self._connections:
            signal.connect(slot)
        self._worker.start()

    def stop(self) -> None:
        """Ask the work to end; what it still yields is told."""
        self._ended.set()

    def abandon(self) -> None:
        """Ask the work to end, and tell nothing of it any more: its listeners are going."""
        for signal, slot in self._connections:
            signal.disconnect(slot)
        self._ended.set()
        self._worker.quit()

    def _on_error(self, error: Exception) -> None:
        self._failed(str(error))
