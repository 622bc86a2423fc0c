"""Softmax attention that takes its keys one after the other.

The same exact recurrence serves a click that is added to earlier clicks and a dense attention
streamed in chunks, so no matrix of all pixels against all pixels ever exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

EMPTY_PEAK = -1e30


@dataclass(frozen=True)
class OnlineSoftmax:
    """A softmax over the keys seen so far, for each of p queries.

    Attributes
    ----------
    peak
        ``(b, p, 1)`` largest logit so far.
    total
        ``(b, p, 1)`` sum of exp(logit - peak).
    weighted
        ``(b, p, c)`` sum of exp(logit - peak) times the value.
    """

    peak: Tensor
    total: Tensor
    weighted: Tensor

    @classmethod
    def empty(cls, like: Tensor, channels: int, queries: int) -> OnlineSoftmax:
        """No keys yet; batch size, type and device are those of ``like``."""
        zeros = like.new_zeros(like.shape[0], queries, 1)
        weighted = like.new_zeros(like.shape[0], queries, channels)
        return cls(torch.full_like(zeros, EMPTY_PEAK), zeros, weighted)

    def absorb(self, logits: Tensor, values: Tensor) -> OnlineSoftmax:
        """Add n keys.

        Parameters
        ----------
        logits
            ``(b, p, n)`` match of each query with each key; a key with -inf changes nothing.
        values
            ``(b, n, c)`` value of each key.
        """
        single = values.shape[1] == 1
        highest = logits.detach() if single else logits.detach().amax(2, keepdim=True)
        peak = torch.maximum(self.peak, highest)
        weights = torch.exp(logits - peak)  # (b, p, n)
        decay = torch.exp(self.peak - peak)
        added = weights if single else weights.sum(2, keepdim=True)
        total = torch.addcmul(added, self.total, decay)
        weighted = self.weighted * decay
        if single:
            weighted.addcmul_(weights, values)
        else:
            weighted.baddbmm_(weights, values)
        return OnlineSoftmax(peak, total, weighted)

    def share(self, gain: Tensor) -> Tensor:
        """Return gain / total, ``(b, p, 1)``: what the weighted sum is to be multiplied with."""
        return gain / self.total.clamp_min(torch.finfo(self.total.dtype).tiny)
