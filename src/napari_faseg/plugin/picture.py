"""Figures as pictures: drawn in the thread that has the numbers, so that the window never waits."""

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QLabel, QSizePolicy

from napari_faseg.plugin.canvas import INCHES, MIN_HEIGHT

Picture = NDArray[np.uint8]  # (h, w, 4), red, green, blue, opacity
DPI = 200


def new_figure() -> Figure:
    """Return an empty figure of the size that pictures have here."""
    return Figure(figsize=INCHES, dpi=DPI, layout="constrained")


def rendered(figure: Figure) -> Picture:
    """Draw a figure; any thread may, each its own."""
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib has no types
    canvas.draw()
    return np.array(canvas.buffer_rgba())


class PictureView(QLabel):
    """Shows the last picture it was given, as large as it fits."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap: Any = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)

    def show_picture(self, picture: Picture) -> None:
        """Show a picture in place of the one before."""
        height, width = picture.shape[:2]
        made = QImage(picture.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888)
        self._pixmap = QPixmap.fromImage(made.copy())
        self._fit()

    def show_nothing(self) -> None:
        """Forget the picture."""
        self._pixmap = None
        self.clear()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  the name is Qt's
        """Return less than the picture has, which gets smaller with the dock."""
        return QSize(MIN_HEIGHT, MIN_HEIGHT)

    def sizeHint(self) -> QSize:  # noqa: N802  the name is Qt's
        """Return a size that does not depend on the picture."""
        return self.minimumSizeHint()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802  the name is Qt's
        """Fit the picture into the new size."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._pixmap is not None:
            size = self.contentsRect().size()
            self.setPixmap(
                self._pixmap.scaled(
                    size,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
