"""Image files of any format that imageio knows, which is what scikit-image and napari ask."""

from pathlib import Path
from typing import Any

import imageio.v3
import numpy as np
from imageio.config import known_extensions, known_plugins
from imageio.core.v3_plugin_api import PluginV3
from numpy.typing import NDArray

CRASHING = "opencv"  # ends the process where the name of a file is not UTF-8


def read_any(path: Path) -> NDArray[Any]:
    """Read an image file by the first reader that takes it, in the order of imageio.

    OpenCV, which imageio asks where no other reader has taken a file, is left out.

    Raises
    ------
    ValueError
        If no reader takes it. A reader that does raises whatever it will.
    """
    with _opened(path) as file:
        return np.asarray(file.read())


def _opened(path: Path) -> PluginV3:
    imopen: Any = imageio.v3.imopen  # its types know no name that is not written out
    usual = known_extensions.get(path.suffix.lower(), [])
    names = [name for each in usual for name in each.priority]
    for name in dict.fromkeys([*names, *known_plugins]):
        if name == CRASHING:
            continue
        try:
            file: PluginV3 = imopen(path, "r", plugin=name)
        except (OSError, ImportError):
            continue
        return file
    raise ValueError("it has no format that is known here, or is damaged")
