"""A sequence of clicks on one encoder pass, and its losses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from napari_faseg.models import FASegNet, Features, HostOutput
from napari_faseg.training import losses
from napari_faseg.training.batches import Batch
from napari_faseg.training.clicker import simulate_clicks
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.dilated import sound_gradients
from napari_faseg.training.processes import mean_of, share_of

CLICKS = 2  # tells the random numbers of the clicks of a step from those of its scenes
NO_CLICK_WEIGHT = 0.5


@dataclass(frozen=True)
class Sequence:
    """What one sequence of clicks gave.

    Attributes
    ----------
    loss
        Scalar with a gradient: of the masks of this process alone.
    named
        The weighted losses that it is the sum of, and which the sum over all processes is made of.
    iou
        Mean soft overlap after the last click, in [0, 1].
    n_clicks
        Clicks that were learned from.
    """

    loss: Tensor
    named: Mapping[str, Tensor]
    iou: Tensor
    n_clicks: int


def click_sequence(
    model: FASegNet,
    batch: Batch,
    config: TrainConfig,
    step: int,
    fabric: Fabric,
    seen: HostOutput | None = None,
) -> Sequence:
    """Click on every target of a batch, error by error, with gradients at every click.

    The first click is scored on whole objects alone: it cannot tell that a part or several objects
    are wanted, and a network that is asked to guess so spoils its first mask of everything else.

    Parameters
    ----------
    model
        Network in training mode.
    batch
        Images and what is wanted of them; the share of this process.
    config
        How to click, and how the losses weigh.
    step
        Number of the step, on which everything random depends.
    fabric
        Where and how precisely it is computed.
    seen
        What the host said about the images, where that is known.
    """
    with (
        torch.random.fork_rng(devices=_forked(fabric.device)),
        fabric.autocast(),
        sound_gradients(fabric.device),
    ):
        rng = np.random.default_rng((config.seed, step, CLICKS))
        torch.manual_seed(int(rng.integers(2**62)) + fabric.global_rank)  # of dropout
        return _Clicking(model, batch, config, step, fabric).sequence(rng, seen)


class _Clicking:
    """One batch on its device, with what its losses are divided by."""

    def __init__(
        self, model: FASegNet, batch: Batch, config: TrainConfig, step: int, fabric: Fabric
    ) -> None:
        self.model, self.config = model, config
        device = fabric.device
        self.batch, self.device = batch, device
        self.target = batch.targets.to(device).float()
        self.objects = batch.objects.to(device).float()
        unknown = batch.unknown
        self.known = None if unknown is None else 1 - unknown.to(device).float()
        drafts = batch.drafts
        self.drafts = None if drafts is None else drafts.to(device).float() / 255
        self.clear = batch.whole.to(device).float()
        (self.n_clear,) = mean_of(fabric, [self.clear.sum()])
        places = share_of(fabric).places(len(self.target))
        self.rngs = [np.random.default_rng((config.seed, step, CLICKS, i)) for i in places]

    def sequence(self, rng: np.random.Generator, seen: HostOutput | None) -> Sequence:
        """Return what a random number of clicks gave."""
        model, config = self.model, self.config
        if seen is None:
            seen = model.run_host(self.batch.pixels(self.device))
        features = model.prepare(seen, (self.target.shape[-2], self.target.shape[-1]))
        terms: dict[str, list[Tensor]] = defaultdict(list)
        coarse = losses.coarse(features.coarse, self.objects, self.known).mean()
        terms["coarse"].append(config.coarse_weight * coarse)
        n_before, n_clicks = _drawn_numbers(config, rng)
        if rng.random() < config.no_click:
            terms["no click"].append(self._no_click_loss(features))
        features = features.repeated(config.targets)
        known = None if self.known is None else self.known.repeat_interleave(config.targets, 0)
        state, probability = model.start(features), self.drafts
        for i in range(n_before + n_clicks):
            click = simulate_clicks(
                probability,
                self.target,
                self.rngs,
                careless=config.careless,
                anywhere=config.anywhere,
                known=known,
            )
            with torch.set_grad_enabled(i >= n_before):
                state = model.extend(features, state, click)
                guidance = model.guide(features, state)
                logits = model.refine(features, state, guidance, probability)
            if i == 0 and rng.random() < config.look_again:
                probability = torch.sigmoid(logits.detach().float())
                with torch.set_grad_enabled(n_before == 0):
                    logits = model.refine(features, state, guidance, probability)
            if i >= n_before:
                found = _click_losses(logits.float(), guidance.float(), self.target, known, config)
                for name, loss in found.items():
                    terms[name].append(self._scored(loss, is_first=i == 0) / n_clicks)
            probability = torch.sigmoid(logits.detach().float())
        named = {name: torch.stack(values).sum() for name, values in terms.items()}
        missed = losses.region(logits.detach().float(), self.target, known)
        return Sequence(torch.stack(list(named.values())).sum(), named, 1 - missed.mean(), n_clicks)

    def _scored(self, loss: Tensor, *, is_first: bool) -> Tensor:
        """Return the mean of ``(b,)`` losses; of a first click, that of the clear ones."""
        if not is_first:
            return loss.mean()
        return (loss * self.clear).sum() / self.n_clear if self.n_clear else 0 * loss.sum()

    def _no_click_loss(self, features: Features) -> Tensor:
        """Without a click, the refinement is to give the union of all objects."""
        state = self.model.start(features)
        logits = self.model.refine(features, state, self.model.guide(features, state))
        return NO_CLICK_WEIGHT * losses.coarse(logits.float(), self.objects, self.known).mean()


def _drawn_numbers(config: TrainConfig, rng: np.random.Generator) -> tuple[int, int]:
    """Draw how many clicks come before those that are learned from, and how many these are."""
    if not config.unrolled:
        return int(rng.integers(config.max_clicks)), 1
    n_clicks = int(rng.integers(2, max(2, config.max_clicks) + 1))
    has_head_start = rng.random() < config.head_start
    return (int(rng.integers(config.head_start_clicks + 1)) if has_head_start else 0), n_clicks


def _click_losses(
    logits: Tensor, guidance: Tensor, target: Tensor, known: Tensor | None, config: TrainConfig
) -> dict[str, Tensor]:
    """Weighted ``(b,)`` losses of the results after one click by name."""
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


def _forked(device: torch.device) -> list[int]:
    """Return the CUDA devices whose random numbers are to be left alone."""
    return [device.index or 0] if device.type == "cuda" else []
