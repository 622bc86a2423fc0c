"""How the annotator gets work on a session done: the contract, and the simplest way."""

from collections.abc import Callable, Iterator
from threading import current_thread, main_thread
from typing import Protocol, TypeVar

from napari_faseg._words import reason

Result = TypeVar("Result")


class Runner(Protocol):
    """Runs pieces of work one after the other, in the order in which they were submitted."""

    def submit(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
        *,
        replaceable: bool = False,
        pause: float = 0.0,
    ) -> None:
        """Run some work, then call `done` with its result or `failed` with one sentence.

        Parameters
        ----------
        work : callable
            May take long; may run in another thread.
        done, failed : callable
            Called in the thread that submitted the work.
        replaceable : bool
            True where newer work makes this useless: it may then never run, and its result
            may be dropped. False: it runs, and its result arrives.
        pause : float
            Seconds to wait for newer work that may take its place.
        """

    def follow(
        self,
        work: Callable[[], Iterator[Result]],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        """Run work that yields ever better results, and call `done` with each as it comes.

        Newer work of this kind makes it useless, also half-way: then it is left between two
        results. Before any other work it runs to its end; its results are dropped then, and an
        error is told.
        """

    def beside(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        """Run some work that makes nothing else useless, and that nothing makes useless."""

    def ahead(self, work: Callable[[], object]) -> None:
        """Run some work whose result nobody is told, unless anything else waits by then."""

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call an action in this thread after some seconds, unless one waits for that already."""

    def soon(self, action: Callable[[], None]) -> None:
        """Call an action in this thread once it is free, unless one waits for that already."""

    def close(self) -> None:
        """Forget what has not run yet and deliver nothing any more; does not wait."""


class ImmediateRunner:
    """Runs each piece of work at once, in the thread of the caller: for scripts and tests."""

    def submit(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
        *,
        replaceable: bool = False,  # noqa: ARG002  nothing ever waits here
        pause: float = 0.0,  # noqa: ARG002
    ) -> None:
        """Run the work and deliver its result before returning."""
        self.follow(lambda: iter((work(),)), done, failed)

    def follow(
        self,
        work: Callable[[], Iterator[Result]],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        """Run the work and deliver its results before returning."""
        for result, told in attempts(work):
            if told is not None:
                failed(told)
            else:
                done(result)  # type: ignore[arg-type]  # a result, where there is no reason

    def beside(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        """Run the work and deliver its result before returning."""
        self.follow(lambda: iter((work(),)), done, failed)

    def ahead(self, work: Callable[[], object]) -> None:
        """Do nothing: whatever is asked for is done at once."""

    def later(self, seconds: float, action: Callable[[], None]) -> None:  # noqa: ARG002
        """Call an action at once."""
        action()

    def soon(self, action: Callable[[], None]) -> None:
        """Call an action at once."""
        action()

    def close(self) -> None:
        """Do nothing: nothing ever waits here."""


def attempts(
    work: Callable[[], Iterator[Result]],
) -> Iterator[tuple[Result | None, str | None]]:
    """Run work that yields; yield each result, and at an error the reason in place of the next.

    The reason is text: an exception would keep its traceback, and with it every array of the
    frames that it went through, alive for as long as somebody holds it.
    """
    told = None
    try:
        for result in work():
            yield result, None
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # whatever is raised is told
        if isinstance(error, KeyboardInterrupt) and current_thread() is main_thread():
            raise  # Ctrl+C, which Python lets reach no other thread
        told = reason(error)
    if told is not None:
        yield None, told
