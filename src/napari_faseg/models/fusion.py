"""Multi-scale features on one grid: SF_s, IF and IF_s of Sun et al. 2022, section 3.1."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from napari_faseg.models.layers import ConvNorm, to_grid


class MultiScaleFusion(nn.Module):
    """Fuse every feature level with a map common to all of them (after Sinha & Dolz 2021).

    Parameters
    ----------
    feature_channels
        Channels of the levels of the host.
    width
        Channels of SF_s and IF.
    channels
        Channels of each IF_s.
    """

    def __init__(self, feature_channels: Sequence[int], width: int, channels: int) -> None:
        super().__init__()
        n = len(feature_channels)
        self.project = nn.ModuleList(ConvNorm(c, width) for c in feature_channels)
        self.common = ConvNorm(n * width, width)
        self.fuse = nn.ModuleList(ConvNorm(2 * width, channels) for _ in range(n))

    def forward(self, features: Sequence[Tensor], grid: tuple[int, int]) -> tuple[Tensor, ...]:
        """Return IF_s, one ``(b, channels, *grid)`` map for each ``(b, c_s, h_s, w_s)`` level."""
        scaled = [
            self._scaled(f, project, grid)
            for f, project in zip(features, self.project, strict=True)
        ]
        common = self.common(torch.cat(scaled, dim=1))
        return tuple(
            fuse(torch.cat([s, common], dim=1)) for s, fuse in zip(scaled, self.fuse, strict=True)
        )

    @staticmethod
    def _scaled(feature: Tensor, project: nn.Module, grid: tuple[int, int]) -> Tensor:
        """SF_s: project on the coarser of the two resolutions, where it is cheapest."""
        if feature.shape[-2] > grid[0]:
            projected: Tensor = project(to_grid(feature, grid))
            return projected
        return to_grid(project(feature), grid)
