"""What all pictures need: a window, the mouse, the keyboard, and small files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import napari
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QPushButton

from tests.plugin.real_window import canvas_of, on_canvas, wait_until

IMAGES = Path(__file__).parents[1] / "images"
PLUGIN, SEGMENT = "napari-faseg", "Segment by clicks"
SIZE = (1280, 900)  # of the window, in pixels
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
N_COLOURS = 256  # of the palette of a picture; found so that none is far off, however rare
GAP = 12  # pixels between pictures that stand side by side
CALM = 400  # milliseconds after which everything is laid out and painted

Picture = NDArray[np.uint8]  # (h, w, 4)


@contextmanager
def window(height: int = SIZE[1]) -> Iterator[napari.Viewer]:
    """Open a window of napari, and close it afterwards."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(SIZE[0], height)
    try:
        yield viewer
    finally:
        viewer.close()


class Session:
    """The dock widget that segments an image of a viewer, started.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: napari.Viewer) -> None:
        self.viewer = viewer
        self.dock, self._widget = viewer.window.add_plugin_dock_widget(PLUGIN, SEGMENT)
        self.controls, self.table = self._widget._controls, self._widget._panel.table
        press(self.dock, "Start")
        viewer.reset_view()
        self.wait()

    @property
    def objects(self) -> Any:
        """The layer of objects."""
        [layer] = [each for each in self.viewer.layers if each.name.endswith(" objects")]
        return layer

    def wait(self) -> None:
        """Wait until the network has looked at everything, and it can be seen."""
        QTest.qWait(CALM)
        wait_until(lambda: not self.controls.status.value.endswith("…"))
        QTest.qWait(CALM)

    def click(self, position: Sequence[float], button: Any = LEFT) -> None:
        """Click at a position in world coordinates and wait for the mask."""
        before = self.objects.data.copy()
        point = on_canvas(self.viewer, position)
        QTest.mouseClick(canvas_of(self.viewer).native, button, pos=point)
        wait_until(lambda: (self.objects.data != before).any())
        self.wait()

    def finish(self) -> None:
        """Press Enter on the canvas and wait for the row of the object."""
        n_rows = len(self.table.rows.rows)
        QTest.keyClick(canvas_of(self.viewer).native, Qt.Key.Key_Return)
        wait_until(lambda: len(self.table.rows.rows) > n_rows)
        self.wait()

    def name(self, row: int, text: str) -> None:
        """Write the class of an object into the table."""
        rows = self.table.model()
        cell = rows.index(row, rows.columnCount() - 1)
        rows.setData(cell, text)
        wait_until(lambda: rows.index(row, rows.columnCount() - 1).data() == text)


def press(dock: Any, text: str) -> None:
    """Press a button of a dock widget with the mouse."""
    [button] = [each for each in dock.findChildren(QPushButton) if each.text() == text]
    QTest.qWait(CALM)
    QTest.mouseClick(button, LEFT)


def canvas_around(viewer: napari.Viewer, center: Sequence[float], zoom: float) -> Picture:
    """Return a picture of the canvas, near a position in world coordinates."""
    camera = getattr(viewer, "scene", viewer).camera  # napari 0.8 has no scene
    camera.center, camera.zoom = tuple(center), zoom
    QTest.qWait(CALM)
    return np.asarray(viewer.screenshot(canvas_only=True, flash=False))


def side_by_side(pictures: Sequence[Picture], side: int) -> Picture:
    """Return the squares in the middle of pictures, beside each other on white."""
    squares = []
    for picture in pictures:
        top, left = ((length - side) // 2 for length in picture.shape[:2])
        squares += [np.full((side, GAP, 4), 255, np.uint8)]
        squares += [picture[top : top + side, left : left + side]]
    return np.hstack(squares[1:])


def save_window(viewer: napari.Viewer, name: str) -> None:
    """Save a picture of the whole window, with the mouse out of the way."""
    QTest.mouseMove(canvas_of(viewer).native, QPoint(5, 5))
    QTest.qWait(2 * CALM)
    save(np.asarray(viewer.screenshot(canvas_only=False, flash=False)), name)


def save(picture: Picture, name: str) -> None:
    """Save a picture with a palette."""
    path = IMAGES / f"{name}.png"
    coloured, method = Image.fromarray(picture[..., :3]), Image.Quantize.MAXCOVERAGE
    small = coloured.quantize(N_COLOURS, method=method, kmeans=1, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path} {path.stat().st_size // 1000} kB")
