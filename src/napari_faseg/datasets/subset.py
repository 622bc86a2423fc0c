"""Some images of a data set, with all their objects."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.samples import Pictures, Sample

SEED = 0


class PictureSubset:
    """Some images of a data set as a data set of its own: each label is a sample.

    Parameters
    ----------
    pictures : Pictures
        Where the images come from.
    indices : sequence of int
        Which of its images.
    n_objects : int, optional
        Only so many of the objects at random, the same ones every time.

    Raises
    ------
    ValueError
        If there are no images.
    """

    def __init__(
        self, pictures: Pictures, indices: Sequence[int], n_objects: int | None = None
    ) -> None:
        if not indices:
            raise ValueError(f"expected some images of {pictures.name}, got none")
        self._pictures = pictures
        self._indices = tuple(indices)
        self._n_objects = n_objects
        self._last: tuple[int, NDArray[Any], NDArray[np.integer]] | None = None

    @property
    def name(self) -> str:
        """The name of the data set that the images come from."""
        return self._pictures.name

    @property
    def fingerprint(self) -> str:
        """What changes when an image or a mask does, or when other images are chosen."""
        return f"{self._pictures.fingerprint} {self._indices}"

    @property
    def n_pictures(self) -> int:
        """How many images there are."""
        return len(self._indices)

    def picture(self, index: int) -> tuple[NDArray[Any], NDArray[np.integer]]:
        """Return an (h, w) or (h, w, c) image with its (h, w) labels, -1 where nobody knows."""
        last = self._last
        if last is None or last[0] != index:
            last = self._last = index, *self._pictures.picture(self._indices[index])
        return last[1], last[2]

    def picture_size(self, index: int) -> tuple[int, int]:
        """Return height and width of an image."""
        return self._pictures.picture_size(self._indices[index])

    def only(self, numbers: Sequence[int]) -> "PictureSubset":
        """Return some of its images, by their numbers here, with as many objects."""
        return PictureSubset(
            self._pictures, [self._indices[number] for number in numbers], self._n_objects
        )

    def exchanging(self, number: int, other: "PictureSubset", its_number: int) -> "PictureSubset":
        """Return its images with one of another subset in the place of one of its own."""
        indices = {*self._indices, other._indices[its_number]} - {self._indices[number]}
        return PictureSubset(self._pictures, sorted(indices), self._n_objects)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Sample:
        number, label = self._places[index]
        image, labels = self.picture(number)
        unknown = labels < 0
        name = f"{self.name}-{self._indices[number]}#{label}"
        return Sample(name, image, labels == label, unknown if unknown.any() else None)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        places = [
            (number, int(label))
            for number in range(self.n_pictures)
            for label in np.unique(self.picture(number)[1])
            if label > 0
        ]
        if self._n_objects is None or self._n_objects >= len(places):
            return places
        return [places[i] for i in random_indices(len(places), self._n_objects)]


def random_indices(n_all: int, n_wanted: int) -> list[int]:
    """Return so many indices below `n_all` at random, in order and the same ones every time.

    A larger choice holds a smaller one.
    """
    order = np.random.default_rng(SEED).permutation(n_all)
    return sorted(int(index) for index in order[:n_wanted])


def split_pictures(
    pictures: Pictures, share: float, seed: int = 0, n_objects: int | None = None
) -> tuple[PictureSubset, PictureSubset]:
    """Split a data set by its images: what is learned from, and what is held out.

    Parameters
    ----------
    pictures : Pictures
        At least two images.
    share : float
        Of the images that are held out, above 0 and below 1; at least one is.
    seed : int
        Same seed, same split.
    n_objects : int, optional
        Only so many of the held-out objects, at random.

    Raises
    ------
    ValueError
        If there are fewer than two images, or the share is none.
    """
    n = pictures.n_pictures
    if not 0 < share < 1:
        raise ValueError(f"expected a share above 0 and below 1, got {share}")
    if n < 2:
        raise ValueError(f"expected at least 2 images to hold one out, got {n} in {pictures.name}")
    order = [int(i) for i in np.random.default_rng(seed).permutation(n)]
    n_held_out = min(n - 1, max(1, round(share * n)))
    held_out, rest = sorted(order[:n_held_out]), sorted(order[n_held_out:])
    return PictureSubset(pictures, rest), PictureSubset(pictures, held_out, n_objects)
