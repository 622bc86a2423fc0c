"""Take the picture of the evaluation: `xvfb-run -a python -m docs.screenshots.take_evaluation`.

The objects are the coins of scikit-image's sample, found by a threshold; two methods click on them.
"""

from pathlib import Path

import napari
import numpy as np
import skimage.data
from numpy.typing import NDArray
from qtpy.QtTest import QTest
from skimage import filters, measure, morphology

from docs.screenshots.take_screenshots import LEFT, WINDOW_SIZE, press
from tests.plugin.real_window import wait_until

PICTURE = Path(__file__).parents[1] / "images" / "evaluation.png"
METHODS = ["default", "graph_cut"]


def main() -> None:
    """Open the window, evaluate two methods, replay an object and save what is seen."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(WINDOW_SIZE[0], WINDOW_SIZE[1] + 150)
    image = skimage.data.coins()
    viewer.add_image(image, name="coins")
    viewer.add_labels(coins_of(image), name="coins: objects", opacity=0.3)
    dock, widget = viewer.window.add_plugin_dock_widget(
        "napari-faseg", "Count the clicks that objects need"
    )
    widget._methods.value = METHODS
    press(dock, "Evaluate")
    wait_until(lambda: "graph_cut" in widget._status.value)
    table = widget._table
    table.sortItems(2)
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualItemRect(table.item(0, 1)).center())
    wait_until(lambda: "replay: clicks" in viewer.layers)
    viewer.reset_view()
    QTest.qWait(500)
    viewer.screenshot(path=str(PICTURE), canvas_only=False, flash=False)
    print(PICTURE)
    viewer.close()


def coins_of(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return labels of the coins that do not touch the border, (h, w) int32."""
    bright = morphology.closing(image > filters.threshold_otsu(image), morphology.disk(3))
    labels = measure.label(morphology.opening(bright, morphology.disk(3)))
    whole = [r.label for r in measure.regionprops(labels) if r.area > 500 and min(r.bbox[:2]) > 0]
    return np.where(np.isin(labels, whole), labels, 0).astype(np.int32)


if __name__ == "__main__":
    main()
