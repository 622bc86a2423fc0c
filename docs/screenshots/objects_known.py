"""Pictures of what is done with objects that are known: counting clicks, and training."""

import numpy as np
from numpy.typing import NDArray
from qtpy.QtTest import QTest
from skimage import data, filters, measure, morphology

from docs.screenshots.window import CALM, LEFT, PLUGIN, SIZE, press, save_window, window
from tests.plugin.real_window import wait_until

HEIGHT = SIZE[1] + 50
METHODS = ["default", "graph_cut"]
PIECES = (3, 2)
N_STEPS = 12  # after which the picture of training is taken
LONG = 600  # seconds for an evaluation or some training on a slow machine


def evaluation() -> None:
    """Two methods compared on the coins, and an object replayed."""
    with window(HEIGHT) as viewer:
        viewer.add_image(data.coins(), name="coins")
        viewer.add_labels(coins_of(data.coins()), name="coins: objects").contour = 2
        dock, widget = viewer.window.add_plugin_dock_widget(
            PLUGIN, "Count the clicks that objects need"
        )
        widget._methods.value = METHODS
        press(dock, "Evaluate")
        wait_until(lambda: METHODS[-1] in widget._status.value, LONG)
        table = widget._table
        table.sortItems(2)
        cell = table.visualItemRect(table.item(0, 1))
        QTest.mouseClick(table.viewport(), LEFT, pos=cell.center())
        wait_until(lambda: "replay: clicks" in viewer.layers)
        viewer.reset_view()
        save_window(viewer, "evaluation")


def training() -> None:
    """Some steps of training on six pieces of the photograph of the coins."""
    with window(HEIGHT) as viewer:
        viewer.add_image(pieces(data.coins()), name="coins")
        viewer.add_labels(pieces(coins_of(data.coins())), name="coins: objects", opacity=0.3)
        dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Train on own images")
        widget._name.value = "coins"
        QTest.qWait(2 * CALM)
        press(dock, "Train")
        wait_until(lambda: f"Step {N_STEPS}" in widget._status.value, LONG)
        viewer.reset_view()
        save_window(viewer, "training")
        press(dock, "Stop")
        wait_until(lambda: widget._job is None)


def coins_of(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return labels of the coins that do not touch the border, (h, w) int32."""
    bright = morphology.closing(image > filters.threshold_otsu(image), morphology.disk(3))
    labels = measure.label(morphology.opening(bright, morphology.disk(3)))
    whole = [r.label for r in measure.regionprops(labels) if r.area > 500 and min(r.bbox[:2]) > 0]
    return np.where(np.isin(labels, whole), labels, 0).astype(np.int32)


def pieces(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Cut an (h, w) array into a stack of equal pieces, row by row."""
    rows, columns = PIECES
    h, w = array.shape[0] // rows, array.shape[1] // columns
    places = [(i * h, j * w) for i in range(rows) for j in range(columns)]
    return np.stack([array[top : top + h, left : left + w] for top, left in places])
