"""Take the picture of training: `xvfb-run -a python -m docs.screenshots.take_training`.

The objects are the coins of scikit-image's sample in six pieces of the photograph, found by a
threshold. Prints how long the window was blocked at most while the network learned.
"""

import time
from pathlib import Path

import napari
import numpy as np
import skimage.data
from qtpy.QtCore import QTimer
from qtpy.QtTest import QTest

from docs.screenshots.take_evaluation import coins_of
from docs.screenshots.take_screenshots import WINDOW_SIZE, press
from tests.plugin.real_window import wait_until

PICTURE = Path(__file__).parents[1] / "images" / "training.png"
PIECES = (3, 2)
TICK = 10  # milliseconds
N_STEPS = 12  # after which the picture is taken


def main() -> None:
    """Open the window, train for some steps, save what is seen, and stop."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(WINDOW_SIZE[0], WINDOW_SIZE[1] + 150)
    image = skimage.data.coins()
    viewer.add_image(pieces(image), name="coins")
    viewer.add_labels(pieces(coins_of(image)), name="coins: objects", opacity=0.3)
    dock, widget = viewer.window.add_plugin_dock_widget("napari-faseg", "Train on own images")
    widget._name.value = "coins"
    QTest.qWait(1000)  # the new dock is laid out and painted
    stalls: list[float] = []
    timer = watched(stalls)
    press(dock, "Train")
    wait_until(lambda: f"Step {N_STEPS}" in widget._status.value)
    timer.stop()
    print(f"longest stall {1000 * max(stalls):.0f} ms over {len(stalls)} ticks")
    viewer.reset_view()
    QTest.qWait(300)
    viewer.screenshot(path=str(PICTURE), canvas_only=False, flash=False)
    print(PICTURE)
    press(dock, "Stop")
    wait_until(lambda: widget._job is None)
    viewer.close()


def pieces(array: np.ndarray) -> np.ndarray:
    """Cut an (h, w) array into a stack of equal pieces, row by row."""
    rows, columns = PIECES
    h, w = array.shape[0] // rows, array.shape[1] // columns
    return np.stack(
        [
            array[i * h : (i + 1) * h, j * w : (j + 1) * w]
            for i in range(rows)
            for j in range(columns)
        ]
    )


def watched(stalls: list[float]) -> QTimer:
    """Return a running timer that notes how late each of its ticks is, in seconds."""
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        stalls.append(now - last[0] - TICK / 1000)
        last[0] = now

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(TICK)
    return timer


if __name__ == "__main__":
    main()
