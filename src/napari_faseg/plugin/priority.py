"""Who goes first where there are fewer processors than work: the window."""

import os
import sys
import threading
from contextlib import suppress

NICENESS = 5  # further ones than the window; 19 at most: other programs are to wait for neither


def let_the_window_go_first() -> None:
    """Let the window's thread have a processor before this one, and the threads that it starts.

    The network takes every processor; without this a window that has to draw waits for a turn.
    Only Linux has a niceness for each thread, and it cannot be taken back without a privilege, so
    that this is for threads of one's own. Elsewhere, and where it is refused, nothing changes.
    """
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)
