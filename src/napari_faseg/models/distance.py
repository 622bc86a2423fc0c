"""Trainable feature distance between every pixel and a click (equations 2 to 4).

Sources: Sun et al. 2022, eq. 2-4; the bounded form is that of CFBI (Yang et al. 2020) and
FEELVOS (Voigtlaender et al. 2019).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_faseg.models.kinds import DistanceKind
from napari_faseg.models.layers import at_cells

NO_CLICK = float("inf")  # squared distance to a click that is not there


class FeatureDistance(nn.Module):
    """Distance of every cell to the nearest click in a learned embedding.

    Parameters
    ----------
    channels
        Channels of the feature map.
    dim
        Size of the embedding e.
    regions
        Sides r of the neighbourhoods over which embeddings are averaged before they are
        compared; the smallest of the distances counts.
    kind
        ``"trainable"``: d = 1 - 2 / (1 + exp(x + b)) = tanh((x + b) / 2) of the squared
        embedding distance x per dimension, with a bias b of its own for each sign.
        ``"euclidean"``: eq. 2 and 3 as printed.
    """

    def __init__(
        self,
        channels: int,
        dim: int = 8,
        regions: Sequence[int] = (1, 3, 5),
        kind: DistanceKind = "trainable",
    ) -> None:
        super().__init__()
        if not regions:
            raise ValueError("expected at least one region to compare, got none")
        self.dim = dim
        self.regions = tuple(regions)
        self.kind = kind
        self.embed = nn.Conv2d(channels, dim, kernel_size=1)
        self.bias = nn.Parameter(torch.zeros(2))  # negative, positive
        self.log_temperature = nn.Parameter(torch.zeros(()))

    def embeddings(self, features: Tensor) -> Tensor:
        """Embed ``(b, channels, h, w)`` features: ``(b, regions · dim, h, w)``."""
        e = self.embed(features)
        pooled = (F.avg_pool2d(e, r, 1, r // 2, count_include_pad=False) for r in self.regions)
        return torch.cat([p.contiguous() for p in pooled], dim=1)

    def squared(self, embeddings: Tensor, cell: Tensor) -> Tensor:
        """Squared distance per dimension to one click, ``(b, 1, h, w)``, at ``(b, 2)`` cells.

        The difference is squared directly: the expanded product form leaves 1e-6 at the click.
        """
        b, _, h, w = embeddings.shape
        clicked = at_cells(embeddings, cell[:, None]).view(b, -1, 1, 1)
        squares = (embeddings - clicked).square_().view(b, len(self.regions), self.dim, h, w)
        of_regions = torch.split(squares.sum(2), 1, dim=1)
        nearest = of_regions[0]
        for of_region in of_regions[1:]:
            nearest = torch.minimum(nearest, of_region)
        return nearest / self.dim

    def bounded(self, squared: Tensor) -> Tensor:
        """Turn ``(b, 2, h, w)`` squared distances (negative, positive) into [D_0, D_1].

        Values lie below 1; a sign without any click is 1 everywhere.
        """
        if self.kind == "trainable":
            return torch.tanh((squared + self.bias.view(1, 2, 1, 1)) / 2)
        absent = torch.isinf(squared)
        root = torch.sqrt(squared.masked_fill(absent, 1.0) * self.dim + 1e-12)
        return torch.where(absent, torch.ones_like(root), root)

    def forward(self, squared: Tensor) -> Tensor:
        """Return D_m, ``(b, 3, h, w)``: D_0, D_1 and the foreground probability P_fd (eq. 4)."""
        d = self.bounded(squared)
        difference = d[:, :1] - d[:, 1:]
        probability = torch.sigmoid(difference * self.log_temperature.exp())
        return torch.cat([d, probability], dim=1)
