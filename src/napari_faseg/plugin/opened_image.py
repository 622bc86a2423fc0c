"""The layer of an image that a session is about, as it was looked at."""

from collections.abc import Mapping
from typing import Any

from napari.types import LayerData
from numpy.typing import NDArray


def opened_image(
    pixels: NDArray[Any], facts: Mapping[str, Any], *, is_rgb: bool, **options: Any
) -> LayerData:
    """Return a layer of an image, as dark and as bright as when it was segmented.

    Parameters
    ----------
    pixels : array
        The image, or the plane of it that was segmented.
    facts : mapping
        Of the session.
    is_rgb : bool
        Whether red, green and blue are its last axis.
    **options
        Of the layer.
    """
    limits = facts.get("view", {}).get("contrast_limits")
    if limits is not None and not is_rgb and limits[0] < limits[1]:
        options["contrast_limits"] = tuple(limits)
    return pixels, {"rgb": is_rgb, **options}, "image"
