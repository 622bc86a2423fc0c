"""The training loop: one encoder pass carries a whole sequence of clicks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from napari_faseg.models import FASegNet, Features
from napari_faseg.training import losses
from napari_faseg.training.batches import Batch, batches
from napari_faseg.training.clicker import simulate_clicks
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.freezing import freeze_backbone, parameter_groups
from napari_faseg.training.pool import Pool
from napari_faseg.training.schedule import MovingAverage, progress, rate


@dataclass(frozen=True)
class Report:
    """State of a run after one step.

    Attributes
    ----------
    step
        Steps done.
    loss
        Mean loss of the clicks of this step.
    iou
        Mean soft overlap after the last click of this step, in [0, 1].
    n_clicks
        Clicks unrolled in this step.
    seconds
        Since the start of the run.
    progress
        Share of the run that is over, in [0, 1].
    average
        Network with the moving average of the weights, in evaluation mode.
    """

    step: int
    loss: float
    iou: float
    n_clicks: int
    seconds: float
    progress: float
    average: FASegNet


def fit(
    model: FASegNet, pool: Pool, config: TrainConfig, *, device: str = "cpu", workers: int = 1
) -> Iterator[Report]:
    """Train ``model`` in place on scenes drawn from ``pool``.

    Yields
    ------
    Report
        After every step. Abandoning the generator ends the run.
    """
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    model.to(device)
    freeze_backbone(model, config.frozen_blocks)
    optimiser = torch.optim.AdamW(parameter_groups(model, config), weight_decay=config.weight_decay)
    average = MovingAverage(model, config.ema)
    start = time.monotonic()
    for step, batch in enumerate(batches(pool, config, workers=workers)):
        share = rate(config, step, time.monotonic() - start)
        for group in optimiser.param_groups:
            group["lr"] = share * group["full_lr"]
        loss, iou, n_clicks = _step(model, batch, config, rng, device)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), config.gradient_clip)
        if bool(loss.isfinite()):
            optimiser.step()
            average.update(model)
        seconds = time.monotonic() - start
        done = progress(config, step + 1, seconds)
        network = average.network
        if not isinstance(network, FASegNet):
            raise TypeError(f"expected a FASegNet to train, got {type(model).__name__}")
        yield Report(step + 1, loss.item(), iou, n_clicks, seconds, done, network)
        if done >= 1:
            return


def _step(
    model: FASegNet, batch: Batch, config: TrainConfig, rng: np.random.Generator, device: str
) -> tuple[Tensor, float, int]:
    """Loss of a click sequence on one batch, the final overlap, and the number of clicks.

    The first click is scored on whole objects alone: it cannot tell that a part or several objects
    are wanted, and a network that is asked to guess so spoils its first mask of everything else.
    """
    images = batch.images.to(device).float() / 255
    target, objects = batch.targets.to(device).float(), batch.objects.to(device).float()
    features = model.encode(images)
    total = config.coarse_weight * losses.coarse(features.coarse, objects)
    n_clicks = int(rng.integers(2, max(2, config.max_clicks) + 1))
    n_before = int(rng.integers(config.max_clicks + 1)) if rng.random() < config.head_start else 0
    if rng.random() < config.no_click:
        total = total + _no_click_loss(model, features, objects)
    features = features.repeated(config.targets)
    state, probability = model.start(features), None
    for i in range(n_before + n_clicks):
        click = simulate_clicks(probability, target, rng, config.careless)
        with torch.set_grad_enabled(i >= n_before):
            state = model.extend(features, state, click)
            guidance = model.guide(features, state)
            logits = model.refine(features, state, guidance, probability)
        if i >= n_before:
            clear = batch.whole.to(device) if i == 0 else slice(None)
            loss = _click_loss(logits[clear], guidance[clear], target[clear], config)
            total = total + loss / n_clicks
        probability = torch.sigmoid(logits.detach())
    return total, 1 - float(losses.region(logits.detach(), target)), n_clicks


def _click_loss(logits: Tensor, guidance: Tensor, target: Tensor, config: TrainConfig) -> Tensor:
    """Loss of the results after one click; 0 where none is to be scored."""
    if not len(target):
        return logits.sum()
    focal = losses.normalised_focal(logits, target)
    area = config.region_weight * losses.region(logits, target)
    return focal + area + config.auxiliary_weight * losses.guidance(guidance, target)


def _no_click_loss(model: FASegNet, features: Features, objects: Tensor) -> Tensor:
    """Without a click, the refinement is to give the union of all objects."""
    state = model.start(features)
    logits = model.refine(features, state, model.guide(features, state))
    return 0.5 * losses.coarse(logits, objects)
