"""Hosts that know classes: which of them the clicks are on."""

from __future__ import annotations

import torch
from torch import Tensor

from napari_faseg.models.layers import STRIDE, at_cells
from napari_faseg.models.places import cells_of
from napari_faseg.models.state import Features

LEAST_DOUBT = 1e-6  # that a pixel is of another class, so that odds stay finite


def class_odds(logits: Tensor) -> Tensor:
    """Turn logits of k classes into logits of each class against all others, ``(b, k, h, w)``."""
    log_probability = torch.log_softmax(logits, dim=1)
    doubt = -torch.expm1(log_probability)
    return log_probability - doubt.clamp_min(LEAST_DOUBT).log()


def any_object(odds: Tensor, background: int | None) -> Tensor:
    """Logit ``(b, 1, h, w)`` of the foreground: everything but the background.

    Parameters
    ----------
    odds
        Of :func:`class_odds`.
    background
        Its class; without one, the foreground is where any class is likely.
    """
    if background is None:
        return odds.amax(1, keepdim=True)
    return -odds[:, background : background + 1]


def coarse_for(features: Features, clicks: Tensor) -> Tensor:
    """Logit ``(b, 1, h', w')`` of the host for what ``(b, n, 3)`` clicks are on.

    A host of one class knows but one answer. One of several gives the class that is clicked on;
    without a positive click, everything but the background.
    """
    odds = features.odds
    if odds is None:
        return features.coarse
    signs = clicks[..., 2]
    cells = cells_of(clicks, (odds.shape[-2], odds.shape[-1]), STRIDE)
    images = torch.arange(len(odds), device=odds.device)
    clicked = odds[images, clicked_class(odds, cells, signs)][:, None]
    has_positive = (signs > 0).any(1)[:, None, None, None]
    return torch.where(has_positive, clicked, features.coarse)


def clicked_class(odds: Tensor, cells: Tensor, signs: Tensor) -> Tensor:
    """Return the class that has more of the positive clicks and less of the negative ones.

    Parameters
    ----------
    odds
        ``(b, k, h, w)`` of :func:`class_odds`.
    cells, signs
        ``(b, n, 2)`` rows and columns of the clicks, and ``(b, n)`` +1, -1, or 0 for no click.

    Returns
    -------
    Tensor
        ``(b,)`` class whose mean probability at positive clicks exceeds that at negative ones
        most; the background is a class like any other, because the host may not know the object.
    """
    probability = torch.sigmoid(at_cells(odds, cells))  # (b, n, k)
    score = _mean_where(probability, signs > 0) - _mean_where(probability, signs < 0)
    return score.argmax(1)


def _mean_where(values: Tensor, chosen: Tensor) -> Tensor:
    """Mean ``(b, k)`` of the chosen among n ``(b, n, k)`` values, whatever their order."""
    kept = (values * chosen[..., None]).sort(dim=1).values  # so that rounding knows no order
    return kept.sum(1) / chosen.sum(1, keepdim=True).clamp_min(1)
