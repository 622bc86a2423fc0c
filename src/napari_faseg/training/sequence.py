"""A sequence of clicks on one encoder pass, and its losses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from napari_faseg.models import FASegNet, Features
from napari_faseg.training import losses
from napari_faseg.training.batches import Batch
from napari_faseg.training.clicker import simulate_clicks
from napari_faseg.training.config import TrainConfig

CLICKS = 1  # tells the random numbers of the clicks of a step from those of its batch
NO_CLICK_WEIGHT = 0.5


@dataclass(frozen=True)
class Sequence:
    """What one sequence of clicks gave.

    Attributes
    ----------
    loss
        Scalar with a gradient.
    named
        The weighted losses that it is the sum of.
    iou
        Mean soft overlap after the last click, in [0, 1].
    n_clicks
        Clicks that were learned from.
    """

    loss: Tensor
    named: Mapping[str, float]
    iou: float
    n_clicks: int


def click_sequence(
    model: FASegNet, batch: Batch, config: TrainConfig, step: int, device: str
) -> Sequence:
    """Click on every target of a batch, error by error, with gradients at every click.

    The first click is scored on whole objects alone: it cannot tell that a part or several objects
    are wanted, and a network that is asked to guess so spoils its first mask of everything else.

    Parameters
    ----------
    model
        Network in training mode.
    batch
        Images and what is wanted of them.
    config
        How to click, and how the losses weigh.
    step
        Number of the step, on which everything random depends.
    device
        Name that torch knows.
    """
    with torch.random.fork_rng(devices=_forked(device)):
        rng = np.random.default_rng((config.seed, step, CLICKS))
        torch.manual_seed(int(rng.integers(2**62)))  # of dropout
        return _sequence(model, batch, config, rng, device)


def _sequence(
    model: FASegNet, batch: Batch, config: TrainConfig, rng: np.random.Generator, device: str
) -> Sequence:
    images = batch.images.to(device).float() / 255
    target, objects = batch.targets.to(device).float(), batch.objects.to(device).float()
    features = model.encode(images)
    terms: dict[str, list[Tensor]] = defaultdict(list)
    known = None if batch.unknown is None else 1 - batch.unknown.to(device).float()
    coarse = losses.coarse(features.coarse, objects, known)
    terms["coarse"].append(config.coarse_weight * coarse)
    n_before, n_clicks = _drawn_numbers(config, rng)
    if rng.random() < config.no_click:
        terms["no click"].append(_no_click_loss(model, features, objects, known))
    features = features.repeated(config.targets)
    known = None if known is None else known.repeat_interleave(config.targets, 0)
    state, probability = model.start(features), None
    for i in range(n_before + n_clicks):
        click = simulate_clicks(probability, target, rng, config.careless, known)
        with torch.set_grad_enabled(i >= n_before):
            state = model.extend(features, state, click)
            guidance = model.guide(features, state)
            logits = model.refine(features, state, guidance, probability)
        if i >= n_before:
            clear = batch.whole.to(device) if i == 0 else slice(None)
            seen = None if known is None else known[clear]
            found = _click_losses(logits[clear], guidance[clear], target[clear], seen, config)
            for name, loss in found.items():
                terms[name].append(loss / n_clicks)
        probability = torch.sigmoid(logits.detach())
    summed = {name: torch.stack(values).sum() for name, values in terms.items()}
    return Sequence(
        loss=torch.stack(list(summed.values())).sum(),
        named={name: loss.item() for name, loss in summed.items()},
        iou=1 - float(losses.region(logits.detach(), target, known)),
        n_clicks=n_clicks,
    )


def _drawn_numbers(config: TrainConfig, rng: np.random.Generator) -> tuple[int, int]:
    """Draw how many clicks come before those that are learned from, and how many these are."""
    if not config.unrolled:
        return int(rng.integers(config.max_clicks)), 1
    n_clicks = int(rng.integers(2, max(2, config.max_clicks) + 1))
    has_head_start = rng.random() < config.head_start
    return (int(rng.integers(config.max_clicks + 1)) if has_head_start else 0), n_clicks


def _click_losses(
    logits: Tensor, guidance: Tensor, target: Tensor, known: Tensor | None, config: TrainConfig
) -> dict[str, Tensor]:
    """Weighted losses of the results after one click by name; none where none is to be scored."""
    if not len(target):
        return {}
    auxiliary = config.auxiliary_weight * losses.guidance(guidance, target, known)
    if config.loss == "paper":
        return {
            "cross entropy": losses.cross_entropy(logits, target, known),
            "L1": losses.absolute(logits, target, known),
            "guidance": auxiliary,
        }
    return {
        "focal": losses.normalised_focal(logits, target, known),
        "region": config.region_weight * losses.region(logits, target, known),
        "guidance": auxiliary,
    }


def _no_click_loss(
    model: FASegNet, features: Features, objects: Tensor, known: Tensor | None
) -> Tensor:
    """Without a click, the refinement is to give the union of all objects."""
    state = model.start(features)
    logits = model.refine(features, state, model.guide(features, state))
    return NO_CLICK_WEIGHT * losses.coarse(logits, objects, known)


def _forked(device: str) -> list[int]:
    """Return the CUDA devices whose random numbers are to be left alone."""
    chosen = torch.device(device)
    return [chosen.index or 0] if chosen.type == "cuda" else []
