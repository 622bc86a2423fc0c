"""Long work beside the window: it yields events, it can be stopped, and it can be left alone."""

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any, TypeVar

from napari.qt.threading import GeneratorWorker

from napari_faseg.plugin.calm import short_collections

Yielded = TypeVar("Yielded")


def _calmly(work: Callable[..., Iterator[Yielded]], *arguments: object) -> Iterator[Yielded]:
    with short_collections():
        yield from work(*arguments)


class BackgroundJob:
    """Runs a generator in another thread and tells of it in this one.

    Parameters
    ----------
    work : callable
        Takes the arguments and an event at last, and returns the generator. It has to end soon
        after the event is set.
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
        work: Callable[..., Iterator[Yielded]],
        *arguments: object,
        yielded: Callable[[Yielded], None],
        failed: Callable[[str], None],
        finished: Callable[[], None],
    ) -> None:
        self._ended = Event()
        self._failed = failed
        self._worker: Any = GeneratorWorker(_calmly, work, *arguments, self._ended)
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
        self._failed(str(error) or type(error).__name__)
