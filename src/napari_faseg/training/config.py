"""How to train, as one frozen value."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, get_args

Augmentation = Literal["photo", "paper", "microscopy"]
Loss = Literal["focal", "paper"]
Optimiser = Literal["adamw", "adam"]
SHARES = ("ema", "centred", "head_start", "look_again", "no_click", "careless", "anywhere", "near")
NEVER_NEGATIVE = (
    "minutes",
    "weight_decay",
    "warmup_steps",
    "gradient_clip",
    "backbone_learning_rate",
    "auxiliary_weight",
    "coarse_weight",
    "region_weight",
    "validate_every",
)
KINDS = {"augmentation": Augmentation, "loss": Loss, "optimiser": Optimiser}


@dataclass(frozen=True)
class TrainConfig:
    """Choices of one training run.

    Attributes
    ----------
    steps
        Optimiser steps at most.
    minutes
        Wall-clock limit; the learning rate falls to zero at whichever limit comes first.
        0 means no limit.
    batch_pixels
        Pixels of all images of a batch; the batch size follows from the image size.
    sizes
        Sides of the square training windows in pixels, one drawn for each batch.
    targets
        Objects wanted, one after the other, of every image of a batch.
    composites
        Whether images are composed of several photos, see `draw_scene`.
    centred
        Share of composed images that are windows around the object, as zoomed-in views are.
    near
        Share of composed images that are windows at the border of the object, and begin with a mask
        that is nearly right, as closer looks at a late click do.
    augmentation
        Changes of colour, position and noise: ``"photo"``, ``"paper"`` or ``"microscopy"``.
    max_clicks
        Most clicks on one encoder pass.
    unrolled
        Whether 2 to ``max_clicks`` clicks are learned from, each with its gradient; otherwise
        1 to ``max_clicks`` are made, and the last alone is learned from, as in the paper.
    head_start, head_start_clicks
        Share of batches in which clicks come before those that are learned from, so that late
        clicks are known too, and how many there are at most.
    look_again
        Share of batches in which the network sees its own first mask before that is scored, as it
        does where it looks again at what a first click has found.
    loss
        ``"focal"``: normalised focal and region loss. ``"paper"``: binary cross entropy and L1.
    optimiser
        ``"adamw"`` or ``"adam"``.
    learning_rate, backbone_learning_rate
        For our parts with the decoder, and for the encoder.
    frozen_blocks
        Leading blocks of the encoder that are not trained; -1 freezes all of it.
    frozen_host
        Whether nothing of the host is trained, its decoder included.
    frozen_norms
        Whether all batch norms keep their statistics, those of the encoder do in any case.
    distinct_batches
        So many batches are drawn, and then the same again with other clicks; a frozen host sees
        each image once. 0: every batch is a new one.
    weight_decay, warmup_steps, ema, gradient_clip
        Of AdamW, the linear warm-up, the moving average of weights, and the gradient norm.
    auxiliary_weight, coarse_weight, region_weight
        Weights of the losses on the guidance maps, on the coarse result, and of the region loss,
        beside the others.
    no_click
        Share of batches that begin with a step without any click.
    careless
        Share of simulated clicks that are jittered or of the wrong sign.
    anywhere
        Share of simulated clicks that lie anywhere in what is wrong; the others keep to its middle.
    checkpoint_every
        Steps after which a run that has a checkpoint is kept again.
    validate_every
        Steps after which what was held out is clicked on again; 0: only at the end.
    seed
        Of everything random.

    Raises
    ------
    ValueError
        If a value cannot work; the message names it.
    """

    steps: int = 3000
    minutes: float = 0.0
    batch_pixels: int = 8 * 256 * 256
    sizes: tuple[int, ...] = (256,)
    targets: int = 2
    composites: bool = True
    centred: float = 0.4
    near: float = 0.0
    augmentation: Augmentation = "photo"
    max_clicks: int = 5
    unrolled: bool = True
    head_start: float = 0.3
    head_start_clicks: int = 5
    look_again: float = 0.0
    loss: Loss = "focal"
    optimiser: Optimiser = "adamw"
    learning_rate: float = 1e-3
    backbone_learning_rate: float = 1e-4
    frozen_blocks: int = -1
    frozen_host: bool = False
    frozen_norms: bool = False
    distinct_batches: int = 0
    weight_decay: float = 1e-4
    warmup_steps: int = 100
    ema: float = 0.998
    gradient_clip: float = 5.0
    auxiliary_weight: float = 0.4
    coarse_weight: float = 0.2
    region_weight: float = 1.0
    no_click: float = 0.1
    careless: float = 0.05
    anywhere: float = 0.0
    checkpoint_every: int = 100
    validate_every: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            self._require_number(field.name, str(field.type))
        for name in (
            "steps",
            "batch_pixels",
            "targets",
            "max_clicks",
            "head_start_clicks",
            "learning_rate",
            "checkpoint_every",
        ):
            _require(name, getattr(self, name), getattr(self, name) > 0, "above 0")
        _require("seed", self.seed, 0 <= self.seed < 2**64, "between 0 and 2**64 - 1")
        for name in SHARES:
            value = getattr(self, name)
            _require(name, value, 0 <= value <= 1, "between 0 and 1")
        for name, kinds in KINDS.items():
            choices = get_args(kinds)
            value = getattr(self, name)
            _require(name, value, value in choices, f"to be one of {', '.join(choices)}")
        sizes: object = self.sizes
        are_good = isinstance(sizes, tuple | list) and len(sizes) > 0
        are_good = are_good and all(_is_whole(s) and s >= 64 for s in self.sizes)
        _require("sizes", self.sizes, are_good, "to be one or more numbers of 64 pixels or more")
        batches = self.distinct_batches
        good = batches == 0 or (batches > 0 and self.frozen_host)
        _require("distinct_batches", batches, good, "0, or above 0 with a frozen host")
        for name in NEVER_NEGATIVE:
            value = getattr(self, name)
            _require(name, value, value >= 0, "to be 0 or more")

    def _require_number(self, name: str, kind: str) -> None:
        value = getattr(self, name)
        if kind == "int":
            _require(name, value, _is_whole(value), "to be a whole number")
        elif kind == "float":
            good = isinstance(value, int | float) and math.isfinite(value)
            _require(name, value, good, "to be a finite number")

    def batch_size(self, size: int) -> int:
        """Images per batch for windows of ``size`` x ``size`` pixels; at least two."""
        return max(2, self.batch_pixels // size**2)

    def to_dict(self) -> dict[str, object]:
        """Return the fields by name, in plain types that JSON knows."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


