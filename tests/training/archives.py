"""Small archives of drawn images for tests of training."""

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_faseg.datasets import open_dataset
from napari_faseg.training.pool import Pool, Source


def drawn(rng: np.random.Generator, n_objects: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw bright discs on a dark, noisy ground: image (120, 160, 3) and labels."""
    y, x = np.mgrid[:120, :160]
    image = rng.integers(0, 60, (120, 160, 3)).astype(np.uint8)
    labels = np.zeros((120, 160), np.uint8)
    for label in range(1, n_objects + 1):
        cy, cx, radius = rng.integers(25, 95), rng.integers(25, 135), rng.integers(14, 30)
        disc = (y - cy) ** 2 + (x - cx) ** 2 < radius**2
        image[disc] = rng.integers(120, 255, 3)
        labels[disc] = label
    return image, labels


def write_archive(path: Path, seed: int, n_objects: int) -> None:
    """Write three drawn images with their labels into a zip file."""
    rng = np.random.default_rng(seed)
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(3):
            for array, ending in zip(drawn(rng, n_objects), ("webp", "png"), strict=True):
                buffer = io.BytesIO()
                Image.fromarray(array).save(buffer, ending.upper(), lossless=True)
                archive.writestr(f"{i}.{ending}", buffer.getvalue())


def pool_of(folder: Path) -> Pool:
    """Return a pool of three sources of three images."""
    sources = []
    for seed, kind in enumerate(("salient", "instances", "parts")):
        path = folder / f"{kind}.zip"
        write_archive(path, seed, n_objects=seed + 1)
        sources.append(Source(open_dataset("folder", path), kind))  # type: ignore[arg-type]
    return Pool(sources, folder / "decoded")
