"""Simulated clicks for training: near the middle of what is still wrong, or anywhere in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from napari_faseg.interaction.depth import depth_of

STEP = 2  # errors are looked for on every second row and column
INNER = 0.5  # a click lies where the distance to the border is this share of the largest


def simulate_clicks(
    probability: Tensor | None,
    target: Tensor,
    rngs: Sequence[np.random.Generator],
    careless: float = 0.0,
    anywhere: float = 0.0,
    known: Tensor | None = None,
) -> Tensor:
    """Return one ``(b, 3)`` click (y, x, sign) per image.

    Parameters
    ----------
    probability
        ``(b, 1, h, w)`` the current result, or None before the first click.
    target
        ``(b, 1, h, w)`` 1 where the wanted object is.
    rngs
        Source of randomness of each image.
    careless
        Share of clicks that are moved by a few pixels or given the wrong sign.
    anywhere
        Share of clicks that lie anywhere in the deepest wrong region, however near its border.
    known
        ``(b, 1, h, w)`` 0 where nobody knows, and so nothing is wrong; None: all is known.
    """
    wanted = target[:, 0, ::STEP, ::STEP].cpu().numpy() > 0.5
    if probability is None:
        found = np.zeros_like(wanted)
    else:
        found = probability[:, 0, ::STEP, ::STEP].cpu().numpy() > 0.5
    if known is not None:
        counts = known[:, 0, ::STEP, ::STEP].cpu().numpy() > 0
        wanted, found = wanted & counts, found & counts
    clicks = [
        _click(f, w, rng, careless, anywhere) for f, w, rng in zip(found, wanted, rngs, strict=True)
    ]
    return torch.tensor(np.array(clicks), dtype=torch.float32, device=target.device)


def _click(
    found: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    rng: np.random.Generator,
    careless: float,
    anywhere: float,
) -> tuple[float, float, float]:
    missed, wrong = depth_of(wanted & ~found), depth_of(found & ~wanted)
    positive = bool(missed.max() > wrong.max())
    depth = missed if positive else wrong
    if depth.max() == 0:
        return 0.0, 0.0, 0.0
    if anywhere and rng.random() < anywhere:
        parts, _ = ndimage.label(depth > 0)
        rows, columns = np.nonzero(parts == parts.flat[depth.argmax()])
    else:
        rows, columns = np.nonzero(depth >= INNER * depth.max())
    i = rng.integers(len(rows))
    y, x = STEP * rows[i] + rng.integers(STEP), STEP * columns[i] + rng.integers(STEP)
    sign = 1.0 if positive else -1.0
    if rng.random() < careless:
        if rng.random() < 0.2:
            sign = -sign
        y, x = y + rng.normal(0, 6), x + rng.normal(0, 6)
    h, w = wanted.shape
    return float(np.clip(y, 0, STEP * h - 1)), float(np.clip(x, 0, STEP * w - 1)), sign
