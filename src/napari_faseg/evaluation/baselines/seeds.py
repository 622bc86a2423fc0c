"""What the baselines have in common: clicks are discs of pixels whose label is known."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.draw import disk

from napari_faseg.interaction import Click, to_rgb
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import checked_clicks

Seeds = NDArray[np.int8]
OBJECT, UNKNOWN, BACKGROUND = 1, 0, -1
RADIUS = 5.0  # of the disc around a click in pixels, as in the literature


class SeededPredictor(ABC):
    """A predictor that grows an object from discs of seeds.

    Parameters
    ----------
    radius : float
        Of the disc of seeds around each click, in pixels.
    """

    def __init__(self, radius: float = RADIUS) -> None:
        if radius <= 0:
            raise ValueError(f"expected a radius above 0, got {radius}")
        self.radius = radius
        self.rgb: NDArray[np.float32] | None = None

    def set_image(self, image: ArrayLike) -> None:
        """Take the image that the next clicks are on, (h, w) or (h, w, c), any dtype.

        Raises
        ------
        ValueError, TypeError
            If it is not such an image; the image before stays.
        """
        rgb = to_rgb(image)
        self.prepare(rgb)
        self.rgb = rgb

    def predict(self, clicks: Sequence[Click], previous: Probability | None) -> Probability:
        """Return the (h, w) float32 probability of the object that the clicks are on.

        Raises
        ------
        RuntimeError
            If no image was set.
        ValueError
            If a click lies outside the image.
        """
        if self.rgb is None:
            raise RuntimeError("set an image first: this predictor has none")
        shape = (self.rgb.shape[0], self.rgb.shape[1])
        seeds = seeds_of(checked_clicks(clicks, shape), shape, self.radius)
        if not (seeds == OBJECT).any():
            return np.zeros(shape, np.float32)
        probability = self.grow(self.rgb, seeds, previous).astype(np.float32)
        probability[seeds == OBJECT] = 1
        probability[seeds == BACKGROUND] = 0
        return probability

    def prepare(self, rgb: NDArray[np.float32]) -> None:  # noqa: B027  may be left as it is
        """Compute what depends on the (h, w, 3) image in [0, 1] alone; here nothing."""

    @abstractmethod
    def grow(
        self, rgb: NDArray[np.float32], seeds: Seeds, previous: Probability | None
    ) -> NDArray[np.generic]:
        """Return the (h, w) object, bool or in [0, 1].

        Parameters
        ----------
        rgb : (h, w, 3) float32
            In [0, 1].
        seeds : (h, w) int8
            1 object, -1 background, 0 unknown; at least one pixel is 1.
        previous : (h, w) float32 or None
            The answer before the last click.
        """


def seeds_of(clicks: Sequence[Click], shape: tuple[int, int], radius: float) -> Seeds:
    """Draw a disc of seeds around each click, later ones over earlier ones; (h, w) int8."""
    seeds = np.zeros(shape, np.int8)
    for click in clicks:
        rows, columns = disk((click.y, click.x), radius, shape=shape)
        seeds[rows, columns] = OBJECT if click.positive else BACKGROUND
    for click in clicks:  # the clicked pixels themselves are never painted over
        seeds[click.pixel] = OBJECT if click.positive else BACKGROUND
    return seeds


def with_frame(seeds: Seeds) -> Seeds:
    """Return seeds of both labels: without a negative one, the frame of the image is background."""
    if (seeds == BACKGROUND).any():
        return seeds
    framed = seeds.copy()
    frame = np.ones(seeds.shape, bool)
    frame[1:-1, 1:-1] = False
    framed[frame & (seeds == UNKNOWN)] = BACKGROUND
    return framed
