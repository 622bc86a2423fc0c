"""The random walker (Grady 2006) of scikit-image."""

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import random_walker

from napari_faseg.evaluation.baselines.seeds import (
    BACKGROUND,
    OBJECT,
    SeededPredictor,
    Seeds,
    with_frame,
)
from napari_faseg.interaction.arrays import Probability

BETA = 130.0  # how much contrast hinders the walker
LABELS = {OBJECT: 1, BACKGROUND: 2}


class RandomWalker(SeededPredictor):
    """How probably a walker that starts at a pixel reaches a positive seed first.

    Without a negative seed, the frame of the image is background.

    Parameters
    ----------
    radius : float
        Of the disc of seeds around each click, in pixels.
    """

    def grow(
        self,
        rgb: NDArray[np.float32],
        seeds: Seeds,
        previous: Probability | None,  # noqa: ARG002  the seeds say everything
    ) -> NDArray[np.floating]:
        """Return the (h, w) probability."""
        labels = np.zeros(seeds.shape, np.int32)
        for seed, label in LABELS.items():
            labels[with_frame(seeds) == seed] = label
        if (labels > 0).all() or not (labels == LABELS[BACKGROUND]).any():
            return np.asarray(seeds == OBJECT, np.float32)
        walked = random_walker(
            rgb, labels, beta=BETA, mode="cg_j", return_full_prob=True, channel_axis=-1
        )
        probability: NDArray[np.floating] = np.clip(walked[0], 0, 1)
        return probability
