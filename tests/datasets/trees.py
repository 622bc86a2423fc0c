"""Small data sets in their true layouts, as a folder or as a zip archive."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def encoded(array: NDArray[np.generic], kind: str = "PNG") -> bytes:
    """Return the content of a picture file."""
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return stream.getvalue()


def written(files: Mapping[str, bytes], root: Path, *, as_zip: bool) -> Path:
    """Write files below a folder, or into an archive, called pictures."""
    if as_zip:
        with zipfile.ZipFile(root / "pictures.zip", "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return root / "pictures.zip"
    for name, content in files.items():
        path = root / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root / "pictures"
