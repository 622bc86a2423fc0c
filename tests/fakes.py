"""Small stand-ins with known answers, shared by the tests of every room."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_faseg.interaction.clicks import Click


class DiscPredictor:
    """A predictor that draws a disc around each click, later clicks over earlier ones.

    Parameters
    ----------
    radius : float
        Of the discs, in pixels; a positive one holds 0.9, a negative one and the rest 0.1.
    delay : float
        Seconds that a prediction takes.

    Attributes
    ----------
    calls : list of (clicks, previous)
        What `predict` was asked, in order.
    error : Exception or None
        Raised by the next calls, of either method, while it is set.
    """

    def __init__(self, radius: float = 3, *, delay: float = 0.0) -> None:
        self.radius = radius
        self.delay = delay
        self.calls: list[tuple[tuple[Click, ...], NDArray[np.float32] | None]] = []
        self.error: Exception | None = None
        self.shape: tuple[int, ...] = ()

    def set_image(self, image: ArrayLike) -> None:
        if self.error is not None:
            raise self.error
        self.shape = np.shape(image)[:2]

    def predict(
        self, clicks: Sequence[Click], previous: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        self.calls.append((tuple(clicks), previous))
        if self.error is not None:
            raise self.error
        time.sleep(self.delay)
        return discs(clicks, self.shape, self.radius)


def discs(clicks: Sequence[Click], shape: tuple[int, ...], radius: float) -> NDArray[np.float32]:
    """What `DiscPredictor` answers: (h, w), 0.9 in positive discs and 0.1 elsewhere."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    probability = np.full(shape, 0.1, np.float32)
    for click in clicks:
        inside = (y - click.y) ** 2 + (x - click.x) ** 2 <= radius**2
        probability[inside] = 0.9 if click.positive else 0.1
    return probability
