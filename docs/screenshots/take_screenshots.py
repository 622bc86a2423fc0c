"""Take the pictures of the window: `xvfb-run -a python -m docs.screenshots.take_screenshots`.

They are taken of the real thing: the sample image, the widget from the manifest, the packaged
weights, and clicks and keys of the mouse and the keyboard.
"""

from pathlib import Path
from typing import Any

import napari
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QPushButton, QTableView

from tests.plugin.real_window import canvas_of, on_canvas, wait_until

IMAGES = Path(__file__).parents[1] / "images"
PLUGIN, SAMPLE, WIDGET = "napari-faseg", "coins", "Segment by clicks"
WINDOW_SIZE = (1280, 900)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
FINISHED = (((126, 102), LEFT),), (((118, 271), LEFT),)
IN_PROGRESS = (((50, 334), LEFT), ((68, 352), RIGHT))
CLASSES = ("silver", "bronze")


def main() -> None:
    """Open the window, segment three objects, correct one, and save what is seen."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(*WINDOW_SIZE)
    viewer.open_sample(PLUGIN, SAMPLE)
    dock, _ = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    press(dock, "Start")
    viewer.reset_view()
    for clicks in FINISHED:
        segment(viewer, clicks)
        QTest.keyClick(canvas_of(viewer).native, Qt.Key.Key_Return)
        wait_until(lambda: n_points(viewer) == 0)
    segment(viewer, IN_PROGRESS)
    save(viewer, "napari.png")
    reopen(viewer, dock)
    save(viewer, "objects.png")
    viewer.close()


def reopen(viewer: napari.Viewer, dock: Any) -> None:
    """Give two objects a class, and reopen the one that is selected in the table."""
    QTest.keyClick(canvas_of(viewer).native, Qt.Key.Key_Return)
    wait_until(lambda: n_points(viewer) == 0)
    [table] = dock.findChildren(QTableView)
    rows = table.model()
    for row, text in enumerate(CLASSES):
        rows.setData(rows.index(row, rows.columnCount() - 1), text)
        wait_until(
            lambda row=row, text=text: rows.index(row, rows.columnCount() - 1).data() == text
        )
    table.selectRow(1)
    press(dock, "Reopen")
    wait_until(lambda: n_points(viewer) > 0)


def save(viewer: napari.Viewer, name: str) -> None:
    """Save a picture of the window, with the mouse out of the way."""
    QTest.mouseMove(canvas_of(viewer).native, QPoint(5, 5))
    QTest.qWait(500)
    IMAGES.mkdir(exist_ok=True)
    viewer.screenshot(path=str(IMAGES / name), canvas_only=False, flash=False)
    print(IMAGES / name)


def press(dock: Any, text: str) -> None:
    """Press a button of a dock widget."""
    [button] = [each for each in dock.findChildren(QPushButton) if each.text() == text]
    QTest.qWait(300)  # until the window has its final size
    QTest.mouseClick(button, LEFT)


def segment(viewer: napari.Viewer, clicks: Any) -> None:
    """Click, each time waiting until the mask has changed."""
    for (y, x), button in clicks:
        objects = viewer.layers[f"{SAMPLE} objects"]
        before = objects.data.copy()
        QTest.qWait(300)
        QTest.mouseClick(canvas_of(viewer).native, button, pos=on_canvas(viewer, (y, x)))
        wait_until(lambda objects=objects, before=before: (objects.data != before).any())


def n_points(viewer: napari.Viewer) -> int:
    """Return how many clicks the object in progress has."""
    return sum(len(viewer.layers[f"{SAMPLE} {sign}"].data) for sign in ("positive", "negative"))


if __name__ == "__main__":
    main()
