"""Losses on logits: ``(b,)``, for each mask of a batch the mean over its known pixels.

`known` is 1 where it is known what a pixel belongs to and 0 where it is not; without it
everything is known. A mask of which nothing is known has no loss.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

LEAST_WEIGHT = 1e-4  # mean weight of a pixel below which the focal loss is not raised further


def normalised_focal(
    logits: Tensor, target: Tensor, known: Tensor | None = None, gamma: float = 2.0
) -> Tensor:
    """Focal loss whose total weight is that of the plain one (Sofiiuk et al. 2019, NFL).

    Parameters
    ----------
    logits, target, known
        ``(b, 1, h, w)``; the target is 0 or 1.
    gamma
        How strongly pixels that are already right are ignored.
    """
    cross_entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = (1 - torch.exp(-cross_entropy)) ** gamma
    mean_weight = _mean(weight.detach(), known)[:, None, None, None]
    gain = (1 / mean_weight.clamp_min(LEAST_WEIGHT)).clamp_max(50.0)
    return _mean(gain * weight * cross_entropy, known)


def cross_entropy(logits: Tensor, target: Tensor, known: Tensor | None = None) -> Tensor:
    """Binary cross entropy of ``(b, 1, h, w)`` logits, as in Sun et al. 2022."""
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return _mean(loss, known)


def absolute(logits: Tensor, target: Tensor, known: Tensor | None = None) -> Tensor:
    """Mean difference of ``(b, 1, h, w)`` probability and target: Sun et al. 2022, eq. 6."""
    return _mean((torch.sigmoid(logits) - target).abs(), known)


def region(logits: Tensor, target: Tensor, known: Tensor | None = None) -> Tensor:
    """One minus the soft intersection over union of each ``(1, h, w)`` mask."""
    probability = torch.sigmoid(logits)
    if known is not None:
        probability, target = probability * known, target * known
    intersection = (probability * target).sum((1, 2, 3))
    union = (probability + target - probability * target).sum((1, 2, 3))
    return 1 - intersection / union.clamp_min(1.0)


def guidance(logits: Tensor, target: Tensor, known: Tensor | None = None) -> Tensor:
    """Binary cross entropy of ``(b, 2 · scales, h', w')`` guidance maps.

    Even channels are supervised by the ``(b, 1, h, w)`` target, odd ones by its complement.
    """
    share, weight = _on_grid(target, known, logits)
    wanted = torch.cat([share, 1 - share], dim=1).repeat(1, logits.shape[1] // 2, 1, 1)
    return cross_entropy(logits, wanted, weight)


def coarse(logits: Tensor, target: Tensor, known: Tensor | None = None) -> Tensor:
    """Binary cross entropy of the host's ``(b, 1, h', w')`` logit on its own grid."""
    return cross_entropy(logits, *_on_grid(target, known, logits))


def _on_grid(target: Tensor, known: Tensor | None, logits: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return the share of each cell of the grid of ``logits`` that is wanted, and is known."""
    size = (logits.shape[-2], logits.shape[-1])
    if known is None:
        return F.adaptive_avg_pool2d(target, size), None
    weight = F.adaptive_avg_pool2d(known, size)
    return F.adaptive_avg_pool2d(target * known, size) / weight.clamp_min(1e-6), weight


def _mean(values: Tensor, weight: Tensor | None) -> Tensor:
    """Return the ``(b,)`` weighted means of ``(b, c, h, w)`` values."""
    if weight is None:
        return values.mean((1, 2, 3))
    weight = weight.expand_as(values)
    return (values * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp_min(1.0)
