"""How probable a colour is in the object and in the background: smoothed histograms."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

N_BINS = 16  # of each channel
SMOOTHING = 1.0  # standard deviation in bins: a few seeds have to speak for similar colours
LEAST = 1e-4  # share of a histogram that is spread over all colours


def colour_costs(rgb: NDArray[np.float32], chosen: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Return -log of the probability of each pixel's colour among the chosen pixels, (h, w).

    Parameters
    ----------
    rgb : (h, w, 3) float32
        In [0, 1].
    chosen : (h, w) bool
        At least one pixel.
    """
    bins = np.minimum((rgb * N_BINS).astype(np.intp), N_BINS - 1)
    place = np.ravel_multi_index(tuple(np.moveaxis(bins, -1, 0)), (N_BINS,) * 3)
    counts = np.bincount(place[chosen], minlength=N_BINS**3).reshape((N_BINS,) * 3)
    smooth = ndimage.gaussian_filter(counts / counts.sum(), SMOOTHING, mode="constant")
    share = (1 - LEAST) * smooth / smooth.sum() + LEAST / smooth.size
    costs: NDArray[np.floating] = -np.log(share).ravel()[place]
    return costs
