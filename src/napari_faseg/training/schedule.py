"""Learning rate and moving average, as functions of the progress of a run."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn

from napari_faseg.training.config import TrainConfig


def rate(config: TrainConfig, step: int, seconds: float) -> float:
    """Share of the full learning rate: linear warm-up, then a cosine to zero."""
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    return warm * 0.5 * (1 + math.cos(math.pi * progress(config, step, seconds)))


def progress(config: TrainConfig, step: int, seconds: float) -> float:
    """Share of the run that is over, by steps or by time, whichever is further."""
    by_time = seconds / (60 * config.minutes) if config.minutes else 0.0
    return min(1.0, max(step / config.steps, by_time))


class MovingAverage:
    """Exponential moving average of the weights of a network.

    Parameters
    ----------
    network
        Its weights are followed; the average lives in ``self.network``.
    decay
        Share of the old average that is kept at each step, once many steps are over.

    Attributes
    ----------
    n_updates : int
        Steps that were taken in.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.n_updates = 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the present weights."""
        self.n_updates += 1
        decay = min(self.decay, (1 + self.n_updates) / (10 + self.n_updates))
        for mean, new in zip(
            self.network.state_dict().values(), network.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(new, 1 - decay)
            else:
                mean.copy_(new)
