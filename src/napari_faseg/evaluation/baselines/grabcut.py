"""GrabCut (Rother et al. 2004) of OpenCV."""

import numpy as np
from numpy.typing import NDArray

from napari_faseg._extra import import_extra
from napari_faseg.evaluation.baselines.seeds import (
    BACKGROUND,
    OBJECT,
    SeededPredictor,
    Seeds,
    with_frame,
)
from napari_faseg.interaction.arrays import Mask, Probability, bounding_box

N_ITERATIONS = 5  # of the first cut; a click on what was found cuts once more, as they did
REACH = 0.25  # of the image's sides, beyond the seeds, that may be object before the second click


class GrabCut(SeededPredictor):
    """Colour mixtures and cuts in turn, from the seeds and the answer before.

    Without a negative seed, the frame of the image is background.

    Parameters
    ----------
    radius : float
        Of the disc of seeds around each click, in pixels.

    Raises
    ------
    ImportError
        If OpenCV is not installed.
    """

    def prepare(self, rgb: NDArray[np.float32]) -> None:
        """Bring the image to 8 bits."""
        self._cv2 = import_extra("cv2", "OpenCV")
        self._pixels = (255 * rgb[:, :, ::-1]).round().astype(np.uint8)  # blue, green, red

    def grow(
        self,
        rgb: NDArray[np.float32],  # noqa: ARG002  kept as 8 bits
        seeds: Seeds,
        previous: Probability | None,
    ) -> Mask:
        """Return the (h, w) object."""
        cv2, known = self._cv2, with_frame(seeds)
        maybe = _near(seeds) if previous is None else previous > 0.5
        mask = np.where(maybe, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        mask[known == BACKGROUND], mask[known == OBJECT] = cv2.GC_BGD, cv2.GC_FGD
        if not np.isin(mask, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
            return np.asarray(seeds == OBJECT)
        cv2.setRNGSeed(0)  # the mixtures begin at random
        models = np.zeros((1, 65)), np.zeros((1, 65))
        times = N_ITERATIONS if previous is None else 1
        cv2.grabCut(self._pixels, mask, None, *models, times, cv2.GC_INIT_WITH_MASK)
        found: Mask = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))
        return found


def _near(seeds: Seeds) -> Mask:
    """Return the pixels within reach of the box around the positive seeds."""
    near = np.zeros(seeds.shape, bool)
    rows, columns = bounding_box(seeds == OBJECT)
    down, right = (round(REACH * side) for side in seeds.shape)
    near[
        max(0, rows.start - down) : rows.stop + down,
        max(0, columns.start - right) : columns.stop + right,
    ] = True
    return near
