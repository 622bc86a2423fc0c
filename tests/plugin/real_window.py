"""A real window of napari: where its canvas is, and how to wait for it.

Scripts that are run from the root of the repository use it, too: `python -m benchmarks.NAME`.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import QPoint
from qtpy.QtTest import QTest

PATIENCE = 120  # seconds, for a prediction on a slow machine
QTEST: Any = QTest  # its stubs do not say that its methods are static


def canvas_of(viewer: Any) -> Any:
    """Return what the layers are drawn on; napari has no public name for it."""
    return viewer.window._qt_viewer.canvas


def on_canvas(viewer: Any, position: Sequence[float]) -> QPoint:
    """Return where a position in world coordinates of a 2-D view is on the canvas."""
    view = canvas_of(viewer).view
    place = (view.transform * view.scene.transform).map([position[-1], position[-2], 0, 1])
    return QPoint(round(float(place[0])), round(float(place[1])))


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Let the window work until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing happened within {seconds} seconds")
        QTEST.qWait(1)
