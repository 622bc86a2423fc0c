"""Masks that are nearly right, as clicks leave them: what a closer look begins with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

WAVES = (0.03, 0.15)  # length of the waves of a draft's border, in sides of the image
HEIGHTS = (0.0, 0.04)  # how far these go, likewise
FAULTS = (0.1, 0.35)  # radii of what is wrongly there or not there, likewise
N_FAULTS = (0.2, 0.6, 0.2)  # probabilities of 0, 1 and 2 such faults
SOFTNESS = (0.002, 0.03)  # width of the border, likewise


def draft_of(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a probability of 0 to 255 whose border waves, and which misses or adds a piece.

    Parameters
    ----------
    mask
        ``(s, s)`` what is wanted. Where it has no border there is nothing to be wrong at.
    rng
        Source of randomness.
    """
    if not mask.any() or mask.all():
        return 255 * mask.astype(np.uint8)
    size = len(mask)
    depth = _depth(mask)
    noise = ndimage.gaussian_filter(rng.standard_normal(mask.shape), size * rng.uniform(*WAVES))
    depth += size * rng.uniform(*HEIGHTS) * noise / max(noise.std(), 1e-9)
    edge = np.argwhere(np.abs(depth) < 2)
    for _ in range(rng.choice(len(N_FAULTS), p=N_FAULTS)):
        if len(edge):
            depth = _with_fault(depth, edge[rng.integers(len(edge))], rng)
    width = size * rng.uniform(*SOFTNESS)
    probability = 1 / (1 + np.exp(-np.clip(depth / width, -30, 30)))
    return np.round(255 * probability).astype(np.uint8)


def _depth(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the distance of each pixel from the border, in pixels; negative outside."""
    inside: NDArray[np.float64] = ndimage.distance_transform_edt(mask)
    outside: NDArray[np.float64] = ndimage.distance_transform_edt(~mask)
    return inside - outside


def _with_fault(
    depth: NDArray[np.float64], at: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Add or take away an ellipse at a pixel."""
    size = len(depth)
    radii = size * rng.uniform(*FAULTS, 2) * rng.uniform(0.3, 1.0)
    angle = rng.uniform(0, np.pi)
    y, x = (np.arange(size) - centre for centre in at)
    along = (np.cos(angle) * y[:, None] + np.sin(angle) * x) / radii[0]
    across = (np.cos(angle) * x - np.sin(angle) * y[:, None]) / radii[1]
    ellipse = (1 - np.sqrt(along**2 + across**2)) * radii.min()
    is_added = rng.random() < 0.5
    changed: NDArray[np.float64] = (
        np.maximum(depth, ellipse) if is_added else np.minimum(depth, -ellipse)
    )
    return changed
