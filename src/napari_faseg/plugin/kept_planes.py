"""A stack of labels as it was, whatever is painted on it later."""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Index = tuple[int, ...]  # of a plane: one index for each axis before its rows and columns


class KeptPlanes:
    """The planes of a stack that may be larger than memory, each as it was when first looked at.

    They are packed, which makes labels smaller by far.

    Parameters
    ----------
    stack : array of at least two axes
        Such as one on the disk.

    Attributes
    ----------
    shape : tuple of int
        Of the stack.
    """

    def __init__(self, stack: Any) -> None:
        self._stack = stack
        self.shape = tuple(int(n) for n in stack.shape)
        self._packed: dict[Index, tuple[bytes, np.dtype[Any]]] = {}

    def __getitem__(self, index: Index) -> NDArray[Any]:
        """Return the (h, w) plane at an index, read-only."""
        if index not in self._packed:
            plane = np.asarray(self._stack[index])
            self._packed.setdefault(index, (zlib.compress(plane.tobytes(), 1), plane.dtype))
        packed, dtype = self._packed[index]
        return np.frombuffer(zlib.decompress(packed), dtype).reshape(self.shape[-2:])


def as_it_is(stack: Any) -> Any:
    """Return a stack that nobody changes any more: a copy of what is in memory, or its planes."""
    in_memory = isinstance(stack, np.ndarray) and not isinstance(stack, np.memmap)
    return stack.copy() if in_memory else KeptPlanes(stack)
