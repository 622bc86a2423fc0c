"""How the course of a training run is shown in a terminal, and what it was worth."""

from __future__ import annotations

from contextlib import closing

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from napari_faseg import training
from napari_faseg._words import counted
from napari_faseg.training.board import Board


def follow(run: training.TrainingRun, console: Console) -> None:
    """Train, and show on a console how far that is and what was measured."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    console.quiet = not run.is_told_here
    with (
        Progress(*columns, console=console) as bars,
        closing(Board(run.files.board)) as board,
        closing(run.reports()) as reports,
    ):
        bar = bars.add_task("learning", total=1.0)
        for report in reports:
            bars.update(bar, completed=report.progress, description=_told(report))
            if run.is_told_here:
                board.add(report)
            if report.scores is not None:
                clicks = f"{report.scores.noc90:.2f} clicks to 0.90"
                bars.console.print(f"step {report.step}: {clicks}, before {run.before.noc90:.2f}")


def _told(report: training.Report) -> str:
    skipped = f", {report.n_skipped} skipped" if report.n_skipped else ""
    return f"step {report.step}: loss {report.loss:.3f}, IoU {report.iou:.3f}{skipped}"


def compared(before: training.Scores, after: training.Scores | None) -> Table:
    """Return a table of scores on the held-out objects, before and after training."""
    table = Table("held-out objects", "before", "after", title=counted(before.n_objects, "object"))
    rows = {"NoC@85": "noc85", "NoC@90": "noc90", "IoU@1": "iou1", "IoU@3": "iou3", "IoU@5": "iou5"}
    for head, name in rows.items():
        values = (f"{getattr(scores, name):.3f}" if scores else "-" for scores in (before, after))
        table.add_row(head, *values)
    return table
