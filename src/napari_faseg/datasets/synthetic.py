"""Coloured shapes on a noisy ground: a data set that needs no files."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.registry import register_dataset
from napari_faseg.datasets.samples import Sample

N_SHAPES = 3
NOISE = 12  # standard deviation of the grey values, of 255


class SyntheticDataset:
    """Discs, boxes and rings; the last one drawn, which nothing hides, is the object.

    Parameters
    ----------
    n_samples : int
    shape : (int, int)
        Height and width of the images in pixels.
    seed : int
        Same seed, same samples.
    """

    name = "synthetic"

    def __init__(
        self, n_samples: int = 20, shape: tuple[int, int] = (96, 128), seed: int = 0
    ) -> None:
        self._n_samples = n_samples
        self._shape = shape
        self._seed = seed

    def __len__(self) -> int:
        return self._n_samples

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < self._n_samples:
            raise IndexError(f"expected an index from 0 to {self._n_samples - 1}, got {index}")
        rng = np.random.default_rng((self._seed, index))
        image = np.empty((*self._shape, 3))
        image[:] = rng.uniform(0, 255, 3)
        mask = np.zeros(self._shape, bool)
        for _ in range(N_SHAPES):
            mask = _random_shape(self._shape, rng)
            image[mask] = rng.uniform(0, 255, 3)
        image += rng.normal(0, NOISE, image.shape)
        return Sample(f"shapes-{index}", np.clip(image, 0, 255).astype(np.uint8), mask)

    @property
    def fingerprint(self) -> str:
        """What tells the shapes from others."""
        return f"synthetic {self._n_samples} {self._shape} {self._seed}"

    @property
    def n_pictures(self) -> int:
        """How many images there are: each has one object."""
        return self._n_samples

    def picture(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.integer]]:
        """Return an (h, w, 3) image with its (h, w) labels."""
        sample = self[index]
        return sample.image, sample.mask.astype(np.uint8)

    def picture_size(self, index: int) -> tuple[int, int]:  # noqa: ARG002  all are alike
        """Return height and width of an image."""
        return self._shape

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(self._n_samples))


@register_dataset("synthetic")
def open_synthetic(root: Path | None) -> SyntheticDataset:  # noqa: ARG001  has no files
    """Return the synthetic data set of twenty samples; the root does not matter."""
    return SyntheticDataset()


def _random_shape(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the (h, w) mask of a disc, a box or a ring around a pixel of the image."""
    height, width = shape
    radius = rng.uniform(0.1, 0.3) * min(shape)
    y, x = np.ogrid[:height, :width]
    y = np.abs(y - rng.integers(height))
    x = np.abs(x - rng.integers(width))
    distance = np.hypot(y, x)
    kind = rng.integers(3)
    if kind == 0:
        return distance <= radius
    if kind == 1:
        return (y <= radius) & (x <= 1.5 * radius)
    return np.abs(distance - radius) <= 0.4 * radius
