"""Refinement network R: coarse result, guidance and decoder map in, mask logit out (eq. 5)."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_faseg.models.layers import ConvNorm

DILATIONS = (2, 4, 8, 16)


def n_guide_channels(n_scales: int) -> int:
    """Return how many maps change with the clicks: one coarse result, two for each scale."""
    return 1 + 2 * n_scales


class RefinementNet(nn.Module):
    """Six convolutions, the middle four dilated by 2, 4, 8 and 16 (table 1).

    The input is concat(guide, I_F): ``guide_channels`` maps that change with the clicks and
    ``channels`` that do not. The share of I_F in the first 1 x 1 layer is computed once per image.

    Parameters
    ----------
    channels
        Channels c of the decoder map I_F.
    width
        Channels of the hidden layers.
    guide_channels
        Channels that depend on the clicks; 11 in the paper, whose host has five scales.
    out_channels
        1 logit, or 3 as in the paper, whose mean is the logit.
    coarse_width
        Channels of the dilated layers at half the resolution, see :class:`CoarseToFine`;
        0 for four dilated layers at full resolution.
    """

    def __init__(
        self,
        channels: int,
        width: int = 24,
        guide_channels: int = n_guide_channels(5),
        out_channels: int = 1,
        coarse_width: int = 0,
    ) -> None:
        super().__init__()
        self.guide_channels = guide_channels
        self.in_channels = guide_channels + channels
        self.first = ConvNorm(self.in_channels, width)
        self.middle = CoarseToFine(width, coarse_width) if coarse_width else _dilated(width, width)
        self.last = nn.Conv2d(width, out_channels, 1)

    def prepare(self, decoder: Tensor) -> Tensor:
        """Share of I_F ``(b, c, h, w)`` in the first layer, ``(b, width, h, w)``."""
        if self.first.norm.training:
            return F.conv2d(decoder, self.first.weight[:, self.guide_channels :])
        weight, bias = self.first.folded()
        return F.conv2d(decoder, weight[:, self.guide_channels :], bias)

    def refine(self, guide: Tensor, prepared: Tensor) -> Tensor:
        """Logit ``(b, 1, h, w)`` from ``(b, guide_channels, h, w)`` and the prepared share."""
        n = self.guide_channels
        if self.first.norm.training:
            guide = guide.contiguous(memory_format=torch.channels_last)
            y = F.conv2d(guide, self.first.weight[:, :n]) + prepared
            x = F.relu(cast(Tensor, self.first.norm(y)))
        else:
            x = F.relu_(_added_pointwise(prepared, guide, self.first.folded()[0][:, :n]))
        logit: Tensor = self.last(self.middle(x))
        return logit.mean(1, keepdim=True)

    def forward(self, guide: Tensor, decoder: Tensor) -> Tensor:
        """Logit ``(b, 1, h, w)`` from the unsplit input concat(guide, decoder)."""
        x = self.first(torch.cat([guide, decoder], dim=1))
        logit: Tensor = self.last(self.middle(x))
        return logit.mean(1, keepdim=True)


class CoarseToFine(nn.Module):
    """The four dilated layers at half the resolution, then one more that brings back the detail.

    At a quarter of the cost per channel they can be wider, and they reach twice as far: what
    decides where an object ends is often far from the click.

    Parameters
    ----------
    width
        Channels of the ``(b, width, h, w)`` input and output; h and w are even.
    coarse_width
        Channels of the layers at half the resolution.
    """

    def __init__(self, width: int, coarse_width: int) -> None:
        super().__init__()
        self.coarse = _dilated(width, coarse_width)
        self.back = nn.Conv2d(coarse_width, width, 1)
        self.fine = ConvNorm(width, width, 3, DILATIONS[0])

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(b, width, h, w)`` to ``(b, width, h, w)``."""
        coarse = self.back(self.coarse(F.avg_pool2d(x, 2)))
        enlarged = F.interpolate(coarse, x.shape[-2:], mode="bilinear", align_corners=False)
        return cast(Tensor, self.fine(F.relu_(enlarged.add_(x))))


def _dilated(in_channels: int, width: int) -> nn.Sequential:
    """Make the four dilated layers of table 1."""
    first = ConvNorm(in_channels, width, 3, DILATIONS[0])
    return nn.Sequential(first, *(ConvNorm(width, width, 3, d) for d in DILATIONS[1:]))


def _added_pointwise(base: Tensor, x: Tensor, weight: Tensor) -> Tensor:
    """Return base plus the 1 x 1 convolution of ``(b, c, h, w)`` x, as a channels-last map.

    One matrix product that reads x in either memory layout, twice as fast as a convolution.
    """
    b, c, h, w = x.shape
    flat = base.permute(0, 2, 3, 1).reshape(b, h * w, -1)
    pointwise = weight.view(1, -1, c).transpose(1, 2).expand(b, -1, -1)  # (b, c, width)
    product = torch.baddbmm(flat, x.reshape(b, c, h * w).transpose(1, 2), pointwise)
    return product.view(b, h, w, -1).permute(0, 3, 1, 2)
