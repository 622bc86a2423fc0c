"""The training loop: one encoder pass carries a whole sequence of clicks."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lightning_fabric import Fabric

from napari_faseg.datasets import Dataset
from napari_faseg.evaluation.interrupts import interrupts_held_back
from napari_faseg.models import FASegNet
from napari_faseg.training.checkpoint import (
    LastStep,
    Parts,
    Progress,
    load_checkpoint,
    save_checkpoint,
    weights_fingerprint,
)
from napari_faseg.training.config import TrainConfig, refuse_no_config
from napari_faseg.training.encoded import Encoded, encoded_batches
from napari_faseg.training.learner import Learner, new_parts
from napari_faseg.training.pool import Pool
from napari_faseg.training.processes import new_fabric
from napari_faseg.training.scores import Guard, Scores, measure, unguarded

Measure = Callable[[FASegNet], Scores]


@dataclass(frozen=True)
class Report:
    """State of a run after one step.

    Attributes
    ----------
    step
        Steps done.
    loss
        Sum of the losses of this step.
    losses
        What it is made of, by name.
    iou
        Mean soft overlap after the last click of this step, in [0, 1].
    n_clicks
        Clicks unrolled in this step.
    learning_rates
        Of each group of parameters in this step, the encoder's first where it learns.
    images_per_second
        In this step.
    n_skipped
        Steps so far that changed nothing because their loss was not finite.
    seconds
        Since the start of the run, pauses between its parts left out.
    progress
        Share of the run that is over, in [0, 1].
    scores
        Of the moving average on what was held out, in the steps that measure it.
    average
        Network with the moving average of the weights, in evaluation mode.
    """

    step: int
    loss: float
    losses: Mapping[str, float]
    iou: float
    n_clicks: int
    learning_rates: tuple[float, ...]
    images_per_second: float
    n_skipped: int
    seconds: float
    progress: float
    scores: Scores | None
    average: FASegNet


def fit(
    model: FASegNet,
    pool: Pool,
    config: TrainConfig,
    *,
    fabric: Fabric | None = None,
    workers: int = 1,
    held_out: Dataset | None = None,
    guard: Guard = unguarded,
    folder: Path | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Generator[Report, None, None]:
    """Train ``model`` in place on scenes drawn from ``pool``.

    On one machine a run is a function of its configuration and its data: the same losses to the
    last bit, also where it was interrupted and resumed, unless a limit in minutes ends it. Several
    processes learn together as one with a batch so many times as large, where no batch norm and no
    dropout tells them apart.

    Parameters
    ----------
    model
        Network to train.
    pool
        Photos to draw scenes from.
    config
        How to train.
    fabric
        Where and how precisely it computes, and with which processes, see `new_fabric`; None: in
        this process alone, on the CPU.
    workers
        Processes that prepare batches; 0 for none.
    held_out
        Objects that are clicked on every ``config.validate_every`` steps and at the end; the time
        that this takes counts for no limit.
    guard
        Is put between the robot that clicks on them and the predictor.
    folder
        Where the answers of a frozen host are kept, see ``config.distinct_batches``; without it
        they are computed again.
    checkpoint
        File that keeps the run every ``config.checkpoint_every`` steps, before it measures, and
        when it ends, is abandoned, or is interrupted with Ctrl+C.
    resume
        Go on where the checkpoint ends; without one, begin. A step that was interrupted before
        its report, or with scores that nobody came back after, is reported once more.

    Yields
    ------
    Report
        After every step. Abandoning the generator interrupts the run.

    Raises
    ------
    FileExistsError
        If there is a checkpoint and the run is not to be resumed.
    ValueError
        If the network is a copy for inference, or the checkpoint damaged or of another run.
    TypeError
        If the network, the pool or the configuration is something else.
    RuntimeError
        If the loss is not finite for many steps in a row.
    """
    refuse_untrainable(model)
    if not isinstance(pool, Pool):
        raise TypeError(
            f"expected a Pool, got {type(pool).__name__}: Pool([Source(dataset)], folder) makes one"
        )
    refuse_no_config(config)
    fabric = fabric or new_fabric()
    parts = new_parts(model.to(fabric.device), config)
    begun = _begin(parts, config, pool, checkpoint, resume=resume)
    learner = Learner(parts, config, fabric, begun)
    if learner.share >= 1 and begun.untold is None:
        return

    def keep(done: Progress) -> None:
        if checkpoint is not None and fabric.is_global_zero:  # one process keeps the run for all
            save_checkpoint(checkpoint, parts, done, config, pool.fingerprint)

    asked: Measure | None = None
    if held_out is not None:
        asked = partial(measure, held_out=held_out, fabric=fabric, guard=guard)
    encoded = encoded_batches(model, pool, config, begun.step, fabric, workers, folder)
    try:
        yield from _reports(learner, encoded, config, keep, asked)
    except (GeneratorExit, KeyboardInterrupt):  # nothing of it is lost
        if learner.done.step > begun.step:
            with interrupts_held_back():
                keep(learner.done)
        raise


def refuse_untrainable(model: FASegNet) -> None:
    """Refuse a copy for inference, which could not be saved, and what is no network of ours.

    Raises
    ------
    TypeError, ValueError
        If it is something else, or such a copy.
    """
    if not isinstance(model, FASegNet):
        raise TypeError(
            f"expected a FASegNet to train, got {type(model).__name__}: load_model gives one"
        )
    if model.is_for_inference:
        raise ValueError("expected the network itself to train, got its copy for inference")


def _reports(
    learner: Learner,
    encoded: Iterator[Encoded],
    config: TrainConfig,
    keep: Callable[[Progress], None],
    asked: Measure | None,
) -> Iterator[Report]:
    """Yield a report after every step, and first after one that was interrupted before it.

    A run is kept before it measures, so that it can be interrupted there. It has told of a step
    that measures once the caller comes back for more, for the caller may fail with the scores.
    """
    steps = learner.steps(encoded)
    while True:
        if (last := learner.done.untold) is None:
            if learner.share >= 1:
                return
            last = next(steps)
            is_due = asked is not None and _is_due(learner, config)
            if is_due or learner.share >= 1 or learner.done.step % config.checkpoint_every == 0:
                keep(learner.done if is_due else replace(learner.done, untold=None))
        if asked is not None and last.scores is None and _is_due(learner, config):
            last = learner.measured(asked(learner.average))
        report = _report(learner, last)
        if last.scores is None:
            learner.told()
        yield report
        learner.told()


def _report(learner: Learner, last: LastStep) -> Report:
    return Report(
        step=learner.done.step,
        n_skipped=learner.done.n_skipped,
        seconds=learner.done.seconds,
        progress=learner.share,
        average=learner.average,
        **vars(last),
    )


def _is_due(learner: Learner, config: TrainConfig) -> bool:
    every = config.validate_every
    return learner.share >= 1 or (every > 0 and learner.done.step % every == 0)


def _begin(
    parts: Parts, config: TrainConfig, pool: Pool, checkpoint: Path | None, *, resume: bool
) -> Progress:
    """Return how far the run has come: nowhere, or where its checkpoint ends."""
    if checkpoint is None:
        return Progress()
    if not checkpoint.exists():
        return Progress(start=weights_fingerprint(parts.model))
    if not resume:
        raise FileExistsError(f"{checkpoint} keeps a run already: resume it, or move it away")
    return load_checkpoint(checkpoint, parts, config, pool.fingerprint)
