"""A training run with its files: what is kept, what is best, and what is said about it."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from lightning_fabric import Fabric

from napari_faseg._durable import replace_file
from napari_faseg.datasets import Pictures, PictureSubset, split_pictures
from napari_faseg.evaluation.interrupts import interrupts_held_back
from napari_faseg.interaction import Predictor
from napari_faseg.models import FASegNet, read_card, save_model
from napari_faseg.training.checkpoint import refuse_other_run
from napari_faseg.training.choices import SourceKind
from napari_faseg.training.config import TrainConfig, refuse_no_config
from napari_faseg.training.files import RunFiles, RunHold
from napari_faseg.training.fitting import Report, fit, refuse_untrainable
from napari_faseg.training.history import Row, as_csv, draw, from_csv
from napari_faseg.training.holding_out import with_objects_held_out, without_broken
from napari_faseg.training.pool import OnBroken, Pool, Source, refuse_no_pictures
from napari_faseg.training.processes import new_fabric
from napari_faseg.training.scores import Guard, Scores, measure, unguarded

MOST_HELD_OUT = 50  # objects that are clicked on, so that it takes a minute and not an hour


class TrainingRun:
    """Trains on some images of a data set and measures on the others.

    Parameters
    ----------
    model
        Network to begin with; trained in place.
    pictures
        Images with labels.
    config
        How to train.
    output
        Weights to write at the end.
    kind
        What the labels mean, see `Source`.
    share_held_out
        Share of the images that nothing is learned from.
    resume
        Go on where an interrupted run of the same output ended.
    fabric, workers, guard
        See `fit`; of several processes the first alone writes.
    on_broken
        Is told which images cannot be read; they are left out. Without it the error is raised.

    Attributes
    ----------
    before
        Scores of the network that the run begins with.
    best
        Best scores so far; None before the first.
    n_small_objects
        Objects to learn from that are smaller than a cell of the network's grid, 4 x 4 pixels:
        hardly anything is learned from them. Known once the run has begun.

    Raises
    ------
    FileExistsError
        If the output is there already, an interrupted run that is not to be resumed, or a file
        beside the output that the run would overwrite.
    ValueError, FileNotFoundError
        If the network is a copy for inference, the output or the images are not as they should be,
        or another run has this output.
    TypeError
        If the network, the images or the configuration are something else.
    """

    def __init__(
        self,
        model: FASegNet,
        pictures: Pictures,
        config: TrainConfig,
        output: Path,
        *,
        kind: SourceKind = "instances",
        share_held_out: float = 0.2,
        resume: bool = False,
        fabric: Fabric | None = None,
        workers: int = 1,
        on_broken: OnBroken | None = None,
        guard: Guard = unguarded,
    ) -> None:
        refuse_untrainable(model)
        refuse_no_pictures(pictures)
        refuse_no_config(config)
        self.files = RunFiles(output)
        self._model, self._config, self._resume = model, config, resume
        self._fabric, self._workers, self._guard = fabric or new_fabric(), workers, guard
        self._kind, self._on_broken = kind, on_broken
        self._learned, held_out = split_pictures(
            pictures, share_held_out, config.seed, MOST_HELD_OUT
        )
        self._held_out = without_broken(held_out, on_broken)
        self._about = {"learned from": _about(self._learned), "held out": _about(self._held_out)}
        self.best: Scores | None = None
        self.n_small_objects = 0
        self._rows: list[Row] = []
        self._hold = RunHold(self.files, is_needed=self.is_told_here)
        weakref.finalize(self, self._hold.release)  # where it is abandoned before its first step
        self._hold.take()
        try:
            self.before = self._begin()
        except BaseException:
            self._hold.release()
            raise

    @property
    def is_told_here(self) -> bool:
        """Whether this process is the one of several that writes, and should speak."""
        return bool(self._fabric.is_global_zero)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The steps so far."""
        return tuple(self._rows)

    def reports(self) -> Generator[Report, None, None]:
        """Train, and yield a report after every step; the weights are written after the last.

        Abandoning the generator interrupts the run, and so does Ctrl+C; it can be resumed.
        `finish` ends it with the best weights so far.
        """
        with self._hold, tempfile.TemporaryDirectory() as folder:
            pool = Pool([Source(self._learned, self._kind)], Path(folder), self._on_broken)
            self.n_small_objects = pool.n_small_objects
            with closing(self._fit(pool, Path(folder))) as reports:
                try:
                    for report in reports:
                        self._take(report)
                        yield report
                except (GeneratorExit, KeyboardInterrupt):
                    if self._rows:
                        with interrupts_held_back():
                            self._write_course()
                    raise
            self.finish()

    def finish(self) -> None:
        """Make the best weights so far the result, and remove what only the run needed.

        Raises
        ------
        RuntimeError
            If nothing has been measured yet.
        FileExistsError
            If somebody has put a file in the place of the result since the run began; it stays.
        """
        if not self.is_told_here:
            return
        with self._hold, interrupts_held_back():
            if not self.files.best.exists():
                raise RuntimeError("there is nothing to keep yet: the run has measured nothing")
            self._write_course()
            self.files.put_result()
            self.files.checkpoint.unlink(missing_ok=True)

    def close(self) -> None:
        """End the run where it is: with the best weights so far, or without a trace.

        A run that was resumed, and has measured nothing yet, stays as it is.
        """
        if self.files.best.exists():
            self.finish()
        elif not (self._resume or self.files.output.exists()):
            with self._hold:
                for left in (self.files.checkpoint, self.files.table, self.files.picture):
                    left.unlink(missing_ok=True)

    def _begin(self) -> Scores:
        self.files.refuse_to_overwrite(resume=self._resume)
        if self._resume and self.files.checkpoint.exists():
            refuse_other_run(self.files.checkpoint, self._model, self._config)
            self._recall()
        self._learned, self._held_out = with_objects_held_out(
            self._learned, self._held_out, self._on_broken
        )
        return measure(self._model, self._held_out, self._fabric, self._measuring)

    def _fit(self, pool: Pool, folder: Path) -> Generator[Report, None, None]:
        return fit(
            self._model,
            pool,
            self._config,
            fabric=self._fabric,
            workers=self._workers,
            held_out=self._held_out,
            guard=self._measuring,
            folder=folder,
            checkpoint=self.files.checkpoint,
            resume=self._resume,
        )

    def _measuring(self, predictor: Predictor) -> Predictor:
        """Write the steps so far before a measurement: a run that is killed in it keeps them."""
        if self._rows:
            self._write_table()
        return self._guard(predictor)

    def _take(self, report: Report) -> None:
        while self._rows and self._rows[-1].step >= report.step:  # steps that are done once more
            self._rows.pop()
        self._rows.append(Row.of(report))
        if report.scores is None:
            if report.step % self._config.checkpoint_every == 0:
                self._write_table()
            return
        self._write_course()
        if self.best is None or report.scores.noc90 <= self.best.noc90:
            self.best = report.scores
            if self.is_told_here:
                save_model(report.average, self.files.best, card=self._card(report))

    def _recall(self) -> None:
        """Take over what an interrupted run has left."""
        files = self.files
        path = files.table
        try:
            if files.table.exists():
                self._rows = from_csv(files.table.read_text(encoding="utf-8"))
            path = files.best
            if files.best.exists():
                self.best = Scores(**read_card(files.best)["scores"])  # type: ignore[arg-type]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"expected what the run of {files.checkpoint} has left, got another file in the "
                f"place of {path}: move it away"
            ) from error

    def _write_course(self) -> None:
        self._write_table()
        if self.is_told_here:
            figure = draw(self._rows, before=self.before.noc90)
            replace_file(self.files.picture, lambda part: figure.savefig(part, dpi=150))

    def _write_table(self) -> None:
        if self.is_told_here:
            text = as_csv(self._rows)
            replace_file(self.files.table, lambda part: part.write_text(text, encoding="utf-8"))

    def _card(self, report: Report) -> dict[str, object]:
        return {
            "config": self._config.to_dict(),
            "data": self._about,
            "scores before": asdict(self.before),
            "scores": asdict(report.scores) if report.scores else None,
            "steps": report.step,
            "hours": round(report.seconds / 3600, 3),
            "skipped steps": report.n_skipped,
            "objects smaller than a cell": self.n_small_objects,
            "versions": {name: version(name) for name in ("napari-faseg", "torch")},
        }


def _about(subset: PictureSubset) -> dict[str, object]:
    return {
        "name": subset.name,
        "images": subset.n_pictures,
        "fingerprint": subset.fingerprint.split()[0],
    }
