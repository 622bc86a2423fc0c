"""Changes of an image together with its masks, and of its colours, that make one photo many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

Change: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
NOISE = 0.06  # largest standard deviation of the noise of a detector, of the range of the image
GAMMAS = (0.5, 2.0)


class _Detector(v2.Transform):  # type: ignore[misc]
    """Another exposure, another gamma, and the noise of a detector, as microscopes have them."""

    def transform(self, inpt: object, params: dict[str, object]) -> object:  # noqa: ARG002
        if not isinstance(inpt, tv_tensors.Image):
            return inpt
        values = inpt.float() / 255
        low, high = GAMMAS
        gamma = low * (high / low) ** torch.rand(()).item()
        values = (0.7 + 0.6 * torch.rand(()).item()) * values**gamma
        noise = torch.randn(values.shape[-2:]) * NOISE * torch.rand(()).item()
        return tv_tensors.Image((255 * (values + noise)).clamp(0, 255).to(torch.uint8))


def _both(*changes: v2.Transform) -> Change:
    """Return a change of images and masks; masks are shifted and turned, their values stay."""
    composed = v2.Compose(changes)

    def change(image: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        changed = composed(tv_tensors.Image(image), tv_tensors.Mask(masks))
        return changed[0].as_subclass(Tensor), changed[1].as_subclass(Tensor)

    return change


AUGMENTATIONS: dict[str, Change] = {
    "photo": _both(
        v2.RandomApply([v2.ColorJitter(0.3, 0.3, 0.3)], p=0.5),
        v2.RandomGrayscale(p=0.08),
        v2.RandomApply([v2.GaussianBlur(5, (0.1, 1.5))], p=0.1),
    ),
    "paper": _both(
        v2.RandomRotation(30),
        v2.RandomHorizontalFlip(),
        v2.RandomApply([v2.GaussianBlur(5, (0.1, 2.0))], p=0.5),
    ),
    "microscopy": _both(
        v2.RandomRotation(180),
        v2.RandomVerticalFlip(),
        v2.RandomApply([_Detector()], p=0.7),
        v2.RandomApply([v2.GaussianBlur(5, (0.1, 1.5))], p=0.2),
    ),
}


def augmented(name: str, image: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Change an image and its masks at random, with torch's random numbers.

    Parameters
    ----------
    name
        One of `AUGMENTATIONS`.
    image
        ``(3, h, w)`` uint8.
    masks
        ``(n, h, w)`` uint8; what comes in from outside the image is 0.
    """
    return AUGMENTATIONS[name](image, masks)
