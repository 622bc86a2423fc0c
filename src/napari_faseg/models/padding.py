"""Between the pixels of an image and the grid of the padded one that the network works on."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from napari_faseg.models.layers import STRIDE
from napari_faseg.models.validation import check_previous

PAD = 64  # encoded images are padded to multiples of this, so that few shapes ever occur


def padded(image: Tensor) -> Tensor:
    """Pad ``(b, c, h, w)`` images at the bottom and on the right with their last pixels."""
    h, w = image.shape[-2:]
    return F.pad(image, (0, -w % PAD, 0, -h % PAD), mode="replicate")


def padded_grid(size: tuple[int, int], stride: int) -> tuple[int, int]:
    """Cells of a stride that a padded image of a height and a width has."""
    return -(-size[0] // PAD) * PAD // stride, -(-size[1] // PAD) * PAD // stride


def previous_on_grid(previous: Tensor | None, size: tuple[int, int], like: Tensor) -> Tensor:
    """Bring a ``(b, 1, *size)`` previous mask to the grid of a ``(b, 1, h', w')`` map.

    None stands for zeros; ValueError if it is no mask of these images.
    """
    if previous is None:
        return like.new_zeros(like.shape)
    check_previous(previous, like.shape[0], size)
    rows, columns = (n * STRIDE for n in like.shape[-2:])
    previous = previous.to(like)
    if (rows, columns) != size:
        previous = F.pad(previous, (0, columns - size[1], 0, rows - size[0]))
    return F.avg_pool2d(previous, STRIDE)


def to_pixels(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring ``(b, 1, h', w')`` logits of the grid to ``(b, 1, *size)`` pixels."""
    full = F.interpolate(logits, scale_factor=STRIDE, mode="bilinear", align_corners=False)
    return full[..., : size[0], : size[1]]
