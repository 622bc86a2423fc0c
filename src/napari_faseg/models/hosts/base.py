"""What every host has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import torch
from torch import Tensor, nn

MOST_LEVELS = 5  # F_0 to F_4 of the paper
N_COLOURS = 3
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class HostOutput:
    """What a host says about one batch of images.

    Attributes
    ----------
    features
        One to five maps, fine to coarse, ``(b, c_i, h_i, w_i)``: F_0 to F_4 of the paper.
    decoder
        ``(b, c, h', w')`` map of the decoder: I_F of the paper.
    logit
        ``(b, 1, h', w')`` foreground logit without any click, I_C of the paper, or
        ``(b, k, h', w')`` logits of k classes, of which a pixel has one.
    """

    features: tuple[Tensor, ...]
    decoder: Tensor
    logit: Tensor


class Host(nn.Module):
    """Base class of hosts: ``forward(image)`` gives a :class:`HostOutput`.

    Attributes
    ----------
    feature_channels
        Channels of each feature level.
    decoder_channels
        Channels of the decoder map.
    encoder
        The part that is pretrained, as a rule; the whole network where it has no such part.
    background
        Which of several classes is no object; None: each of them is one.
    """

    feature_channels: tuple[int, ...]
    decoder_channels: int
    encoder: nn.Module
    background: int | None = 0

    def forward(self, image: Tensor) -> HostOutput:
        """Run the host on ``(b, 3, h, w)`` images in [0, 1], h and w multiples of 64."""
        raise NotImplementedError


def check_host(host: object) -> None:
    """Refuse what is no host by a TypeError."""
    if not isinstance(host, Host):
        raise TypeError(
            f"expected a Host or its name, got {type(host).__name__}: as_host and "
            "host_from_module make a host of a network"
        )


class Normalisation(nn.Module):
    """Brings images in [0, 1] to what a network expects.

    Parameters
    ----------
    mean, std
        Three numbers each, or one for a network that takes the mean of the three channels.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != len(std) or len(mean) not in (1, N_COLOURS):
            raise ValueError(
                f"expected 3 numbers each for mean and std, or 1, got {len(mean)} and {len(std)}"
            )
        if not all(isfinite(m) for m in mean) or not all(0 < s < inf for s in std):
            raise ValueError(
                f"expected finite numbers for mean, and above 0 for std, got {mean} and {std}"
            )
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """Map ``(b, 3, h, w)`` in [0, 1] to ``(b, 3, h, w)`` or ``(b, 1, h, w)``."""
        if self.mean.shape[1] == 1:
            image = image.mean(1, keepdim=True)
        return (image - self.mean) / self.std


def check_numbers(network: nn.Module) -> None:
    """Refuse a network of other numbers than images have."""
    others = {p.dtype for p in network.parameters() if p.is_floating_point()} - {torch.float32}
    if others:
        raise ValueError(
            f"expected a network of torch.float32, got {others.pop()}: network.float() makes one"
        )


def check_background(background: int | None, n_classes: int) -> None:
    """Refuse a background that is none of the classes."""
    if background is not None and not 0 <= background < n_classes:
        raise ValueError(f"expected a background among the {n_classes} classes, got {background}")
