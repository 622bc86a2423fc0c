"""A network of ``segmentation_models_pytorch`` as a host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_faseg.models.hosts.base import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    MOST_LEVELS,
    N_COLOURS,
    Host,
    HostOutput,
    Normalisation,
    check_background,
    check_numbers,
)

LEAST_CELLS_OF_PAN = 8  # of its deepest map: its pyramid halves that three times


class SmpHost(Host):
    """A network of ``segmentation_models_pytorch`` as a host.

    Parameters
    ----------
    network
        Its ``encoder``, ``decoder`` and ``segmentation_head`` are used, the head without what
        follows its convolutions.
    mean, std
        Per-channel normalisation that the encoder expects, for images in [0, 1].
    background
        Which of several classes is no object; None: each of them is one.

    Raises
    ------
    ValueError
        If the network takes other images, has numbers of another type, or the background is none
        of its classes.
    """

    def __init__(
        self,
        network: nn.Module,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        background: int | None = 0,
    ) -> None:
        super().__init__()
        check_numbers(network)
        self.encoder = cast(nn.Module, network.encoder)
        taken = getattr(self.encoder, "_in_channels", None) or len(mean)
        if taken != len(mean):
            raise ValueError(
                f"expected a number in mean for each channel that the network takes, {taken}, got "
                f"{len(mean)}"
            )
        stride = cast(int, self.encoder.output_stride)
        self._least_side = LEAST_CELLS_OF_PAN * stride if isinstance(network, smp.PAN) else 0
        self.decoder = cast(nn.Module, network.decoder)
        self.head = _convolutions(cast(nn.Module, network.segmentation_head))
        channels = cast(Sequence[int], self.encoder.out_channels)
        first = int(channels[0] == N_COLOURS)  # the image itself is no level, nor is an empty one
        self._levels = [i for i, c in enumerate(channels) if i >= first and c][-MOST_LEVELS:]
        self.feature_channels = tuple(channels[i] for i in self._levels)
        layers = [m for m in self.head.modules() if isinstance(m, nn.Conv2d)]
        self.decoder_channels = layers[0].in_channels
        check_background(background, layers[-1].out_channels)
        self.background = background
        self.normalise = Normalisation(mean, std)

    def forward(self, image: Tensor) -> HostOutput:
        """Run the host on ``(b, 3, h, w)`` images in [0, 1], h and w multiples of 64."""
        size = (image.shape[-2], image.shape[-1])
        missing = [max(0, self._least_side - side) for side in size]
        if any(missing):
            image = F.pad(image, (0, missing[1], 0, missing[0]), mode="replicate")
        found = self.encoder(self.normalise(image).contiguous(memory_format=torch.channels_last))
        is_transformer = isinstance(found, tuple)  # which also gives its class tokens
        features, *tokens = found if is_transformer else (found,)
        decoded = self.decoder(features, *tokens)
        maps = [*(features[i] for i in self._levels), decoded, self.head(decoded)]
        if any(missing):
            maps = [_upper_left(m, size, image) for m in maps]
        *levels, decoded, logit = maps
        return HostOutput(tuple(levels), decoded, logit)


def _upper_left(x: Tensor, size: tuple[int, int], padded: Tensor) -> Tensor:
    """Return the part of a map of padded images that shows them without what was added."""
    h, w = (n * s // p for n, s, p in zip(x.shape[-2:], size, padded.shape[-2:], strict=True))
    return x[..., :h, :w]


def _convolutions(head: nn.Module) -> nn.Module:
    """Return the part of a head that gives logits at the resolution of the decoder."""
    return cast(nn.Module, head.head if hasattr(head, "head") else cast(nn.Sequential, head)[0])
