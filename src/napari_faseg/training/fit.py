"""The training loop: one encoder pass carries a whole sequence of clicks."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn

from napari_faseg.datasets import Dataset
from napari_faseg.models import FASegNet, HostOutput
from napari_faseg.training.batches import Batch
from napari_faseg.training.checkpoint import Parts, Progress, load_checkpoint, save_checkpoint
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.encoded import Encoded, encoded_batches
from napari_faseg.training.freezing import freeze, parameter_groups
from napari_faseg.training.pool import Pool
from napari_faseg.training.processes import average_gradients, mean_of, new_fabric
from napari_faseg.training.schedule import MovingAverage, progress, rate
from napari_faseg.training.scores import Guard, Scores, measure, unguarded
from napari_faseg.training.sequence import click_sequence

OPTIMISERS: dict[str, Any] = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
MOST_SKIPPED_IN_A_ROW = 20  # steps; then the weights are beyond help


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
) -> Iterator[Report]:
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
        File that keeps the run every ``config.checkpoint_every`` steps, and when it ends or is
        abandoned.
    resume
        Go on where the checkpoint ends; without one, begin.

    Yields
    ------
    Report
        After every step. Abandoning the generator interrupts the run.

    Raises
    ------
    FileExistsError
        If there is a checkpoint and the run is not to be resumed.
    ValueError
        If the checkpoint is damaged or of another run.
    RuntimeError
        If the loss is not finite for many steps in a row.
    """
    fabric = fabric or new_fabric()
    parts = _parts(model.to(fabric.device), config)
    begun = _begin(parts, config, pool, checkpoint, resume=resume)
    if progress(config, begun.step, begun.seconds) >= 1:
        return
    if not fabric.is_global_zero:
        checkpoint = None  # one process keeps the run for all
    encoded = encoded_batches(model, pool, config, begun.step, fabric, workers, folder)
    for done, found, speed in _steps(parts, encoded, config, begun, fabric):
        share = progress(config, done.step, done.seconds)
        if checkpoint and (share >= 1 or done.step % config.checkpoint_every == 0):
            save_checkpoint(checkpoint, parts, done, config, pool.fingerprint)
        average = _network(parts.average)
        asked = held_out if _is_due(done.step, share, config) else None
        report = Report(
            step=done.step,
            loss=found.loss,
            losses=found.named,
            iou=found.iou,
            n_clicks=found.n_clicks,
            learning_rates=tuple(group["lr"] for group in parts.optimiser.param_groups),
            images_per_second=speed,
            n_skipped=done.n_skipped,
            seconds=done.seconds,
            progress=share,
            scores=None if asked is None else measure(average, asked, fabric, guard),
            average=average,
        )
        try:
            yield report
        except GeneratorExit:  # abandoned: nothing of it is lost
            if checkpoint:
                save_checkpoint(checkpoint, parts, done, config, pool.fingerprint)
            raise
        if share >= 1:
            return


@dataclass(frozen=True)
class _Found:
    """What a step gave, over all processes."""

    loss: float
    named: Mapping[str, float]
    iou: float
    n_clicks: int
    is_good: bool


def _steps(
    parts: Parts, encoded: Iterator[Encoded], config: TrainConfig, done: Progress, fabric: Fabric
) -> Iterator[tuple[Progress, _Found, float]]:
    """Learn for ever; yield how far it has come, what a step gave, and its images per second.

    Time that passes between two steps, in the hands of the caller, does not count.
    """
    n_bad, start = 0, time.monotonic()
    for step, (batch, seen) in enumerate(encoded, done.step):
        share = rate(config, step, done.seconds)
        for group in parts.optimiser.param_groups:
            group["lr"] = share * group["full_lr"]
        found = _learn(parts, batch, seen, config, step, fabric)
        n_bad = 0 if found.is_good else n_bad + 1
        if n_bad >= MOST_SKIPPED_IN_A_ROW:
            raise RuntimeError(
                f"expected finite losses, got none in {n_bad} steps: try a lower learning rate"
            )
        (took,) = mean_of(fabric, [torch.tensor(time.monotonic() - start)])
        done = Progress(step + 1, done.seconds + took, done.n_skipped + (not found.is_good))
        yield done, found, fabric.world_size * len(batch.images) / max(took, 1e-9)
        start = time.monotonic()


def _is_due(step: int, share_done: float, config: TrainConfig) -> bool:
    return share_done >= 1 or (config.validate_every > 0 and step % config.validate_every == 0)


def _parts(model: FASegNet, config: TrainConfig) -> Parts:
    freeze(model, config)
    groups = parameter_groups(model, config)
    optimiser = OPTIMISERS[config.optimiser](groups, weight_decay=config.weight_decay)
    return Parts(model, MovingAverage(model, config.ema), optimiser)


def _begin(
    parts: Parts, config: TrainConfig, pool: Pool, checkpoint: Path | None, *, resume: bool
) -> Progress:
    """Return how far the run has come: nowhere, or where its checkpoint ends."""
    if checkpoint is None or not checkpoint.exists():
        return Progress()
    if not resume:
        raise FileExistsError(f"{checkpoint} keeps a run already: resume it, or move it away")
    return load_checkpoint(checkpoint, parts, config, pool.fingerprint)


def _learn(
    parts: Parts,
    batch: Batch,
    seen: HostOutput | None,
    config: TrainConfig,
    step: int,
    fabric: Fabric,
) -> _Found:
    """Do one step; nothing has changed where it turns out not to be finite."""
    before = [buffer.clone() for buffer in parts.model.buffers()]
    sequence = click_sequence(parts.model, batch, config, step, fabric, seen)
    names = list(sequence.named)
    loss, iou, *named = mean_of(fabric, [sequence.loss, sequence.iou, *sequence.named.values()])
    is_good = math.isfinite(loss) and _update(parts, sequence.loss, config, fabric)
    if not is_good:  # running statistics may have seen what is not finite
        for buffer, value in zip(parts.model.buffers(), before, strict=True):
            buffer.copy_(value)
    return _Found(loss, dict(zip(names, named, strict=True)), iou, sequence.n_clicks, is_good)


def _update(parts: Parts, loss: torch.Tensor, config: TrainConfig, fabric: Fabric) -> bool:
    """Take one step down the loss, or none where its gradient is not finite."""
    parts.optimiser.zero_grad(set_to_none=True)
    fabric.backward(loss)
    average_gradients(fabric, parts.model.parameters())
    norm = nn.utils.clip_grad_norm_(parts.model.parameters(), config.gradient_clip)
    if not bool(norm.isfinite()):
        return False
    parts.optimiser.step()
    parts.average.update(parts.model)
    return True


def _network(average: MovingAverage) -> FASegNet:
    network = average.network
    if not isinstance(network, FASegNet):
        raise TypeError(f"expected a FASegNet to train, got {type(network).__name__}")
    return network
