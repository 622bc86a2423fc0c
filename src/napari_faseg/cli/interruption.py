"""Ctrl+C ends a command in one sentence, with the exit code that shells expect."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

EXIT_CODE = 130  # 128 and the number of the signal
ENDS = ("SIGTERM", "SIGHUP")  # of `kill` and of schedulers, and of a terminal that is closed


@contextmanager
def told_when_interrupted(advice: str) -> Iterator[None]:
    """Turn Ctrl+C into a sentence on stderr that ends in some advice."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"faseg: interrupted; {advice}", err=True)
        raise typer.Exit(EXIT_CODE) from None


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Let a command end as at Ctrl+C where the system asks for it: nothing temporary is left.

    What `nohup`, or whoever calls this, has chosen for a signal stays as it is.
    """
    known = [getattr(signal, name) for name in ENDS if hasattr(signal, name)]
    is_main = threading.current_thread() is threading.main_thread()
    ours = [each for each in known if is_main and signal.getsignal(each) is signal.SIG_DFL]
    for each in ours:
        signal.signal(each, _interrupt)
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    answer = signal.getsignal(signal.SIGINT)
    if not callable(answer):  # Ctrl+C is for others, as of a run in the background
        raise KeyboardInterrupt
    answer(number, frame)  # which may let it wait
