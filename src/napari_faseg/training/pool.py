"""Images and label maps, decoded once into flat files that are mapped into memory."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from napari_faseg._durable import replace_file
from napari_faseg.datasets import Pictures
from napari_faseg.interaction import to_rgb8
from napari_faseg.models.layers import STRIDE
from napari_faseg.training.choices import SourceKind

NEEDED = {name for name in dir(Pictures) if not name.startswith("_")}
SMALL = STRIDE**2  # pixels of a cell
OnBroken: TypeAlias = Callable[[str, Exception], object]


def refuse_no_pictures(found: object) -> None:
    """Raise a TypeError unless this is a data set of images with labels."""
    # `isinstance` may ask for the fingerprint, for which a layer reads all of its pixels.
    if not NEEDED.issubset(dir(found)):
        raise TypeError(
            "expected images with labels, such as open_dataset gives, got " + type(found).__name__
        )


@dataclass(frozen=True)
class Source:
    """Images with label maps, and what their labels mean.

    Attributes
    ----------
    dataset
        Where they come from.
    kind
        ``"salient"``: one mask an image; its large connected components are objects too.
        ``"instances"``: every label is an object. ``"parts"``: labels are parts of one whole.
    weight
        How often it is drawn, relative to the others.

    Raises
    ------
    TypeError
        If the data set has no whole images with labels.
    ValueError
        If the kind is another one, or the weight below 0 or not finite.
    """

    dataset: Pictures
    kind: SourceKind = "instances"
    weight: float = 1.0

    def __post_init__(self) -> None:
        refuse_no_pictures(self.dataset)
        if self.kind not in get_args(SourceKind):
            raise ValueError(
                f"expected one of {', '.join(get_args(SourceKind))} as kind, got {self.kind!r}"
            )
        if not 0 <= self.weight < math.inf:
            raise ValueError(f"expected a finite weight of 0 or more, got {self.weight}")


@dataclass(frozen=True)
class Photo:
    """One image ``(h, w, 3)`` uint8 with its ``(h, w)`` int16 labels; 0 background, -1 unknown."""

    image: NDArray[np.uint8]
    labels: NDArray[np.int16]
    kind: SourceKind


class Pool:
    """Photos of several sources, drawn at random by the weights of the sources.

    Parameters
    ----------
    sources
        What to draw from.
    folder
        Where the decoded files are kept; they are made when they are not there.
    on_broken
        Is told what cannot be read, and the error; it is left out. Without it the error is raised.

    Raises
    ------
    ValueError
        If there is no source, none with a weight above 0, or one without an image with an object.
    """

    def __init__(
        self, sources: Sequence[Source], folder: Path, on_broken: OnBroken | None = None
    ) -> None:
        self.sources = tuple(sources)
        if not any(source.weight > 0 for source in sources):
            weights_given = [source.weight for source in sources]
            raise ValueError(f"expected sources with a weight above 0, got weights {weights_given}")
        self._parts = [_mapped(source.dataset, folder, on_broken) for source in sources]
        weights = np.array([s.weight for s in sources], dtype=float)
        self._shares = weights / weights.sum()

    def __len__(self) -> int:
        return sum(len(part.index) for part in self._parts)

    @cached_property
    def fingerprint(self) -> str:
        """What tells these photos, and how often each is drawn, from others."""
        facts = [
            [source.kind, source.weight, source.dataset.fingerprint, len(part.index)]
            for source, part in zip(self.sources, self._parts, strict=True)
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    @cached_property
    def n_small_objects(self) -> int:
        """How many objects are smaller than a cell of the network's grid, and hardly learned."""
        photos = (self._photo(k, i) for k, p in enumerate(self._parts) for i in range(len(p.index)))
        areas = (np.bincount(photo.labels[photo.labels > 0]) for photo in photos)
        return sum(int(((area > 0) & (area < SMALL)).sum()) for area in areas)

    def draw(self, rng: np.random.Generator) -> Photo:
        """Return a random photo."""
        k = int(rng.choice(len(self.sources), p=self._shares))
        return self._photo(k, int(rng.integers(len(self._parts[k].index))))

    def _photo(self, k: int, i: int) -> Photo:
        part = self._parts[k]
        start, h, w = (int(v) for v in part.index[i])
        image = part.images[3 * start : 3 * (start + h * w)].reshape(h, w, 3)
        labels = part.labels[start : start + h * w].reshape(h, w)
        return Photo(np.asarray(image), np.asarray(labels), self.sources[k].kind)


