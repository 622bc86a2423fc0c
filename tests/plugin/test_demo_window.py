"""The window of `faseg demo` shows what was segmented, from what clicks."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg import Click
from napari_faseg.demo import Demo
from napari_faseg.plugin import demo_window

IMAGE = np.zeros((20, 30, 3), dtype=np.uint8)
LABELS = np.zeros((20, 30), dtype=np.int32)
LABELS[5:10, 5:10], LABELS[12:18, 12:18] = 1, 2
CLICKS = ((Click(7, 7),), (Click(15, 15), Click(2, 2, positive=False)))
DEMO = Demo(IMAGE, LABELS, CLICKS)


def test_image_objects_and_clicks_lie_on_each_other():
    viewer = ViewerModel()
    demo_window.show(viewer, DEMO)
    image, labels, points = viewer.layers
    np.testing.assert_array_equal(image.data, IMAGE)
    np.testing.assert_array_equal(labels.data, LABELS)
    np.testing.assert_array_equal(points.data, [(7, 7), (15, 15), (2, 2)])
    assert list(points.features["label"]) == [1, 2, 2]
    assert list(points.features["positive"]) == [True, True, False]


@pytest.mark.window
def test_the_window_opens_with_the_widget_to_go_on(monkeypatch, make_napari_viewer):
    viewer = make_napari_viewer()
    monkeypatch.setattr(demo_window.napari, "Viewer", lambda title: viewer)
    monkeypatch.setattr(demo_window.napari, "run", lambda: None)
    monkeypatch.setattr(demo_window, "NetPredictor", FakeWeights)
    monkeypatch.setattr(demo_window, "segment_demo", lambda predictor: DEMO)
    demo_window.main()
    assert [layer.name for layer in viewer.layers] == ["photograph", "objects", "clicks"]
    assert list(viewer.window.dock_widgets) != []


class FakeWeights:
    """Weights that take no time to load."""

    @classmethod
    def from_weights(cls):
        return cls()