def refuse_no_config(config: object) -> None:
    """Raise a TypeError unless this is a configuration."""
    if not isinstance(config, TrainConfig):
        raise TypeError(f"expected a TrainConfig, got {config!r}: find_preset gives one by name")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _require(name: str, value: object, good: bool, expected: str) -> None:
    if not good:
        raise ValueError(f"expected {name} {expected}, got {value!r}")


PRESETS: dict[str, TrainConfig] = {
    "default": TrainConfig(
        steps=100_000,
        minutes=90,
        sizes=(256, 256, 320, 384),
        look_again=0.5,
        learning_rate=2e-3,
        frozen_blocks=6,
        head_start=0.4,
        head_start_clicks=10,
        anywhere=0.8,
    ),
    "paper": TrainConfig(
        steps=53_000,  # 50 epochs of the 8,498 images of SBD's training set
        batch_pixels=8 * 320 * 320,
        sizes=(320,),
        targets=1,
        composites=False,
        augmentation="paper",
        max_clicks=10,
        unrolled=False,
        head_start=0.0,
        loss="paper",
        optimiser="adam",
        frozen_blocks=0,
        weight_decay=1e-5,
        auxiliary_weight=1.0,
        coarse_weight=1.0,
        careless=0.0,
    ),
    "fine-tune": TrainConfig(
        steps=400,
        learning_rate=5e-4,
        sizes=(256, 320),
        warmup_steps=20,
        ema=0.98,
        anywhere=0.5,
        validate_every=100,
        frozen_host=True,
        frozen_norms=True,
        distinct_batches=30,  # half a gigabyte on the disk while the run lasts
    ),
}


def find_preset(name: str) -> TrainConfig:
    """Return one of `PRESETS` by its name.

    Raises
    ------
    ValueError
        If there is none; the message lists them.
    """
    if name not in PRESETS:
        raise ValueError(f"expected one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]
