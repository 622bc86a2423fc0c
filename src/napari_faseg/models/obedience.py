"""Clicks always win: a small correction after which every clicked pixel has its own sign.

The idea is the Gaussian-process posterior of GPCIS (Zhou et al. 2023): the network's logit g is
the prior, the clicks are observations, and f = g + k(x, X) (K + ε I)^-1 (t - g(X)), here with a
Gaussian kernel in pixels, which is a product of rows and columns and so costs next to nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from napari_faseg.models.layers import STRIDE

MARGIN = 1.0  # logit of its own sign that a clicked pixel has at least
RADIUS = 8.0  # standard deviation of the kernel in pixels
RIDGE = 1e-3  # keeps clicks of both signs on neighbouring pixels solvable


def obey(logits: Tensor, clicks: Tensor) -> Tensor:
    """Correct logits around the clicks that they contradict.

    Parameters
    ----------
    logits
        ``(b, 1, h, w)`` on the grid of one cell per 4 x 4 pixels.
    clicks
        ``(b, n, 3)`` rows of y, x in pixels and sign; sign 0 is ignored.

    Returns
    -------
    Tensor
        ``(b, 1, h, w)``; the very same object where no click is contradicted.
    """
    clicks = in_fixed_order(clicks)
    missing = missing_at(logits, clicks)  # (b, n)
    if not bool(missing.any()):
        return logits
    h, w = logits.shape[-2:]
    rows, columns = _bumps(clicks[..., 0], h), _bumps(clicks[..., 1], w)  # (b, n, h), (b, n, w)
    kernel = _between(rows, clicks[..., 0]) * _between(columns, clicks[..., 1])  # (b, n, n)
    gain = gain_of(kernel, missing, clicks, RIDGE)
    correction = torch.bmm(rows.transpose(1, 2), gain[..., None] * columns)  # (b, h, w)
    return logits + correction[:, None]


def in_fixed_order(clicks: Tensor) -> Tensor:
    """Sort the ``(b, n, 3)`` clicks that count, so that rounding does not depend on their order."""
    clicks = clicks[:, (clicks[..., 2] != 0).any(0)]
    for column in range(3):
        order = clicks[..., column].argsort(dim=1, stable=True)
        clicks = clicks.gather(1, order[..., None].expand_as(clicks))
    return clicks


def missing_at(logits: Tensor, clicks: Tensor) -> Tensor:
    """Return what ``(b, 1, h, w)`` logits lack at ``(b, n, 3)`` clicks to have their signs."""
    sign = clicks[..., 2]
    return sign * (MARGIN - sign * values_at(logits, clicks)[:, 0]).clamp_min(0)


def values_at(maps: Tensor, clicks: Tensor) -> Tensor:
    """Values ``(b, c, n)`` that ``(b, c, h, w)`` maps have at the clicked pixels once enlarged."""
    h, w = maps.shape[-2:]
    half = torch.tensor([w, h], device=maps.device) * STRIDE / 2
    place = (clicks[..., [1, 0]] + 0.5) / half - 1  # (b, n, 2): x, y in [-1, 1]
    read = F.grid_sample(maps, place[:, None].to(maps), padding_mode="border", align_corners=False)
    return read[:, :, 0]


def gain_of(kernel: Tensor, missing: Tensor, clicks: Tensor, ridge: float) -> Tensor:
    """Solve for the ``(b, n)`` gains of a ``(b, n, n)`` kernel; clicks of sign 0 have none."""
    known = (clicks[..., 2] != 0).to(kernel)
    kernel = kernel * known[:, :, None] * known[:, None, :]
    gain: Tensor = torch.linalg.solve(kernel + torch.diag_embed(ridge + 1 - known), missing)
    return gain


def _bumps(centres: Tensor, n_cells: int) -> Tensor:
    """Gaussian bumps ``(b, n, n_cells)`` around ``(b, n)`` pixel positions along one axis."""
    cells = torch.arange(n_cells, device=centres.device) * STRIDE + (STRIDE - 1) / 2
    return torch.exp(-((cells - centres[..., None]) / RADIUS).square() / 2)


def _between(bumps: Tensor, positions: Tensor) -> Tensor:
    """Values ``(b, n, m)`` of m bumps ``(b, m, cells)`` at n positions, interpolated linearly."""
    place = ((positions + 0.5) / STRIDE - 0.5).clamp(0, bumps.shape[-1] - 1)  # (b, n)
    below = place.floor().long().clamp_max(max(bumps.shape[-1] - 2, 0))
    share = (place - below)[:, :, None]
    by_cell = bumps.transpose(1, 2)  # (b, cells, m)
    batch = torch.arange(bumps.shape[0], device=bumps.device)[:, None]
    above = (below + 1).clamp_max(bumps.shape[-1] - 1)
    return by_cell[batch, below] * (1 - share) + by_cell[batch, above] * share
