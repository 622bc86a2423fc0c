"""Batch normalisation folded into the convolutions before it: the same numbers, sooner."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from napari_faseg.models.hosts import Host, HostOutput
from napari_faseg.models.layers import ConvNorm

TOLERANCE = 1e-3  # of every map of a test image, relative to its spread


def with_folded_layers(part: nn.Module) -> nn.Module:
    """Return a copy for inference of a part of our own, each layer folded once and for all."""
    quick = copy.deepcopy(part).eval()
    for layer in quick.modules():
        if isinstance(layer, ConvNorm):
            layer.fold()
    return quick


def folded(host: Host) -> Host:
    """Return a copy of a host for inference, with its normalisations folded where possible.

    A normalisation is folded into the convolution that is declared right before it. Whether it
    also runs right after it is seen by trying: a copy that gives other numbers is not used.
    """
    quick = copy.deepcopy(host).eval()
    _fold(quick)
    generator = torch.Generator().manual_seed(0)
    like = next(host.parameters(), torch.empty(0))
    image = torch.rand(1, 3, 64, 64, generator=generator).to(like)
    with torch.inference_mode():
        expected, got = copy.deepcopy(host).eval()(image), quick(image)
    same = (_are_close(e, g) for e, g in zip(_maps(expected), _maps(got), strict=True))
    return quick if all(same) else host


def _maps(output: HostOutput) -> list[Tensor]:
    return [*output.features, output.decoder, output.logit]


def _are_close(expected: Tensor, got: Tensor) -> bool:
    spread = expected.std().clamp_min(1e-6)
    return bool(((expected - got).abs() < TOLERANCE * spread).all())


def _fold(module: nn.Module) -> None:
    for (_, child), (name, norm) in pairwise(list(module.named_children())):
        conv = _last_convolution(child)
        if conv is not None and isinstance(norm, nn.BatchNorm2d) and _fits(conv, norm):
            _absorb(conv, norm)
            setattr(module, name, getattr(norm, "act", nn.Identity()))
    for child in module.children():
        _fold(child)


def _last_convolution(module: nn.Module) -> nn.Conv2d | None:
    if isinstance(module, nn.Sequential) and len(module) > 0:
        module = module[-1]
    return module if isinstance(module, nn.Conv2d) else None


def _fits(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> bool:
    return norm.running_mean is not None and norm.num_features == conv.out_channels


def _absorb(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
    conv.weight, conv.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, mean, variance, norm.eps, norm.weight, norm.bias
    )
