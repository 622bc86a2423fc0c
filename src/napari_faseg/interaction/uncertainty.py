"""How unsure a predictor is of each pixel."""

from math import log

import numpy as np
from scipy.special import entr

from napari_faseg.interaction.arrays import Probability


def uncertainty_of(probability: Probability) -> Probability:
    """Return the entropy of a probability that each pixel is of the object, or is not.

    Parameters
    ----------
    probability : (h, w) float32
        In [0, 1].

    Returns
    -------
    (h, w) float32
        In bits: 0 where the answer is certain, 1 where it is as good as a coin's.
    """
    nats = entr(probability) + entr(1 - probability)
    return np.asarray(np.minimum(nats / log(2), 1), np.float32)
