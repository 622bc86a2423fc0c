"""What learns, step after step, and always knows how far it has come."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn

from napari_faseg.evaluation.interrupts import interrupts_held_back
from napari_faseg.models import FASegNet, HostOutput
from napari_faseg.training.batches import Batch
from napari_faseg.training.checkpoint import LastStep, Parts, Progress
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.encoded import Encoded
from napari_faseg.training.freezing import freeze, parameter_groups
from napari_faseg.training.processes import average_gradients, mean_of
from napari_faseg.training.schedule import MovingAverage, progress, rate
from napari_faseg.training.scores import Scores
from napari_faseg.training.sequence import click_sequence

OPTIMISERS: dict[str, Any] = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
MOST_SKIPPED_IN_A_ROW = 20  # steps; then the weights are beyond help


def new_parts(model: FASegNet, config: TrainConfig) -> Parts:
    """Return a network with the average of its weights and what changes them, before a step."""
    freeze(model, config)
    groups = parameter_groups(model, config)
    optimiser = OPTIMISERS[config.optimiser](groups, weight_decay=config.weight_decay)
    return Parts(model, MovingAverage(model, config.ema), optimiser)


class Learner:
    """Learns from batches; whenever that is interrupted, it is as after a whole step.

    Parameters
    ----------
    parts
        What learns, in the state that ``done`` tells.
    config, fabric
        See `fit`.
    done
        How far it has come.

    Attributes
    ----------
    done
        How far it has come by now.
    """

    def __init__(self, parts: Parts, config: TrainConfig, fabric: Fabric, done: Progress) -> None:
        self._parts, self._config, self._fabric = parts, config, fabric
        self.done = done

    @property
    def share(self) -> float:
        """Share of the run that is over, in [0, 1]."""
        return progress(self._config, self.done.step, self.done.seconds)

    @property
    def average(self) -> FASegNet:
        """The network with the moving average of the weights."""
        network = self._parts.average.network
        if not isinstance(network, FASegNet):
            raise TypeError(f"expected a FASegNet to train, got {type(network).__name__}")
        return network

    def steps(self, encoded: Iterator[Encoded]) -> Iterator[LastStep]:
        """Learn for ever; yield what each step gave, which nobody has been told of yet.

        Time that passes between two steps, in the hands of the caller, does not count.
        """
        n_bad, start = 0, time.monotonic()
        for step in count(self.done.step):
            with interrupts_held_back():  # a process whose batch is cut off on its way complains
                batch, seen = next(encoded)
            share = rate(self._config, step, self.done.seconds)
            for group in self._parts.optimiser.param_groups:
                group["lr"] = share * group["full_lr"]
            found = self._look(batch, seen, step)
            n_bad = 0 if found.is_good else n_bad + 1
            if n_bad >= MOST_SKIPPED_IN_A_ROW:
                raise RuntimeError(
                    f"expected finite losses, got none in {n_bad} steps: try a lower learning rate"
                )
            with interrupts_held_back():  # what has learned and what is told of it go together
                if found.is_good:
                    self._parts.optimiser.step()
                    self._parts.average.update(self._parts.model)
                last = self._take(found, len(batch.images), start)
            yield last
            start = time.monotonic()

    def measured(self, scores: Scores) -> LastStep:
        """Take note of what the last step is worth, in case that nobody comes to hear of it."""
        if self.done.untold is None:
            raise RuntimeError("expected a step that nobody has been told of, got none")
        last = replace(self.done.untold, scores=scores)
        self.done = replace(self.done, untold=last)
        return last

    def told(self) -> None:
        """Take note that somebody has heard of the last step."""
        self.done = replace(self.done, untold=None)

    def _take(self, found: _Found, n_images: int, start: float) -> LastStep:
        (took,) = mean_of(self._fabric, [torch.tensor(time.monotonic() - start)])
        last = LastStep(
            loss=found.loss,
            losses=found.named,
            iou=found.iou,
            n_clicks=found.n_clicks,
            learning_rates=tuple(g["lr"] for g in self._parts.optimiser.param_groups),
            images_per_second=self._fabric.world_size * n_images / max(took, 1e-9),
        )
        self.done = replace(
            self.done,
            step=self.done.step + 1,
            seconds=self.done.seconds + took,
            n_skipped=self.done.n_skipped + (not found.is_good),
            untold=last,
        )
        return last

    def _look(self, batch: Batch, seen: HostOutput | None, step: int) -> _Found:
        """Find the way down; nothing has changed where it is not finite, or this is interrupted."""
        buffers = list(self._parts.model.buffers())
        before = [buffer.clone() for buffer in buffers]
        is_good = False
        try:
            found = self._found(batch, seen, step)
            is_good = found.is_good
        finally:
            if not is_good:  # running statistics have seen it
                with interrupts_held_back():
                    for buffer, value in zip(buffers, before, strict=True):
                        buffer.copy_(value)
        return found

    def _found(self, batch: Batch, seen: HostOutput | None, step: int) -> _Found:
        model, fabric = self._parts.model, self._fabric
        sequence = click_sequence(model, batch, self._config, step, fabric, seen)
        names = list(sequence.named)
        loss, iou, *named = mean_of(fabric, [sequence.loss, sequence.iou, *sequence.named.values()])
        is_good = math.isfinite(loss) and self._has_gradient(sequence.loss)
        return _Found(loss, dict(zip(names, named, strict=True)), iou, sequence.n_clicks, is_good)

    def _has_gradient(self, loss: torch.Tensor) -> bool:
        """Compute the gradients of a loss, and say whether they are finite."""
        parameters = list(self._parts.model.parameters())
        self._parts.optimiser.zero_grad(set_to_none=True)
        self._fabric.backward(loss)
        average_gradients(self._fabric, parameters)
        norm = nn.utils.clip_grad_norm_(parameters, self._config.gradient_clip)
        return bool(norm.isfinite())


@dataclass(frozen=True)
class _Found:
    """What a step gave, over all processes."""

    loss: float
    named: Mapping[str, float]
    iou: float
    n_clicks: int
    is_good: bool
