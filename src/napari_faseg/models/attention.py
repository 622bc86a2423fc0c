"""Feature-aware attention of one scale: clicks and features in, a guidance map out (eq. 1).

Follows Sun et al. 2022, section 3.2, with the non-local block of SAGAN (Zhang et al. 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_faseg.models.distance import NO_CLICK, FeatureDistance
from napari_faseg.models.kinds import AttentionKind, DistanceKind
from napari_faseg.models.layers import at_cells
from napari_faseg.models.softmax import OnlineSoftmax

DENSE_CHUNK = 256  # keys absorbed at once by the dense form


@dataclass(frozen=True)
class ScaleFeatures:
    """What one scale keeps of an image: everything that no click changes.

    Attributes
    ----------
    features
        ``(b, c, h, w)`` the fused map IF_s.
    embeddings
        ``(b, regions · dim, h, w)``, for the distances.
    """

    features: Tensor
    embeddings: Tensor

    def repeated(self, n: int) -> ScaleFeatures:
        """Every image n times in a row."""
        features = self.features.repeat_interleave(n, 0)
        return ScaleFeatures(
            features.contiguous(memory_format=torch.channels_last),
            self.embeddings.repeat_interleave(n, 0),
        )


@dataclass(frozen=True)
class ScaleClicks:
    """What one scale keeps of the clicks so far.

    Attributes
    ----------
    squared
        ``(b, 2, h, w)`` squared feature distance to the nearest negative and positive click.
    attended
        The running softmax over the clicks.
    """

    squared: Tensor
    attended: OnlineSoftmax


class FeatureAwareAttention(nn.Module):
    """Guidance map of one scale from features and clicks.

    Parameters
    ----------
    channels
        Channels c of the ``(b, c, h, w)`` feature map.
    dim, regions, distance
        See :class:`~napari_faseg.models.distance.FeatureDistance`.
    attention
        ``"click"``: every cell asks, only clicked cells answer; cost O(h·w·n).
        ``"dense"``: queries from D_m, keys and values from every cell, streamed.
        ``"none"``: the distances alone.
    """

    def __init__(
        self,
        channels: int,
        *,
        dim: int = 8,
        regions: Sequence[int] = (1, 3, 5),
        distance: DistanceKind = "trainable",
        attention: AttentionKind = "click",
    ) -> None:
        super().__init__()
        self.kind = attention
        self.distance = FeatureDistance(channels, dim, regions, distance)
        self.from_distance = nn.Conv2d(3, channels, 3, padding=1)
        self.guidance = nn.Conv2d(channels, 2, 1)  # foreground, background
        if attention == "none":
            return
        self.key = nn.Linear(channels, channels)
        self.value = nn.Linear(channels, channels)
        self.gamma = nn.Parameter(torch.zeros(()))
        if attention == "click":
            self.query = nn.Conv2d(channels, channels, 1)
            self.key_sign = nn.Parameter(torch.randn(2, channels) * 0.02)
            self.value_sign = nn.Parameter(torch.randn(2, channels) * 0.02)
        else:
            self.query = nn.Conv2d(3, channels, 3, padding=1)

    def prepare(self, features: Tensor) -> ScaleFeatures:
        """Compute everything that no click changes from ``(b, c, h, w)`` features."""
        features = features.contiguous(memory_format=torch.channels_last)
        return ScaleFeatures(features, self.distance.embeddings(features))

    def start(self, scale: ScaleFeatures) -> ScaleClicks:
        """Begin with no clicks."""
        b, c, h, w = scale.features.shape
        squared = scale.features.new_full((b, 2, h, w), NO_CLICK)
        n_channels = c if self.kind == "click" else 0
        return ScaleClicks(squared, OnlineSoftmax.empty(scale.features, n_channels, h * w))

    def extend(
        self, scale: ScaleFeatures, clicks: ScaleClicks, cell: Tensor, sign: Tensor
    ) -> ScaleClicks:
        """Add one click per image.

        Parameters
        ----------
        cell
            ``(b, 2)`` int64 row and column on the grid.
        sign
            ``(b,)`` +1 positive, -1 negative, 0 no click for this image.
        """
        other = torch.stack([sign >= 0, sign <= 0], dim=1)[..., None, None]  # (b, 2, 1, 1)
        distance = self.distance.squared(scale.embeddings, cell)  # (b, 1, h, w)
        unless_other = distance.new_zeros(other.shape).masked_fill_(other, NO_CLICK)
        squared = torch.minimum(clicks.squared, distance + unless_other)
        attended = clicks.attended
        if self.kind == "click":
            attended = self._attend_click(scale, attended, cell, sign)
        return ScaleClicks(squared, attended)

    def guide(self, scale: ScaleFeatures, clicks: ScaleClicks) -> Tensor:
        """Return G_s, ``(b, 2, h, w)``: logits of foreground and background."""
        distances = self.distance(clicks.squared).contiguous(memory_format=torch.channels_last)
        x = _flat(self.from_distance(distances)).add_(_flat(scale.features))  # (b, h·w, c)
        if self.kind != "none":
            dense = self.kind == "dense"
            attended = self._attend_all(scale, distances) if dense else clicks.attended
            x.addcmul_(attended.weighted, attended.share(self.gamma))
        b, c, h, w = scale.features.shape
        weight, bias = self.guidance.weight.view(2, c), cast(Tensor, self.guidance.bias)
        guidance = torch.matmul(weight, F.relu_(x).transpose(1, 2)) + bias[:, None]  # (b, 2, h·w)
        return guidance.view(b, 2, h, w)

    def forward(self, features: Tensor, cells: Tensor, signs: Tensor) -> Tensor:
        """Guidance from scratch: ``(b, c, h, w)``, ``(b, n, 2)`` cells and ``(b, n)`` signs."""
        scale = self.prepare(features)
        clicks = self.start(scale)
        for i in range(cells.shape[1]):
            clicks = self.extend(scale, clicks, cells[:, i], signs[:, i])
        return self.guide(scale, clicks)

    def _attend_click(
        self, scale: ScaleFeatures, attended: OnlineSoftmax, cell: Tensor, sign: Tensor
    ) -> OnlineSoftmax:
        """Absorb the key and value of one click per image."""
        clicked = at_cells(scale.features, cell[:, None])  # (b, 1, c)
        which = (sign > 0).long()[:, None]
        key = self.key(clicked) + self.key_sign[which]
        value = self.value(clicked) + self.value_sign[which]
        return attended.absorb(self.match(scale.features, key, sign != 0), value)

    def match(self, features: Tensor, keys: Tensor, valid: Tensor) -> Tensor:
        """Logits ``(b, h·w, n)`` of ``(b, n, c)`` keys, -inf for images not ``(b,)`` valid.

        The query layer is folded into the keys.
        """
        c = features.shape[1]
        weight, bias = self.query.weight.view(c, c), cast(Tensor, self.query.bias)
        folded = keys @ weight / c**0.5  # (b, n, c)
        offset = (keys @ bias / c**0.5).unsqueeze(1)  # (b, 1, n)
        offset = offset.masked_fill(~valid[:, None, None], -torch.inf)
        return torch.baddbmm(offset, _flat(features), folded.transpose(1, 2))

    def _attend_all(self, scale: ScaleFeatures, distances: Tensor) -> OnlineSoftmax:
        """Attend to every cell, a chunk of keys at a time."""
        c = scale.features.shape[1]
        query = _flat(self.query(distances)) / c**0.5  # (b, h·w, c)
        features = _flat(scale.features)
        attended = OnlineSoftmax.empty(scale.features, c, features.shape[1])
        for part in torch.split(features, DENSE_CHUNK, dim=1):
            logits = torch.bmm(query, self.key(part).transpose(1, 2))  # (b, h·w, chunk)
            attended = attended.absorb(logits, self.value(part))
        return attended


def _flat(x: Tensor) -> Tensor:
    """View a channels-last ``(b, c, h, w)`` map as ``(b, h·w, c)`` vectors."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)
