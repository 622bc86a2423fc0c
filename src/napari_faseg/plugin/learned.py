"""What a training run tells the window after each of its steps."""

from __future__ import annotations

from dataclasses import dataclass

from napari_faseg import training
from napari_faseg.plugin.picture import Picture


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
    curve
        Picture of the rows, now and then; else None.
    """

    share: float
    rows: tuple[training.Row, ...]
    before: training.Scores
    best: training.Scores | None
    curve: Picture | None = None
