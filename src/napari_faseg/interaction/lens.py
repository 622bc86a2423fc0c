"""What lies where in a window: from the image to the network's size of it, and back.

A pixel of an image is a square, and enlarging keeps it where it is. In a window that begins at row
`top` and is s times as large, row y lies around s (y - top + 1/2) - 1/2, and so does a click on it.
The benchmark protocol counts otherwise: there the centres of the outermost pixels coincide, and
clicks are placed as if their corners did, so that in a small window a click can lie almost a whole
pixel of the image beside the pixel that was clicked on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.windows import Window


@dataclass(frozen=True)
class Lens:
    """Enlarges and shrinks what windows see.

    Parameters
    ----------
    exact : bool
        Whether pixels and clicks stay where they are; otherwise it is as the protocol has it.
    """

    exact: bool

    def seen(self, tensor: Tensor, window: Window, *, smooth: bool = False) -> Tensor:
        """Return what a window sees of a (1, c, h, w) tensor, at the size of the window.

        Parameters
        ----------
        smooth : bool
            Whether shrinking averages over what it skips, as is good for images.
        """
        rows, columns = window.seen.index
        return self._resized(tensor[:, :, rows, columns], window.size, smooth=smooth)

    def put_back(self, answer: Tensor, window: Window, shape: tuple[int, int]) -> Probability:
        """Put the (1, 1, h', w') probability of a window into an (h, w) image of zeros."""
        answer = answer.float().cpu()
        patch = self._resized(answer, window.filled.shape)
        if patch is not answer:
            patch.clamp_(0, 1)  # resizing may round to just outside
        if window.filled.shape == shape:
            return patch[0, 0].numpy()
        probability = np.zeros(shape, np.float32)
        probability[window.filled.index] = patch[0, 0].numpy()
        return probability

    def rows(self, clicks: Sequence[Click], window: Window) -> Tensor:
        """Return the clicks as (1, n, 3): y and x in pixels of the window, sign +1 or -1."""
        rows = [(*self.place(click, window), 1.0 if click.positive else -1.0) for click in clicks]
        return torch.tensor(rows, dtype=torch.float32).reshape(1, len(rows), 3)

    def place(self, click: Click, window: Window) -> tuple[float, float]:
        """Return y and x of a click in pixels of the window, whose centres are at integers."""
        shift = 0.5 if self.exact else 0.0
        height, width = window.seen.shape
        y = window.size[0] * (click.y - window.seen.top + shift) / height - shift
        x = window.size[1] * (click.x - window.seen.left + shift) / width - shift
        return y, x

    def _resized(self, tensor: Tensor, size: tuple[int, int], *, smooth: bool = False) -> Tensor:
        if tensor.shape[2:] == size:
            return tensor
        smooth = smooth and (size[0] < tensor.shape[2] or size[1] < tensor.shape[3])
        corners = not self.exact
        return interpolate(tensor, size, mode="bilinear", align_corners=corners, antialias=smooth)
