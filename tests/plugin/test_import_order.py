"""napari imports the widget when its window is open already: that must not end the process."""

import subprocess
import sys

import pytest

OPEN_THEN_IMPORT = """
import napari
from qtpy.QtWidgets import QApplication

viewer = napari.Viewer(show=True)
QApplication.processEvents()
import napari_faseg.plugin.segment_widget
from napari_faseg.interaction.sparing import SparingPredictor  # brings torch
viewer.close()
"""


@pytest.mark.window
def test_the_widget_can_be_imported_after_the_window_was_opened():
    attempt = subprocess.run(
        [sys.executable, "-c", OPEN_THEN_IMPORT],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert attempt.returncode == 0, attempt.stderr[-2000:]


def test_a_process_that_used_the_plugin_does_not_look_through_all_objects_at_its_end():
    script = (
        "import atexit, gc;"
        "atexit.register(lambda: print(gc.get_freeze_count() > 1000));"
        "import napari_faseg.plugin"
    )
    command = [sys.executable, "-c", script]
    fresh = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (fresh.returncode, fresh.stdout.strip()) == (0, "True")
