"""Pictures of what stays when napari is gone: recorded work, and chosen keys."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from qtpy.QtGui import QImage
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QListWidget, QWidget
from skimage import data, io

from docs.screenshots.clicks import COINS
from docs.screenshots.window import CALM, LEFT, Picture, Session, save, save_window, window

CRASHED = 9  # what the process ends with
PAGE = "FASeg: click segmentation"

CLICK_AND_CRASH = f"""
import os, sys
import napari
from napari_faseg import NetPredictor
from napari_faseg.plugin.annotator import start

path, *numbers = sys.argv[1:]
viewer = napari.Viewer(show=False)
[image] = viewer.open(path, plugin="napari")
annotator = start(viewer, image, NetPredictor.from_weights(), resume=True)
for n in range(0, len(numbers), 2):
    if n:
        annotator.finish()
    annotator.prompts.positive.add((int(numbers[n]), int(numbers[n + 1])))
os._exit({CRASHED})
"""


def resumed() -> None:
    """The image of a napari that crashed, opened again: objects and clicks are back."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "coins.png"
        io.imsave(path, data.coins())
        numbers = [str(int(number)) for number in np.ravel(COINS)]
        command = [sys.executable, "-c", CLICK_AND_CRASH, str(path), *numbers]
        if subprocess.run(command, check=False).returncode != CRASHED:
            raise RuntimeError("expected a crash in the middle of the work")
        with window() as viewer:
            viewer.open(path, plugin="napari")
            Session(viewer)
            for each in QApplication.allWidgets():
                if each.objectName() == "expand_button" and each.isVisible():
                    QTest.mouseClick(each, LEFT)
            save_window(viewer, "resumed")


def preferences() -> None:
    """The page of the keys in napari's Preferences."""
    with window() as viewer:
        file = viewer.window.file_menu
        file.aboutToShow.emit()
        [action] = [each for each in file.actions() if each.text() == "Preferences"]
        action.trigger()
        shown = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
        [dialog] = [each for each in shown if each.windowTitle() == "Preferences"]
        [pages] = dialog.findChildren(QListWidget, "Preferences")
        titles = [pages.item(row).text() for row in range(pages.count())]
        pages.setCurrentRow(titles.index(PAGE))
        QTest.qWait(2 * CALM)
        save(pixels_of(dialog), "preferences")
        dialog.reject()


def pixels_of(widget: QWidget) -> Picture:
    """Return a picture of a Qt widget."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    size = image.height(), image.width(), 4
    return np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8).reshape(size)
