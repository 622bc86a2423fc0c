"""Layers go one after the other: in a process of its own, which the mistake would end."""

import subprocess
import sys

import pytest

pytest.importorskip("qtpy.QtCore")

pytestmark = pytest.mark.window
ROUNDS = """
import sys, time
import napari, numpy as np
from qtpy.QtWidgets import QApplication
from napari_faseg.plugin.evaluate_widget import EvaluateWidget
from napari_faseg.plugin.segment_widget import SegmentWidget

def draw(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.instance().processEvents()
        time.sleep(0.005)

viewer = napari.Viewer()
viewer.add_image(np.zeros((200, 200), np.uint8))
widget = {"segment": SegmentWidget, "evaluate": EvaluateWidget}[sys.argv[1]](viewer)
viewer.window.add_dock_widget(widget)
for _ in range(3):
    layers = [viewer.add_labels(np.zeros((200, 200), np.int32))]
    layers += [viewer.add_points(ndim=2), viewer.add_points(ndim=2)]
    draw(0.3)
    for layer in layers:
        viewer.layers.remove(layer)
    draw(0.3)
print("all rounds")
viewer.close()
"""


@pytest.mark.parametrize("dock", ["segment", "evaluate"])
def test_layers_of_several_kinds_can_be_taken_out_and_added_again(dock):
    ended = subprocess.run(
        [sys.executable, "-c", ROUNDS, dock],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "all rounds" in ended.stdout, ended.stderr[-2000:]
    assert ended.returncode == 0
