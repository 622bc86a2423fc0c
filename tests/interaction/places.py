"""Clicks on a small image, and the discs that the fake predictor answers them with."""

import numpy as np

from napari_faseg.interaction import Click
from tests.fakes import discs

A, B, C = Click(5, 5), Click(5, 12), Click(14, 20)
NOT_B = Click(5, 12, positive=False)
SHAPE = (20, 30)


def disc(*clicks: Click) -> np.ndarray:
    """Return the mask of discs around clicks."""
    return discs(clicks, SHAPE, 3) > 0.5
