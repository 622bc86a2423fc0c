"""The course of a run for TensorBoard, where that is installed."""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from napari_faseg import training
from napari_faseg._interrupts import interrupts_wait


class Board:
    """Writes what `tensorboard --logdir FOLDER` shows; without TensorBoard it writes nothing.

    Parameters
    ----------
    folder
        Is made when the first report comes. The steps of an interrupted run that are done once
        more take the place of those before.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer: Any = None
        try:
            self._module: Any = import_module("torch.utils.tensorboard")
        except ImportError:
            self._module = None

    @property
    def is_there(self) -> bool:
        """Whether anything is written."""
        return self._module is not None

    def add(self, report: training.Report) -> None:
        """Write the numbers of a step.

        Ctrl+C comes afterwards: in the middle of it TensorBoard's queue would stay locked, and
        `close` would wait for its thread for ever.
        """
        if not self.is_there:
            return
        with interrupts_wait():
            if self._writer is None:
                self._writer = self._module.SummaryWriter(str(self.folder), purge_step=report.step)
            for name, value in _numbers(report).items():
                self._writer.add_scalar(name, value, report.step)

    def close(self) -> None:
        """Put everything on the disk; Ctrl+C comes afterwards."""
        if self._writer is not None:
            with interrupts_wait():
                self._writer.close()


def _numbers(report: training.Report) -> dict[str, float]:
    found = {f"loss/{name}".replace(" ", "_"): value for name, value in report.losses.items()}
    found |= {"loss": report.loss, "IoU": report.iou, "images_per_second": report.images_per_second}
    found |= {f"learning_rate/{i}": rate for i, rate in enumerate(report.learning_rates)}
    scores = {} if report.scores is None else asdict(report.scores)
    return found | {f"held_out/{name}": value for name, value in scores.items()}
