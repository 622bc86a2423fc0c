"""A folder that is opened from a menu, without a question which reader is meant."""

import napari
from napari.utils.notifications import show_warning
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_faseg.plugin.readers import get_reader
from napari_faseg.plugin.shortcuts import PLUGIN

TITLE = "Open a recorded session or a data set"


def open_folder(viewer: "napari.viewer.Viewer") -> None:
    """Let a person choose the folder of a recorded session or of a data set, and open it.

    Parameters
    ----------
    viewer : napari.Viewer
        Where the layers come up.
    """
    folder = QFileDialog.getExistingDirectory(QApplication.activeWindow(), TITLE)
    if not folder:
        return
    if get_reader(folder) is None:
        show_warning(f"expected the folder of a session or of a data set, got {folder}")
        return
    try:
        viewer.open(folder, plugin=PLUGIN)
    except (OSError, ValueError) as error:
        show_warning(str(error))
