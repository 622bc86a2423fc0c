"""Ctrl+C reaches every process of a terminal at once; those that help another are to ignore it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from napari_faseg._interrupts import interrupts_wait

HAS_MASKS = os.name == "posix"


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Start processes that Ctrl+C does not reach; one that is pressed meanwhile comes afterwards.

    A process ignores it from its first moment on, when it has not run a line of its own yet. That
    is so on POSIX systems, where blocked signals are inherited; elsewhere it has to ask for it.
    """
    with interrupts_wait():
        # Another thread of this process may get the signal all the same, hence both.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if HAS_MASKS else None
        try:
            yield
        finally:
            if blocked is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
