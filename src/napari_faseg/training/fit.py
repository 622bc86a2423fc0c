"""The training loop: one encoder pass carries a whole sequence of clicks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from napari_faseg.datasets import Dataset
from napari_faseg.models import FASegNet
from napari_faseg.training.batches import Batch, batches
from napari_faseg.training.checkpoint import Parts, Progress, load_checkpoint, save_checkpoint
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.freezing import freeze_backbone, parameter_groups
from napari_faseg.training.pool import Pool
from napari_faseg.training.schedule import MovingAverage, progress, rate
from napari_faseg.training.scores import Guard, Scores, measure, unguarded
from napari_faseg.training.sequence import Sequence, click_sequence

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
    device: str = "cpu",
    workers: int = 1,
    held_out: Dataset | None = None,
    guard: Guard = unguarded,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Iterator[Report]:
    """Train ``model`` in place on scenes drawn from ``pool``.

    On one machine a run is a function of its configuration and its data: the same losses to the
    last bit, also where it was interrupted and resumed, unless a limit in minutes ends it.

    Parameters
    ----------
    model
        Network to train.
    pool
        Photos to draw scenes from.
    config
        How to train.
    device
        Name that torch knows.
    workers
        Processes that prepare batches; 0 for none.
    held_out
        Objects that are clicked on every ``config.validate_every`` steps and at the end; the time
        that this takes counts for no limit.
    guard
        Is put between the robot that clicks on them and the predictor.
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
    parts = _parts(model.to(device), config)
    begun = _begin(parts, config, pool, checkpoint, resume=resume)
    if progress(config, begun.step, begun.seconds) >= 1:
        return
    for done, found, speed in _steps(parts, pool, config, begun, device, workers):
        share = progress(config, done.step, done.seconds)
        if checkpoint and (share >= 1 or done.step % config.checkpoint_every == 0):
            save_checkpoint(checkpoint, parts, done, config, pool.fingerprint)
        average = _network(parts.average)
        is_due = _is_due(done.step, share, config)
        report = Report(
            step=done.step,
            loss=found.loss.item(),
            losses=found.named,
            iou=found.iou,
            n_clicks=found.n_clicks,
            learning_rates=tuple(group["lr"] for group in parts.optimiser.param_groups),
            images_per_second=speed,
            n_skipped=done.n_skipped,
            seconds=done.seconds,
            progress=share,
            scores=measure(average, held_out, device=device, guard=guard)
            if held_out is not None and is_due
            else None,
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


def _steps(
    parts: Parts, pool: Pool, config: TrainConfig, done: Progress, device: str, workers: int
) -> Iterator[tuple[Progress, Sequence, float]]:
    """Learn for ever; yield how far it has come, what a step gave, and its images per second.

    Time that passes between two steps, in the hands of the caller, does not count.
    """
    n_bad, start = 0, time.monotonic()
    for step, batch in enumerate(
        batches(pool, config, first=done.step, workers=workers), done.step
    ):
        share = rate(config, step, done.seconds)
        for group in parts.optimiser.param_groups:
            group["lr"] = share * group["full_lr"]
        found, is_good = _learn(parts, batch, config, step, device)
        n_bad = 0 if is_good else n_bad + 1
        if n_bad >= MOST_SKIPPED_IN_A_ROW:
            raise RuntimeError(
                f"expected finite losses, got none in {n_bad} steps: try a lower learning rate"
            )
        took = time.monotonic() - start
        done = Progress(step + 1, done.seconds + took, done.n_skipped + (not is_good))
        yield done, found, len(batch.images) / max(took, 1e-9)
        start = time.monotonic()


def _is_due(step: int, share_done: float, config: TrainConfig) -> bool:
    return share_done >= 1 or (config.validate_every > 0 and step % config.validate_every == 0)


def _parts(model: FASegNet, config: TrainConfig) -> Parts:
    freeze_backbone(model, config.frozen_blocks)
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
    parts: Parts, batch: Batch, config: TrainConfig, step: int, device: str
) -> tuple[Sequence, bool]:
    """Do one step; nothing has changed where it turns out not to be finite, and False says so."""
    before = [buffer.clone() for buffer in parts.model.buffers()]
    found = click_sequence(parts.model, batch, config, step, device)
    is_good = _update(parts, found.loss, config)
    if not is_good:  # running statistics may have seen what is not finite
        for buffer, value in zip(parts.model.buffers(), before, strict=True):
            buffer.copy_(value)
    return found, is_good


def _update(parts: Parts, loss: torch.Tensor, config: TrainConfig) -> bool:
    """Take one step down the loss, or none where the loss or its gradient is not finite."""
    parts.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(parts.model.parameters(), config.gradient_clip)
    if not bool(loss.isfinite() & norm.isfinite()):
        return False
    parts.optimiser.step()
    parts.average.update(parts.model)
    return True


def _network(average: MovingAverage) -> FASegNet:
    network = average.network
    if not isinstance(network, FASegNet):
        raise TypeError(f"expected a FASegNet to train, got {type(network).__name__}")
    return network
