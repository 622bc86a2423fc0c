"""A network that sees a window of an image: from clicks of the image to a mask of the image."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from napari_faseg.interaction import tensors
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.lens import Lens
from napari_faseg.interaction.room import ANSWERING, ENCODING, make_room
from napari_faseg.interaction.windows import Window
from napari_faseg.models import FASegNet


class WindowedNet:
    """The only place that asks the network.

    Parameters
    ----------
    model : FASegNet
        Or any module with its `encode`, `segment` and `coarse`; it is put on the device.
    device : torch.device
    lens : Lens
        How windows are enlarged.
    flip : bool
        Whether answers are averaged with those for the mirror image.
    alike : bool
        Whether clicks that a FASegNet contradicts reach what looks like them.
    """

    def __init__(
        self, model: nn.Module, device: torch.device, lens: Lens, *, flip: bool, alike: bool
    ) -> None:
        model.to(device).eval()
        self._model: Any = model.reaching() if alike and isinstance(model, FASegNet) else model
        self.device = device
        self._lens, self._flip = lens, flip

    def encode(self, pixels: Tensor, window: Window, *, smooth: bool) -> Any:
        """Return the features of what a window sees of (1, 3, h, w) pixels in [0, 1]."""
        seen = self._lens.seen(pixels, window, smooth=smooth)
        seen = tensors.with_mirrored(seen) if self._flip else seen
        make_room(self.device, seen[:, 0].numel(), ENCODING)
        return self._model.encode(seen.to(self.device))

    def coarse(self, features: Any, window: Window, shape: tuple[int, int]) -> Probability:
        """Return the (h, w) probability of the object without a click, in an image of a shape."""
        return self._full(self._model.coarse(features), window, shape)

    def answer(
        self,
        features: Any,
        clicks: Sequence[Click],
        previous: Probability | None,
        window: Window,
        shape: tuple[int, int],
    ) -> Probability:
        """Return the (h, w) probability of what clicks mean, 0 outside the window.

        Parameters
        ----------
        features
            Of the window, from `encode`.
        clicks : sequence of Click
            In pixels of the image, oldest first.
        previous : (h, w) float32 or None
            The probability before the last click, of the whole image.
        window : Window
        shape : (int, int)
            Of the image.
        """
        rows = self._lens.rows(clicks, window)
        before = None if previous is None else self._lens.seen(tensors.planes(previous), window)
        if self._flip:
            rows = tensors.with_mirrored_clicks(rows, window.size[1])
            before = None if before is None else tensors.with_mirrored(before)
        before = None if before is None else before.to(self.device)
        make_room(self.device, len(rows) * window.size[0] * window.size[1], ANSWERING)
        logits: Tensor = self._model.segment(features, rows.to(self.device), before)
        return self._full(logits, window, shape)

    def _full(self, logits: Tensor, window: Window, shape: tuple[int, int]) -> Probability:
        logits = tensors.mean_of_mirrored(logits) if self._flip else logits
        return self._lens.put_back(torch.sigmoid(logits), window, shape)
