"""Small layers that several parts of the network share."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4  # the attention and the refinement work on a grid of one cell per 4 x 4 pixels


class ConvNorm(nn.Module):
    """Convolution, batch normalisation and ReLU, computed as one convolution when not training.

    Parameters
    ----------
    in_channels, out_channels
        Channels of the ``(b, c, h, w)`` input and output; h and w stay as they are.
    kernel_size, dilation
        Of the convolution; odd kernels only.
    """

    folded_weight: Tensor | None
    folded_bias: Tensor | None

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 1, dilation: int = 1
    ) -> None:
        super().__init__()
        self.padding = dilation * (kernel_size // 2)
        self.dilation = dilation
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, kernel_size, kernel_size))
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        self.norm = nn.BatchNorm2d(out_channels)
        self.register_buffer("folded_weight", None, persistent=False)
        self.register_buffer("folded_bias", None, persistent=False)

    def fold(self) -> None:
        """Fold once and for all; the layer cannot be trained or saved any more."""
        weight, bias = self.folded()
        self.folded_weight, self.folded_bias = weight.detach(), bias.detach()

    def folded(self) -> tuple[Tensor, Tensor]:
        """Return weight and bias of the convolution with the normalisation folded into it."""
        if self.folded_weight is not None and self.folded_bias is not None:
            return self.folded_weight, self.folded_bias
        norm = self.norm
        mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
        scale = norm.weight * torch.rsqrt(variance + norm.eps)
        return self.weight * scale.view(-1, 1, 1, 1), norm.bias - mean * scale

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(b, in_channels, h, w)`` to ``(b, out_channels, h, w)``."""
        if self.norm.training:
            y = F.conv2d(x, self.weight, padding=self.padding, dilation=self.dilation)
            return F.relu(cast(Tensor, self.norm(y)))
        weight, bias = self.folded()
        return F.relu_(F.conv2d(x, weight, bias, padding=self.padding, dilation=self.dilation))


def to_grid(x: Tensor, grid: tuple[int, int]) -> Tensor:
    """Bring a ``(b, c, h, w)`` map to the grid bilinearly; finer ones are halved by averages."""
    while x.shape[-2] >= 2 * grid[0] and x.shape[-1] >= 2 * grid[1]:
        x = F.avg_pool2d(x, 2)
    return on_grid(x, grid).contiguous(memory_format=torch.channels_last)


def on_grid(x: Tensor, grid: tuple[int, int]) -> Tensor:
    """Bring a ``(b, c, h, w)`` map to a grid that is about as fine, or finer, bilinearly."""
    if x.shape[-2:] == grid:
        return x
    return F.interpolate(x, grid, mode="bilinear", align_corners=False)


def at_cells(x: Tensor, cells: Tensor) -> Tensor:
    """Pick the ``(b, n, c)`` vectors of a ``(b, c, h, w)`` map at ``(b, n, 2)`` cells."""
    batch = torch.arange(x.shape[0], device=x.device)[:, None]
    return x.permute(0, 2, 3, 1)[batch, cells[..., 0], cells[..., 1]]
