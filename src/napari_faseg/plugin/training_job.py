"""A training run beside the window: an event for each step, and it can be stopped at any click."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

from napari_faseg.datasets import Pictures
from napari_faseg.interaction.tensors import choose_device
from napari_faseg.models import load_model
from napari_faseg.plugin.stopping import StoppablePredictor, Stopped
from napari_faseg.training import TrainConfig, TrainingRun
from napari_faseg.training.history import Row
from napari_faseg.training.processes import new_fabric
from napari_faseg.training.scores import Scores


@dataclass(frozen=True)
class Learned:
    """How far a run is.

    Attributes
    ----------
    share
        Of the run that is over, in [0, 1].
    rows
        The steps so far.
    before
        Scores on the held-out objects before the first step.
    best
        Best scores so far; None before the first.
    """

    share: float
    rows: tuple[Row, ...]
    before: Scores
    best: Scores | None


def trained(
    pictures: Pictures, start: str, config: TrainConfig, output: Path, stop: Event
) -> Iterator[Learned]:
    """Train known weights further and write the best; yield after every step.

    Parameters
    ----------
    pictures : Pictures
        Images with labels; a fifth of the images is held out.
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
    fabric = new_fabric(str(choose_device("auto")))
    with suppress(Stopped):
        run = TrainingRun(load_model(start), pictures, config, output, fabric=fabric, guard=guard)
        yield Learned(0.0, (), run.before, None)
        try:
            for report in run.reports():
                yield Learned(report.progress, run.rows, run.before, run.best)
                if stop.is_set():
                    break
        finally:
            run.close()
        yield Learned(1.0, run.rows, run.before, run.best)
