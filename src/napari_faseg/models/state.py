"""What is remembered between clicks: of the image, and of the clicks so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from napari_faseg.models.attention import ScaleClicks, ScaleFeatures
from napari_faseg.models.memo import PrefixMemo


@dataclass(frozen=True)
class ClickState:
    """Everything the clicks so far have changed; adding one makes a new state.

    Attributes
    ----------
    clicks
        ``(b, n, 3)`` rows of y, x in pixels and sign, which is 0 where a click does not count.
    scales
        Distances and attention of each scale.
    squared
        ``(b, 2, h, w)`` squared distance in pixels to the nearest positive (0) and negative (1)
        click, on the grid of stride 4; infinite without one.
    """

    clicks: Tensor
    scales: tuple[ScaleClicks, ...]
    squared: Tensor


@dataclass(frozen=True)
class Features:
    """An encoded batch of images: whatever no click changes.

    Attributes
    ----------
    size
        (h, w) of the encoded images in pixels, before padding.
    scales
        Fused maps and embeddings of each scale, on the grid of the attention.
    refine
        ``(b, width, h', w')`` share of the decoder map in the first layer of R, on the grid of
        stride 4.
    coarse
        ``(b, 1, h', w')`` logit of the host without any click, I_C, on the same grid.
    odds
        ``(b, k, h', w')`` logits of each of k classes against all others, on the same grid; None
        for a host of one class.
    """

    size: tuple[int, int]
    scales: tuple[ScaleFeatures, ...]
    refine: Tensor
    coarse: Tensor
    odds: Tensor | None = None
    memo: PrefixMemo[ClickState] = field(default_factory=PrefixMemo, repr=False, compare=False)

    def repeated(self, n: int) -> Features:
        """Every image n times in a row, so that one encoder pass serves n objects of it."""
        scales = tuple(s.repeated(n) for s in self.scales)
        refine, coarse = (x.repeat_interleave(n, 0) for x in (self.refine, self.coarse))
        odds = None if self.odds is None else self.odds.repeat_interleave(n, 0)
        return Features(self.size, scales, refine, coarse, odds)
