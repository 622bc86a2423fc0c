"""Which image a session is about: a mask on the wrong one is a mistake that nobody sees."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

SAMPLE_BYTES = 2**26  # of a larger image, rows at equal distances are looked at


@dataclass(frozen=True)
class ImageIdentity:
    """What tells an image from every other one, whatever its file is called.

    Parameters
    ----------
    shape : tuple of int
        (h, w) or (h, w, c).
    dtype : str
        Such as "uint8".
    sha256 : str
        In hexadecimal, of the values: of all rows, or of rows at equal distances.
    """

    shape: tuple[int, ...]
    dtype: str
    sha256: str

    @classmethod
    def of(cls, image: ArrayLike) -> Self:
        """Return the identity of an (h, w) or (h, w, c) array."""
        array = np.asarray(image)
        step = max(1, -(-array.nbytes // SAMPLE_BYTES))
        sample = np.ascontiguousarray(array[::step])
        sample = sample.astype(sample.dtype.newbyteorder("<"), copy=False)
        return cls(array.shape, array.dtype.name, hashlib.sha256(sample.data).hexdigest())

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return what `to_dict` made a dictionary of.

        Raises
        ------
        ValueError, TypeError, KeyError
            If it is something else.
        """
        shape = tuple(int(size) for size in values["shape"])
        if len(shape) not in (2, 3) or min(shape) < 1:
            raise ValueError(f"expected the shape of an image, got {shape}")
        return cls(shape, str(values["dtype"]), str(values["sha256"]))

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    def check(self, other: Self) -> None:
        """Refuse another image.

        Raises
        ------
        ValueError
            In one sentence: what differs.
        """
        if other == self:
            return
        if (other.shape, other.dtype) != (self.shape, self.dtype):
            raise ValueError(
                f"expected the image that this session is about, {self.dtype} of shape "
                f"{self.shape}, got {other.dtype} of shape {other.shape}"
            )
        raise ValueError(
            f"expected the image that this session is about, got another one of shape {self.shape}"
            " with other pixels"
        )
