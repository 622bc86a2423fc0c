"""Photographs to try the widget on; scikit-image ships them, so they need no network."""

from napari.types import LayerData
from skimage import data


def cat() -> list[LayerData]:
    """Return the cat Chelsea, (300, 451, 3) uint8 RGB."""
    return [(data.chelsea(), {"name": "cat", "rgb": True}, "image")]


def coffee() -> list[LayerData]:
    """Return a cup of coffee on a table, (400, 600, 3) uint8 RGB."""
    return [(data.coffee(), {"name": "coffee", "rgb": True}, "image")]


def coins() -> list[LayerData]:
    """Return ancient coins, (303, 384) uint8 grey."""
    return [(data.coins(), {"name": "coins"}, "image")]
