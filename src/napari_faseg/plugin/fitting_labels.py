"""Which layers of labels can take the objects of a session."""

import numpy as np
from napari.layers import Labels

from napari_faseg.interaction.objects import LARGEST_LABEL


def largest_label(layer: Labels) -> int:
    """Return the largest label that there can be in a layer, and in a session."""
    return min(int(np.iinfo(layer.data.dtype).max), LARGEST_LABEL)


def check_layer(layer: Labels, shape: tuple[int, ...]) -> None:
    """Refuse a layer that cannot be written to, or has another shape, by a ValueError."""
    data, name = layer.data, layer.name
    if layer.multiscale or not isinstance(data, np.ndarray):
        raise ValueError(f"expected {name} as one array in memory: copy it to a new layer")
    if not data.flags.writeable:
        raise ValueError(f"expected {name} not to be read-only: copy it to a new layer")
    if data.shape != shape:
        raise ValueError(f"expected {name} to have shape {shape}, got {data.shape}")
    if data.dtype.kind not in "ui" or data.dtype.itemsize < 2:
        raise ValueError(f"expected {name} to hold 16-bit integers or larger, got {data.dtype}")


def checked_largest(layer: Labels) -> int:
    """Return the largest label that there is in a layer.

    Raises
    ------
    ValueError
        If it leaves room for no new one, or some are no objects.
    """
    data, limit = layer.data, largest_label(layer)
    smallest, largest = int(data.min(initial=0)), int(data.max(initial=0))
    if smallest < 0:
        raise ValueError(f"expected no labels below 0 in {layer.name}, got {smallest}")
    if largest >= limit:
        convert = "" if limit == LARGEST_LABEL else "convert the layer to a larger data type, or "
        raise ValueError(
            f"expected labels below {limit} in {layer.name}, got {largest}: {convert}give these "
            "pixels another label"
        )
    return largest
