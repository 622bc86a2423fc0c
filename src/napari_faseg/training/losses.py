"""Losses on logits, each the mean over the pixels of a batch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def normalised_focal(logits: Tensor, target: Tensor, gamma: float = 2.0) -> Tensor:
    """Focal loss whose total weight is that of the plain one (Sofiiuk et al. 2019, NFL).

    Parameters
    ----------
    logits, target
        ``(b, 1, h, w)``; the target is 0 or 1.
    gamma
        How strongly pixels that are already right are ignored.
    """
    cross_entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = (1 - torch.exp(-cross_entropy)) ** gamma
    n_pixels = logits[0].numel()
    gain = n_pixels / weight.detach().sum((1, 2, 3), keepdim=True).clamp_min(1e-4 * n_pixels)
    return (gain.clamp_max(50.0) * weight * cross_entropy).mean()


def region(logits: Tensor, target: Tensor) -> Tensor:
    """One minus the soft intersection over union of each ``(1, h, w)`` mask, averaged."""
    probability = torch.sigmoid(logits)
    intersection = (probability * target).sum((1, 2, 3))
    union = (probability + target - probability * target).sum((1, 2, 3))
    return (1 - intersection / union.clamp_min(1.0)).mean()


def guidance(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross entropy of ``(b, 2 · scales, h', w')`` guidance maps.

    Even channels are supervised by the ``(b, 1, h, w)`` target, odd ones by its complement.
    """
    coarse = F.adaptive_avg_pool2d(target, (logits.shape[-2], logits.shape[-1]))
    wanted = torch.cat([coarse, 1 - coarse], dim=1).repeat(1, logits.shape[1] // 2, 1, 1)
    return F.binary_cross_entropy_with_logits(logits, wanted)


def coarse(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross entropy of the host's ``(b, 1, h', w')`` logit on its own grid."""
    wanted = F.adaptive_avg_pool2d(target, (logits.shape[-2], logits.shape[-1]))
    return F.binary_cross_entropy_with_logits(logits, wanted)
