"""Maps of where the clicks are: disks around them, and how near the next one is."""

from __future__ import annotations

import torch
from torch import Tensor

from napari_faseg.models.layers import STRIDE


def n_place_maps(nearness: float) -> int:
    """Return how many maps there are: two of disks, and two of nearness where that is asked."""
    return 4 if nearness else 2


def place_maps(click: Tensor, grid: tuple[int, int], radius: float, nearness: float) -> Tensor:
    """Draw the maps of one click per image; those of several clicks are their maximum.

    Parameters
    ----------
    click
        ``(b, 3)`` y, x in pixels and sign, which is 0 where there is no click.
    grid
        (h, w) in cells of 4 x 4 pixels.
    radius
        Of the disks, in pixels.
    nearness
        Distance in pixels at which nearness is one half; 0 for no such maps.

    Returns
    -------
    Tensor
        ``(b, 2 or 4, h, w)``: 1 within the radius of a positive (0) or negative (1) click, else 0;
        then nearness / (nearness + distance) to it, positive (2) and negative (3), else 0.
    """
    y, x = (
        torch.arange(n, device=click.device, dtype=click.dtype) * STRIDE + (STRIDE - 1) / 2
        for n in grid
    )
    dy = (y - click[:, :1]).square()[:, :, None]  # (b, h, 1)
    dx = (x - click[:, 1:2]).square()[:, None, :]  # (b, 1, w)
    squared = (dy + dx).unsqueeze(1)
    signs = torch.stack([click[:, 2] > 0, click[:, 2] < 0], dim=1)[..., None, None]
    maps = [(squared <= radius**2) & signs]
    if nearness:
        maps.append(nearness / (nearness + squared.sqrt()) * signs)
    return torch.cat([m.to(click.dtype) for m in maps], dim=1)
