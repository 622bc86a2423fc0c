"""Data sets dropped on napari: a stack of images, their objects, and what nobody knows."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
from dask.delayed import delayed
from napari.types import LayerData
from numpy.typing import NDArray

from napari_faseg.datasets import Pictures, find_layout, open_dataset
from napari_faseg.interaction import to_rgb8
from napari_faseg.interaction.session_folder import is_session
from napari_faseg.interaction.stack_folder import is_stack
from napari_faseg.plugin.layer_dataset import SIZES
from napari_faseg.plugin.session_layers import read_layers

Reader = Callable[[str], list[LayerData]]
Size = tuple[int, int]
N_LOOKED_AT = 16  # images at least, where there are as many


def get_reader(path: str | Sequence[str]) -> Reader | None:
    """Return a reader of a recorded session or of a data set, in a folder or an archive, or None.

    Only the names of folders and files are looked at, so ordinary images and archives are left
    alone.
    """
    if not isinstance(path, str):
        return None
    if is_session(Path(path)) or is_stack(Path(path)):
        return read_layers
    return read if find_layout(Path(path)) is not None else None


def read(path: str) -> list[LayerData]:
    """Open a data set as layers.

    Parameters
    ----------
    path : str
        A folder or a zip archive.

    Returns
    -------
    list of LayerData
        `(n, h, w, 3)` uint8 images, `(n, h, w)` labels, and a second labels layer that marks
        pixels of which nobody knows, where there are such. Images are decoded when they are
        shown; smaller ones lie at the top left of the largest, on black, and their sizes are in the
        metadata of the layer.

    Raises
    ------
    ValueError
        If the files are not laid out as a data set.
    """
    name = find_layout(Path(path))
    if name is None:
        raise ValueError(f"expected a folder or an archive laid out as a data set, got {path}")
    dataset = open_dataset(name, path)
    if not isinstance(dataset, Pictures) or dataset.n_pictures == 0:
        raise ValueError(f"expected images in {path}, got none")
    indices = range(dataset.n_pictures)
    sizes = [dataset.picture_size(index) for index in indices]
    shape = max(h for h, _ in sizes), max(w for _, w in sizes)
    images = da.stack(  # type: ignore[no-untyped-call]
        [_delayed(_image, dataset, i, shape, 3, np.uint8) for i in indices]
    )
    has_unknown, dtype = _looked_at(dataset)
    labels = da.stack(  # type: ignore[no-untyped-call]
        [_delayed(partial(_labels, dtype=dtype), dataset, i, shape, 0, dtype) for i in indices]
    )
    about = {"name": f"{dataset.name}: objects", "opacity": 0.5}
    kept = {SIZES: sizes}
    pictures: LayerData = (images, {"name": dataset.name, "rgb": True, "metadata": kept}, "image")
    if not has_unknown:
        return [pictures, (labels, about, "labels")]
    unknown = (labels < 0).astype(np.uint8)
    about_unknown = {"name": f"{dataset.name}: not known", "opacity": 0.4}
    return [
        pictures,
        (da.maximum(labels, 0), about, "labels"),
        (unknown, about_unknown, "labels"),
    ]


def _looked_at(dataset: Pictures) -> tuple[bool, type[np.signedinteger]]:
    """Return whether some pixels are not known and a type for labels, as far as a few images tell.

    Where others have unknown pixels after all, these stay -1 among the objects.
    """
    step = max(1, dataset.n_pictures // N_LOOKED_AT)
    has_unknown = False
    dtype: type[np.signedinteger] = np.int32
    for i in range(0, dataset.n_pictures, step):
        labels = dataset.picture(i)[1]
        has_unknown = has_unknown or bool((labels < 0).any())
        dtype = dtype if np.can_cast(labels.dtype, np.int32) else np.int64
    return has_unknown, dtype


def _delayed(
    read_one: Callable[[Pictures, int, Size], NDArray[Any]],
    dataset: Pictures,
    index: int,
    shape: Size,
    n_channels: int,
    dtype: type[np.generic],
) -> Any:
    whole = (*shape, n_channels) if n_channels else shape
    lazy = delayed(read_one, pure=False)(dataset, index, shape)
    return da.from_delayed(lazy, whole, dtype)  # type: ignore[no-untyped-call]


def _image(dataset: Pictures, index: int, shape: Size) -> NDArray[np.uint8]:
    return _padded(to_rgb8(dataset.picture(index)[0]), shape)


def _labels(
    dataset: Pictures, index: int, shape: Size, dtype: type[np.signedinteger]
) -> NDArray[np.signedinteger]:
    labels = dataset.picture(index)[1]
    if labels.size and labels.max() > np.iinfo(dtype).max:
        raise ValueError(
            f"expected labels up to {np.iinfo(dtype).max} in image {index} of {dataset.name}, "
            f"got {labels.max()}"
        )
    return _padded(labels.astype(dtype), shape)


def _padded(array: NDArray[Any], shape: Size) -> NDArray[Any]:
    h, w = array.shape[:2]
    padding = [(0, shape[0] - h), (0, shape[1] - w)] + [(0, 0)] * (array.ndim - 2)
    return np.pad(array, padding)
