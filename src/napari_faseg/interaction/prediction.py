"""What a session asks of whatever turns clicks into a mask."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click


class Predictor(Protocol):
    """Anything that turns clicks on an image into a probability."""

    def set_image(self, image: ArrayLike, /) -> None:
        """Take the image that the next clicks are on, (h, w) or (h, w, c), any dtype."""

    def predict(
        self, clicks: Sequence[Click], previous: Probability | None, /
    ) -> NDArray[np.floating]:
        """Return the (h, w) probability of the object, float32 in [0, 1].

        Parameters
        ----------
        clicks : sequence of Click
            All clicks on the object, oldest first.
        previous : (h, w) float32 or None
            The probability before the last click, in [0, 1]; None if there was none.
        """
        ...


def checked_probability(probability: ArrayLike, shape: tuple[int, ...]) -> Probability:
    """Return a copy of what a predictor answered, refusing what is not a probability.

    Raises
    ------
    ValueError
        If it has not the (h, w) shape of the image, or values outside [0, 1].
    """
    array = np.array(probability, np.float32)
    if array.shape != shape:
        raise ValueError(f"expected a probability of shape {shape}, got {array.shape}")
    if not (array.min() >= 0 and array.max() <= 1):
        raise ValueError("expected a probability in [0, 1], got values outside or not finite")
    return array
