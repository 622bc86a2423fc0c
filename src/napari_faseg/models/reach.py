"""A click that is contradicted reaches what looks like the clicked pixel around it.

As in GPCIS (Zhou et al. 2023) the kernel compares features; here those by which the attention
compares pixels with clicks, and only what is near counts.
"""

from __future__ import annotations

import torch
from torch import Tensor

from napari_faseg.models.layers import STRIDE, on_grid
from napari_faseg.models.obedience import gain_of, in_fixed_order, missing_at, values_at

RADIUS = 16.0  # standard deviation of nearness in pixels
ALIKE = 0.5  # standard deviation of likeness: root of the mean square difference of embeddings
NOTHING = -50.0  # exponent that is as good as none: smaller results are slow to compute with
AT_ONCE = 16  # clicks: how much memory is needed does not grow with their number
RIDGE = 1e-2  # keeps clicks of both signs on pixels that look alike solvable


def reach(logits: Tensor, clicks: Tensor, embeddings: Tensor) -> Tensor:
    """Correct logits where it looks like at the clicks that they contradict.

    A first click says which object is meant, and is left to :func:`~.obedience.obey`, which
    also sees to what is still contradicted afterwards.

    Parameters
    ----------
    logits
        ``(b, 1, h, w)`` on the grid of one cell per 4 x 4 pixels.
    clicks
        ``(b, n, 3)`` rows of y, x in pixels and sign; sign 0 is ignored.
    embeddings
        ``(b, c, h', w')`` descriptions of the same images, on a grid that may be coarser.

    Returns
    -------
    Tensor
        ``(b, 1, h, w)``; the very same object where no click, or only a first one, is
        contradicted.
    """
    clicks = in_fixed_order(clicks)
    is_late = (clicks[..., 2] != 0).sum(1, keepdim=True) > 1
    missing = missing_at(logits, clicks) * is_late  # (b, n)
    if not bool(missing.any()):
        return logits
    cells = _described(embeddings, (logits.shape[-2], logits.shape[-1]))
    clicked = values_at(cells, clicks)  # (b, c + 2, n)
    gain = gain_of(_kernel(clicked, clicked), missing, clicks, RIDGE)
    corrected = logits.flatten(2)
    for some, gains in zip(
        torch.split(clicked, AT_ONCE, 2), torch.split(gain, AT_ONCE, 1), strict=True
    ):
        kernel = _kernel(some, cells.flatten(2))  # (b, n, h·w)
        corrected = torch.baddbmm(corrected, gains[:, None], kernel)
    return corrected.view(logits.shape)


def _described(embeddings: Tensor, grid: tuple[int, int]) -> Tensor:
    """Describe every cell by look and place, ``(b, c + 2, *grid)`` in standard deviations."""
    look = on_grid(embeddings, grid) / (ALIKE * embeddings.shape[1] ** 0.5)
    rows, columns = (torch.arange(n, device=look.device) * (STRIDE / RADIUS) for n in grid)
    place = torch.stack(torch.meshgrid(rows, columns, indexing="ij")).to(look)
    return torch.cat([look, place.expand(len(look), -1, -1, -1)], dim=1)


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """Gaussian ``(b, n, m)`` of the distances between ``(b, c, n)`` and ``(b, c, m)`` vectors."""
    half_a, half_b = (x.square().sum(1) / 2 for x in (a, b))
    exponent = torch.baddbmm(-half_b[:, None], a.transpose(1, 2), b).sub_(half_a[..., None])
    return exponent.clamp_(NOTHING, 0).exp_()
