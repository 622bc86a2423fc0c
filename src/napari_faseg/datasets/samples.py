"""What a data set is: samples with one object each, in an order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Sample:
    """One object of one image.

    Parameters
    ----------
    name : str
        Unique in its data set.
    image : (h, w) or (h, w, c) array
        Any real dtype.
    mask : (h, w) bool
        The object; at least one pixel.
    ignore : (h, w) bool, optional
        Pixels of which nobody knows whether they are the object's.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the mask is empty.
    """

    name: str
    image: NDArray[Any]
    mask: NDArray[np.bool_]
    ignore: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        shape = self.image.shape[:2]
        for part in (self.mask, self.ignore):
            if part is not None and part.shape != shape:
                raise ValueError(
                    f"expected masks of {self.name} of shape {shape}, got {part.shape}"
                )
        if not self.mask.any():
            raise ValueError(f"expected an object in {self.name}, got an empty mask")


@runtime_checkable
class Dataset(Protocol):
    """Samples in an order: anything with a name, a length, indices and iteration."""

    @property
    def name(self) -> str:
        """What the data set is called in reports."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Sample: ...

    def __iter__(self) -> Iterator[Sample]: ...


@runtime_checkable
class Pictures(Protocol):
    """A data set that can show whole images with all their objects, as most can."""

    @property
    def name(self) -> str:
        """What the data set is called."""
        ...

    @property
    def fingerprint(self) -> str:
        """What changes when an image or a mask does."""
        ...

    @property
    def n_pictures(self) -> int:
        """How many images there are."""
        ...

    def picture(self, index: int, /) -> tuple[NDArray[Any], NDArray[np.integer]]:
        """Return an (h, w) or (h, w, c) image with its (h, w) labels, -1 where nobody knows."""
        ...

    def picture_size(self, index: int, /) -> tuple[int, int]:
        """Return height and width of an image."""
        ...
