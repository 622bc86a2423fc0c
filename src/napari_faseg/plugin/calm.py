"""Python's searches for garbage, kept short while something computes beside the window."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Calm:
    """Counts those who want short searches, and knows whether what there was is set aside."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._n_wanted = 0
        self._is_ours = False

    def begin(self) -> None:
        """Set aside what there is, unless somebody has done so already."""
        with self._lock:
            self._n_wanted += 1
            if self._n_wanted == 1 and not gc.get_freeze_count():
                gc.freeze()
                self._is_ours = True

    def end(self) -> None:
        """Let everything be searched again, once nobody wants otherwise."""
        with self._lock:
            self._n_wanted -= 1
            if self._n_wanted == 0 and self._is_ours:
                gc.unfreeze()
                self._is_ours = False


_CALM = _Calm()


@contextmanager
def short_collections() -> Iterator[None]:
    """Let Python search for garbage only among what is made from now on.

    All threads wait for a search, that of the window too: among all that napari and torch have
    made it takes half a second.
    """
    _CALM.begin()
    try:
        yield
    finally:
        _CALM.end()
