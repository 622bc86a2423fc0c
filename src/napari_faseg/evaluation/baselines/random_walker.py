"""The random walker (Grady 2006) of scikit-image."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import random_walker

from napari_faseg._extra import import_extra
from napari_faseg.evaluation.baselines.seeds import (
    BACKGROUND,
    OBJECT,
    SeededPredictor,
    Seeds,
    with_frame,
)
from napari_faseg.interaction.arrays import Mask, Probability

BETA = 130.0  # how much contrast hinders the walker
LABELS = {OBJECT: 1, BACKGROUND: 2}


class RandomWalker(SeededPredictor):
    """How probably a walker that starts at a pixel reaches a positive seed first.

    Without a negative seed, the frame of the image is background.

    Parameters
    ----------
    radius : float
        Of the disc of seeds around each click, in pixels.

    Raises
    ------
    ImportError
        If PyAMG is not installed.
    """

    def prepare(self, rgb: NDArray[np.float32]) -> None:  # noqa: ARG002  asks for the solver only
        """Make sure of the solver: without it scikit-image warns and takes minutes."""
        import_extra("pyamg", "PyAMG")

    def grow(
        self,
        rgb: NDArray[np.float32],
        seeds: Seeds,
        previous: Probability | None,  # noqa: ARG002  the seeds say everything
    ) -> NDArray[np.generic]:
        """Return the (h, w) probability."""
        labels = np.zeros(seeds.shape, np.int32)
        for seed, label in LABELS.items():
            labels[with_frame(seeds) == seed] = label
        if (labels > 0).all() or not (labels == LABELS[BACKGROUND]).any():
            return np.asarray(seeds == OBJECT, np.float32)
        if np.ptp(rgb) == 0:
            return _is_nearer(labels == LABELS[OBJECT], labels == LABELS[BACKGROUND])
        walked = random_walker(
            *(rgb, labels, BETA, "cg_mg"), return_full_prob=True, channel_axis=-1, prob_tol=1
        )
        probability: NDArray[np.floating] = np.clip(walked[0], 0, 1)
        return probability


def _is_nearer(one: Mask, other: Mask) -> Mask:
    """Return the pixels nearer to one mask than to another: the walk without contrast."""
    to_one, to_other = (ndimage.distance_transform_edt(~mask) for mask in (one, other))
    nearer: Mask = to_one < to_other
    return nearer
