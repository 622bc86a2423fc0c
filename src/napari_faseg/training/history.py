"""The course of a run: a row for each step, as a table and as a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from napari_faseg.training.fitting import Report

SMOOTHED = 20  # steps that a point of the drawn loss is the mean of


@dataclass(frozen=True)
class Row:
    """One step; the numbers of the held-out objects are None where they were not measured."""

    step: int
    seconds: float
    loss: float
    iou: float
    learning_rate: float
    n_skipped: int
    noc85: float | None = None
    noc90: float | None = None

    @classmethod
    def of(cls, report: Report) -> Row:
        """Take the numbers out of a report."""
        scores = report.scores
        return cls(
            step=report.step,
            seconds=round(report.seconds, 2),
            loss=report.loss,
            iou=report.iou,
            learning_rate=report.learning_rates[-1],
            n_skipped=report.n_skipped,
            noc85=scores.noc85 if scores else None,
            noc90=scores.noc90 if scores else None,
        )


NAMES = [field.name for field in fields(Row)]


def as_csv(rows: Sequence[Row]) -> str:
    """Return comma separated values with a line for each step, empty where not measured."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(NAMES)
    for row in rows:
        values = [getattr(row, name) for name in NAMES]
        table.writerow(["" if value is None else value for value in values])
    return stream.getvalue()


def from_csv(text: str) -> list[Row]:
    """Return the rows of `as_csv`.

    Raises
    ------
    ValueError
        If it is something else.
    """
    try:
        lines = csv.DictReader(io.StringIO(text))
        if lines.fieldnames != NAMES:
            raise ValueError(f"the columns {lines.fieldnames}")
        return [_row(line) for line in lines]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"expected the course of a training run, got {error!r}") from error


def draw(
    rows: Sequence[Row], figure: Figure | None = None, *, before: float | None = None
) -> Figure:
    """Draw the loss against the steps and, where it was measured, the clicks that it takes.

    Each axis has the colour of its curve.

    Parameters
    ----------
    rows
        The steps.
    figure
        Is emptied and drawn into; without one a figure is made.
    before
        Clicks that it took before the first step; not drawn unless given.
    """
    figure = figure or Figure(figsize=(6, 4), layout="constrained")
    figure.clear()
    axes = figure.subplots()
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel(f"loss, mean of {SMOOTHED} steps", color="C0")
    steps = [row.step for row in rows]
    axes.plot(steps, _smoothed([row.loss for row in rows]), color="C0")
    measured = [(row.step, row.noc90) for row in rows if row.noc90 is not None]
    if before is not None:
        measured.insert(0, (0, before))
    if measured:
        clicks = axes.twinx()
        clicks.set_ylabel("clicks to an overlap of 0.90", color="C1")
        clicks.plot(*zip(*measured, strict=True), color="C1", marker="o")
    return figure


def _row(line: dict[str, str]) -> Row:
    return Row(
        step=int(line["step"]),
        seconds=float(line["seconds"]),
        loss=float(line["loss"]),
        iou=float(line["iou"]),
        learning_rate=float(line["learning_rate"]),
        n_skipped=int(line["n_skipped"]),
        noc85=float(line["noc85"]) if line["noc85"] else None,
        noc90=float(line["noc90"]) if line["noc90"] else None,
    )


def _smoothed(values: Sequence[float]) -> list[float]:
    windows = (values[max(0, i + 1 - SMOOTHED) : i + 1] for i in range(len(values)))
    return [sum(window) / len(window) for window in windows]
