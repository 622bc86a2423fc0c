"""What the network refuses at its door."""

from __future__ import annotations

from torch import Tensor


def check_image(image: Tensor) -> None:
    """Refuse anything but a ``(b, 3, h, w)`` float image with at least one pixel."""
    shape = tuple(image.shape)
    if image.ndim != 4 or shape[1] != 3 or 0 in shape or not image.is_floating_point():
        raise ValueError(
            f"expected a float image of shape (b, 3, h, w), got {image.dtype} of shape {shape}"
        )


def check_clicks(clicks: Tensor, batch: int) -> None:
    """Refuse anything but ``(batch, n, 3)`` finite clicks."""
    if clicks.ndim != 3 or clicks.shape[0] != batch or clicks.shape[2] != 3:
        raise ValueError(f"expected clicks of shape ({batch}, n, 3), got {tuple(clicks.shape)}")
    if not bool(clicks.isfinite().all()):
        raise ValueError("expected finite click coordinates, got NaN or infinity")


def check_previous(previous: Tensor, batch: int, size: tuple[int, int]) -> None:
    """Refuse a previous mask of another shape than ``(batch, 1, *size)``."""
    expected = (batch, 1, *size)
    if tuple(previous.shape) != expected:
        raise ValueError(
            f"expected a previous mask of shape {expected}, got {tuple(previous.shape)}"
        )
