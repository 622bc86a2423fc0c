"""The window of `faseg demo`: the photograph, its objects and clicks, and the widget to go on.

A program of its own, `python -m napari_faseg.plugin.demo_window`: the command line starts it by
name, because only this room may know napari.
"""

import napari
import numpy as np
from napari.components import ViewerModel

from napari_faseg.demo import Demo, segment_demo
from napari_faseg.interaction import NetPredictor

PLUGIN, WIDGET = "napari-faseg", "Segment by clicks"
POSITIVE, NEGATIVE = "#00aa46", "#dc1428"


def show(viewer: ViewerModel, demo: Demo) -> None:
    """Add the photograph, the labels and the clicks to a viewer, in this order.

    The points have the features `label` and `positive`.
    """
    numbered = [(label, c) for label, clicks in enumerate(demo.clicks, start=1) for c in clicks]
    viewer.add_image(demo.image, name="photograph", rgb=demo.image.ndim == 3)
    viewer.add_labels(demo.labels, name="objects")
    viewer.add_points(
        np.array([(click.y, click.x) for _, click in numbered]),
        name="clicks",
        features={
            "label": [label for label, _ in numbered],
            "positive": [click.positive for _, click in numbered],
        },
        face_color=[POSITIVE if click.positive else NEGATIVE for _, click in numbered],
        border_color="white",
        size=10,
    )


def main() -> None:
    """Open the window and return when it is closed."""
    viewer = napari.Viewer(title="napari-faseg: demonstration")
    show(viewer, segment_demo(NetPredictor.from_weights()))
    viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    napari.run()


if __name__ == "__main__":
    main()
