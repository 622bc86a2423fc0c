"""The shortest way from known weights and own images to better weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from napari_faseg.datasets import Pictures
from napari_faseg.models import load_model
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.fitting import Report
from napari_faseg.training.pool import refuse_no_pictures
from napari_faseg.training.processes import new_fabric
from napari_faseg.training.run import TrainingRun


def fine_tune(
    name_or_path: str | Path,
    pictures: Pictures,
    config: TrainConfig,
    output: str | Path,
    *,
    device: str = "cpu",
) -> Iterator[Report]:
    """Train known weights further on own images, and write the best of them.

    Parameters
    ----------
    name_or_path
        Weights to begin with: a name, or a file.
    pictures
        Images with labels; a fifth of the images is held out.
    config
        How to train.
    output
        Weights to write.
    device
        ``"auto"``, or a name that torch knows.

    Yields
    ------
    Report
        After every step. Abandoning the generator interrupts the run.

    Raises
    ------
    TypeError
        If the pictures or the configuration are something else.
    ValueError, OSError
        See `TrainingRun`.
    """
    refuse_no_pictures(pictures)
    fabric = new_fabric(device)
    run = TrainingRun(load_model(name_or_path), pictures, config, Path(output), fabric=fabric)
    yield from run.reports()
