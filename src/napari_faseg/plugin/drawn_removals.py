"""The window draws itself after each layer that goes."""

from contextlib import suppress
from typing import Any

from qtpy.QtWidgets import QApplication, QOpenGLWidget  # type: ignore[attr-defined]  # of every binding


class DrawnRemovals:
    """Lets the windows draw themselves each time that a layer is taken out of a viewer.

    Where several go between two drawings, such as the two layers of clicks, vispy may later draw
    with what OpenGL has no more: that ends the process with a signal where the processor draws, and
    is known to leave a black canvas on Windows (napari's issues 6472 and 7345). One at a time does
    not.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose layers are watched while somebody keeps this.
    """

    def __init__(self, viewer: Any) -> None:
        viewer.layers.events.removed.connect(self._on_removed, position="last")

    def _on_removed(self) -> None:
        for window in QApplication.topLevelWidgets():
            for canvas in window.findChildren(QOpenGLWidget):
                with suppress(RuntimeError):  # it is being destroyed
                    if canvas.isVisible():
                        canvas.repaint()
