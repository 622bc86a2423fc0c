"""The place in a dock widget that figures are drawn on."""

from typing import Any

from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure

INCHES = (3.6, 2.4)  # what it asks for; it grows with the dock
MIN_HEIGHT = 220  # pixels


def new_canvas() -> Any:
    """Return a Qt widget with an empty figure."""
    canvas: Any = FigureCanvasQTAgg(Figure(figsize=INCHES, layout="constrained"))  # type: ignore[no-untyped-call]
    canvas.setMinimumHeight(MIN_HEIGHT)
    return canvas
