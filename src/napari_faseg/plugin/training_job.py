"""A training run beside the window: an event for each step, and it can be stopped at any click."""

import math
import time
from collections.abc import Generator
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event

from napari_faseg.datasets import Pictures
from napari_faseg.models import load_model
from napari_faseg.plugin.learned import Learned
from napari_faseg.plugin.picture import Picture, new_figure, rendered
from napari_faseg.plugin.stopping import StoppablePredictor, Stopped
from napari_faseg.plugin.training_form import annotated
from napari_faseg.training import Scores, TrainConfig, TrainingRun
from napari_faseg.training.history import Row, draw
from napari_faseg.training.processes import new_fabric

REDRAWN = 2.0  # seconds after which the curve is drawn again


def trained(
    pictures: Pictures, start: str, config: TrainConfig, output: Path, stop: Event
) -> Generator[Learned, None, None]:
    """Train known weights further and write the best; yield after every step.

    Parameters
    ----------
    pictures : Pictures
        Images with labels; a fifth of the images is held out. Of layers, planes without objects
        are left out.
    start : str
        Name of the weights to begin with.
    config : TrainConfig
        How to train.
    output : Path
        Weights to write.
    stop : threading.Event
        Ends it after the step or the click that is being done; the best so far are written, where
        anything has been measured.

    Raises
    ------
    ValueError
        If the images cannot be trained on.
    """
    guard = partial(StoppablePredictor, stop=stop)
    fabric = new_fabric("auto")
    with suppress(Stopped):
        chosen = annotated(pictures)
        run = TrainingRun(load_model(start), chosen, config, output, fabric=fabric, guard=guard)
        curves = _Curves(run.before)
        yield Learned(0.0, (), run.before, None)
        try:
            for report in run.reports():
                curve = curves.due(run.rows)
                yield Learned(report.progress, run.rows, run.before, run.best, curve)
                if stop.is_set():
                    break
        finally:
            run.close()
        curve = curves.drawn(run.rows) if run.rows else None
        yield Learned(1.0, run.rows, run.before, run.best, curve)


class _Curves:
    """Draws the course of a run, not more often than anybody looks."""

    def __init__(self, before: Scores) -> None:
        self._before = before
        self._last = -math.inf

    def due(self, rows: tuple[Row, ...]) -> Picture | None:
        """Return a picture, or None where the last one is new enough."""
        return self.drawn(rows) if time.monotonic() - self._last > REDRAWN else None

    def drawn(self, rows: tuple[Row, ...]) -> Picture:
        """Return a picture of the rows."""
        self._last = time.monotonic()
        return rendered(draw(rows, new_figure(), before=self._before.noc90))
