"""Where the clicks are: the distance to the next one, disks around them, and how near they are."""

from __future__ import annotations

import torch
from torch import Tensor

from napari_faseg.models.layers import STRIDE


def cells_of(clicks: Tensor, grid: tuple[int, int], stride: int) -> Tensor:
    """Cells ``(b, n, 2)`` that ``(b, n, 3)`` clicks are in; those outside are in the next ones.

    Parameters
    ----------
    clicks
        Rows of y, x in pixels, whose centres are at integers, and sign.
    grid
        (h, w) in cells of ``stride`` x ``stride`` pixels.
    """
    last = torch.tensor([grid[0] - 1, grid[1] - 1], device=clicks.device)
    cells = torch.floor((clicks[..., :2] + 0.5) / stride).long()
    return torch.minimum(cells.clamp_min(0), last)


def squared_distances(click: Tensor, grid: tuple[int, int]) -> Tensor:
    """Squared distances to one click per image; those to several are their minimum.

    Parameters
    ----------
    click
        ``(b, 3)`` y, x in pixels and sign, which is 0 where there is no click.
    grid
        (h, w) in cells of 4 x 4 pixels.

    Returns
    -------
    Tensor
        ``(b, 2, h, w)`` in square pixels, to a positive (0) and a negative (1) click; infinite
        where the click is not of that sign.
    """
    y, x = (
        torch.arange(n, device=click.device, dtype=click.dtype) * STRIDE + (STRIDE - 1) / 2
        for n in grid
    )
    signs = torch.stack([click[:, 2] > 0, click[:, 2] < 0], dim=1)  # (b, 2)
    unless_other = torch.zeros_like(signs, dtype=click.dtype).masked_fill_(~signs, torch.inf)
    dy = (y - click[:, :1]).square()[:, None] + unless_other[:, :, None]  # (b, 2, h)
    dx = (x - click[:, 1:2]).square()  # (b, w)
    return dy[..., None] + dx[:, None, None]


def place_maps(squared: Tensor, radius: float, nearness: float) -> list[Tensor]:
    """Draw maps of ``(b, 2, h, w)`` squared distances in pixels.

    Parameters
    ----------
    radius
        Of the disks, in pixels.
    nearness
        Distance in pixels at which nearness is one half; 0 for no such maps.

    Returns
    -------
    list of Tensor
        ``(b, 2, h, w)`` disks, 1 within the radius of a click, else 0; then, if asked for,
        nearness / (nearness + distance), 0 where there is no click.
    """
    disks = (squared <= radius**2).to(squared.dtype)
    if not nearness:
        return [disks]
    return [disks, squared.sqrt().add_(nearness).reciprocal_().mul_(nearness)]
