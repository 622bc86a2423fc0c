"""Torch, and what is built on it, imported beside the window, which opens at once.

These libraries take seconds to import, and a widget needs none of them before its button is
pressed. They are imported one by one, so that whoever closes napari meanwhile waits for one.
"""

import atexit
import gc
import threading
from contextlib import suppress
from functools import cache
from importlib import import_module

from napari_faseg.plugin.priority import let_the_window_go_first

LIBRARIES = (
    "pandas",  # napari's layers of points need it
    "torch",
    "torchvision",
    "timm",
    "segmentation_models_pytorch",
    "lightning_fabric",
)
SECONDS_BETWEEN_LOOKS = 0.05


class ImportedAhead(threading.Thread):
    """A thread that imports libraries, and can be stopped between two of them.

    Parameters
    ----------
    libraries : tuple of str
        In their order. One that cannot be imported is left to whoever needs it, who is told why.
    """

    def __init__(self, libraries: tuple[str, ...] = LIBRARIES) -> None:
        super().__init__(name="faseg-import", daemon=True)
        self._libraries = libraries
        self._stopped = threading.Event()

    def run(self) -> None:
        """Import until stopped; then search for garbage, so that no search comes between clicks."""
        let_the_window_go_first()
        for library in self._libraries:
            if self._stopped.is_set():
                return
            with suppress(ImportError, OSError):
                import_module(library)
        gc.collect()  # the next full search comes when a quarter as much again has been made

    def stop(self) -> None:
        """Import no further library, and wait for the one that is being imported."""
        self._stopped.set()
        self.join()

    def wait(self, stop: threading.Event | None = None) -> bool:
        """Wait until all are imported, and return whether they are.

        Parameters
        ----------
        stop : threading.Event, optional
            Ends the waiting, too.

        Raises
        ------
        RuntimeError
            If it was stopped before.
        """
        while self.is_alive() and not (stop and stop.is_set()):
            self.join(SECONDS_BETWEEN_LOOKS)
        if self._stopped.is_set():
            raise RuntimeError("Python is ending")
        return not self.is_alive()


@cache
def torch_ahead() -> ImportedAhead:
    """Return the thread that imports torch, which begins when this is asked for the first time."""
    thread = ImportedAhead()
    thread.start()
    atexit.register(thread.stop)
    return thread