@dataclass(frozen=True)
class _Mapped:
    """All images and labels of a source in a row; the index has start, height and width of each."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int16]
    index: NDArray[np.int64]


def decoded(
    dataset: Pictures, number: int, on_broken: OnBroken | None
) -> tuple[NDArray[np.uint8], NDArray[np.int16]] | None:
    """Return an (h, w, 3) image and its (h, w) labels from 1 on, -1 where nobody knows.

    Where it cannot be read and somebody is told of that, None; otherwise the error is raised.
    """
    name = f"image {number} of {dataset.name}"
    try:
        image, labels = dataset.picture(number)
        rgb, found = to_rgb8(image), _numbered(labels)
        if found.shape != rgb.shape[:2]:
            raise ValueError(
                f"expected labels of the size of {name}, {rgb.shape[:2]}, got {found.shape}"
            )
    except (ValueError, TypeError, OSError) as error:
        if on_broken is None:
            raise
        on_broken(name, error)
        return None
    return rgb, found


def _mapped(dataset: Pictures, folder: Path, on_broken: OnBroken | None) -> _Mapped:
    """Map the decoded files of a data set, decoding them first where these are not they."""
    stem = folder / hashlib.sha256(dataset.fingerprint.encode()).hexdigest()[:24]
    rgb, labels, index = (Path(f"{stem}{ending}") for ending in (".rgb", ".labels", ".json"))
    if not index.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rows = _decode(_readable(dataset, on_broken), rgb, labels)
        if not rows:
            n = dataset.n_pictures
            raise ValueError(
                f"expected images with objects in {dataset.name}, got none among {n} to learn from"
            )
        replace_file(index, lambda part: part.write_text(json.dumps(rows)))
    return _Mapped(
        images=np.memmap(rgb, dtype=np.uint8, mode="r"),
        labels=np.memmap(labels, dtype=np.int16, mode="r"),
        index=np.array(json.loads(index.read_text()), dtype=np.int64),
    )


def _readable(
    dataset: Pictures, on_broken: OnBroken | None
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int16]]]:
    """Yield the images with objects, and their labels from 1 on."""
    for number in range(dataset.n_pictures):
        read = decoded(dataset, number, on_broken)
        if read is not None and (read[1] > 0).any():
            yield read


def _numbered(labels: NDArray[np.integer]) -> NDArray[np.int16]:
    ids, numbered = np.unique(np.where(labels > 0, labels, 0), return_inverse=True)
    numbered = numbered.reshape(labels.shape) + (ids[0] > 0)  # 0 stays background
    if len(ids) > np.iinfo(np.int16).max:
        raise ValueError(f"expected at most {np.iinfo(np.int16).max} objects, got {len(ids)}")
    return np.where(labels < 0, -1, numbered).astype(np.int16)


def _decode(
    pictures: Iterator[tuple[NDArray[np.uint8], NDArray[np.int16]]], rgb: Path, labels: Path
) -> list[tuple[int, int, int]]:
    """Write all images and labels in a row; return the start, height and width of each."""
    index, start = [], 0
    with rgb.open("wb") as rgb_file, labels.open("wb") as labels_file:
        for image, found in pictures:
            h, w = found.shape
            rgb_file.write(image.tobytes())
            labels_file.write(found.tobytes())
            index.append((start, h, w))
            start += h * w
    return index
