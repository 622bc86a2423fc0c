"""A data set of image files with mask files beside them: what most benchmarks are."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.archive import Files, fingerprint
from napari_faseg.datasets.decoding import SUFFIXES, decode_image, image_size
from napari_faseg.datasets.masks import decode_mask
from napari_faseg.datasets.samples import Sample

MaskDecoder: TypeAlias = Callable[[bytes, str], NDArray[np.integer]]
ONE_OBJECT = ((1,),)
NOT_COUNTED: tuple[int, ...] = ()  # the labels of a sample whose mask cannot be read


@dataclass(frozen=True)
class Pair:
    """An image, its mask, and which of the objects in the mask are samples.

    Parameters
    ----------
    image, mask : str
        Names of the files.
    objects : tuple of tuple of int, optional
        Labels that are one object together, for each object; None: each label is one.
    name : str
        Of the sample, where the pair has one object; else the stem with the labels.
    stem : str
        What the names of its samples begin with; that of the image unless given.
    missing : str
        Where one of the files is not there, the sentence that says so.
    """

    image: str
    mask: str
    objects: tuple[tuple[int, ...], ...] | None = None
    name: str = ""
    stem: str = ""
    missing: str = ""


class PairedDataset:
    """One sample for each object of pairs of an image and a mask.

    Images are decoded when they are asked for. Masks are decoded to count the objects only where
    the pairs do not say what they hold. A mask that cannot be read, or is not there, then counts
    as one sample, so that others can be asked for; whoever asks for this one gets the error.

    Parameters
    ----------
    files : Files
        Where the pairs are.
    pairs : sequence of Pair
    decode : callable
        From the content of a mask file and its name to (h, w) labels, -1 where nobody knows.
    """

    def __init__(
        self, files: Files, pairs: Sequence[Pair], decode: MaskDecoder = decode_mask
    ) -> None:
        self._files = files
        self._pairs = tuple(pairs)
        self._decode = decode
        self._last: tuple[Pair, NDArray[Any], NDArray[np.integer]] | None = None

    @property
    def name(self) -> str:
        """The name of the folder or archive."""
        return self._files.root.stem

    @property
    def missing(self) -> tuple[str, ...]:
        """A sentence for each pair of which a file is not there."""
        return tuple(pair.missing for pair in self._pairs if pair.missing)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Sample:
        pair, labels = self._places[index]
        image, mask = self._decoded(pair)
        if labels == NOT_COUNTED:
            raise ValueError(f"{pair.mask} could not be read when its objects were counted")
        return self._sample(pair, labels, image, mask)

    def __iter__(self) -> Iterator[Sample]:
        for pair in self._pairs:
            image, mask = self._decoded(pair)
            for labels in _objects(pair, mask):
                yield self._sample(pair, labels, image, mask)

    @property
    def n_pictures(self) -> int:
        """How many images there are, each of which may hold several objects."""
        return len(self._pairs)

    def picture(self, index: int) -> tuple[NDArray[Any], NDArray[np.integer]]:
        """Return an (h, w) or (h, w, c) image with its (h, w) labels, -1 where nobody knows.

        Raises
        ------
        FileNotFoundError
            If one of the files is missing.
        ValueError
            If a file cannot be read, or the sizes differ.
        """
        pair = self._pairs[index]
        image, mask = self._decoded(pair)
        if image.shape[:2] != mask.shape:
            raise ValueError(
                f"expected a mask of shape {image.shape[:2]} for {pair.image}, got {mask.shape}"
            )
        return image, mask

    def picture_size(self, index: int) -> tuple[int, int]:
        """Return height and width of an image, which is not decoded for it."""
        pair = self._pairs[index]
        return image_size(self._files.read(pair.image), pair.image)

    @property
    def fingerprint(self) -> str:
        """What changes when a file of the data set does, in hexadecimal."""
        names = (n for pair in self._pairs for n in (pair.image, pair.mask))
        return fingerprint(self._files, (n for n in names if n in self._files.names))

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_last": None}

    @cached_property
    def _places(self) -> list[tuple[Pair, tuple[int, ...]]]:
        """Each sample's pair and labels; finding them may mean reading every mask once."""
        return [
            (pair, labels) for pair in self._pairs for labels in pair.objects or self._counted(pair)
        ]

    def _counted(self, pair: Pair) -> tuple[tuple[int, ...], ...]:
        try:
            return _objects(pair, self._mask(pair))
        except (ValueError, OSError):
            return (NOT_COUNTED,)

    def _decoded(self, pair: Pair) -> tuple[NDArray[Any], NDArray[np.integer]]:
        """Image and mask; those of the last pair are kept, for its next object."""
        if pair.missing:
            raise FileNotFoundError(pair.missing)
        last = self._last
        if last is None or last[0] is not pair:
            image = decode_image(self._files.read(pair.image), pair.image)
            last = self._last = pair, image, self._mask(pair)
        return last[1], last[2]

    def _mask(self, pair: Pair) -> NDArray[np.integer]:
        return self._decode(self._files.read(pair.mask), pair.mask)

    def _sample(
        self,
        pair: Pair,
        labels: tuple[int, ...],
        image: NDArray[Any],
        mask: NDArray[np.integer],
    ) -> Sample:
        stem = pair.stem or PurePosixPath(pair.image).stem
        name = pair.name or f"{stem}#{'+'.join(map(str, labels))}"
        ignore = mask < 0
        return Sample(name, image, np.isin(mask, labels), ignore if ignore.any() else None)


def pairs_of_folders(files: Files, images: str, masks: str, what: str) -> list[Pair]:
    """Pair the pictures of two folders by their stems, in the order of the stems.

    Parameters
    ----------
    files : Files
    images, masks : str
        Paths of the folders, which may lie in another folder.
    what : str
        Name of the data set, for the errors.

    Raises
    ------
    FileNotFoundError
        If a folder is missing.
    ValueError
        If several images or masks have one name.
    """
    pictures, found = (pictures_by_stem(files, folder_of(files, f, what)) for f in (images, masks))
    return [
        Pair(picture, found[stem], ONE_OBJECT, stem)
        if stem in found
        else incomplete(f"{files.root} has no mask in {masks}/ for {picture}", picture, stem)
        for stem, picture in sorted(pictures.items())
    ]


def incomplete(missing: str, image: str = "", name: str = "") -> Pair:
    """Return what stands for a pair of which a file is missing: one sample that nobody can have.

    Parameters
    ----------
    missing : str
        The sentence that says what is missing.
    image, name : str
        Of the pair, where there are such.
    """
    return Pair(image, "", (NOT_COUNTED,), name, missing=missing)


def folder_of(files: Files, folder: str, what: str) -> str:
    """Return the prefix of a folder's files, wherever in the files the folder lies.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If there are several, none of which lies nearer to the root than the others.
    """
    within = f"/{folder}/"
    prefixes = {n[: i + len(within) - 1] for n in files.names if (i := f"/{n}".find(within)) >= 0}
    if not prefixes:
        raise FileNotFoundError(f"expected {what} in {files.root}, but it has no folder {folder}/")
    depth = min(prefix.count("/") for prefix in prefixes)
    nearest = sorted(prefix for prefix in prefixes if prefix.count("/") == depth)
    if len(nearest) > 1:
        raise ValueError(f"expected {what} once in {files.root}, got {nearest[0]} and {nearest[1]}")
    return nearest[0]


def pictures_by_stem(files: Files, prefix: str) -> dict[str, str]:
    """Return the names of the pictures below a prefix by their path without prefix and suffix.

    Raises
    ------
    ValueError
        If two are equal but for their suffixes.
    """
    names = sorted(n for n in files.names if n.startswith(prefix) and n.lower().endswith(SUFFIXES))
    found: dict[str, str] = {}
    for name in names:
        stem = str(PurePosixPath(name[len(prefix) :]).with_suffix(""))
        if stem in found:
            raise ValueError(f"expected one of {found[stem]} and {name} in {files.root}, got both")
        found[stem] = name
    return found


def told_apart(pairs: Sequence[Pair], folder: str = "") -> list[Pair]:
    """Return the pairs with stems that make the names of their samples unique.

    Parameters
    ----------
    pairs : sequence of Pair
    folder : str
        Prefix of the images, which no name needs.
    """
    paths = [pair.image.removeprefix(folder) for pair in pairs]
    choices = (
        [PurePosixPath(path).stem for path in paths],
        [str(PurePosixPath(path).with_suffix("")) for path in paths],
        [f"{path}:{pair.mask}" for path, pair in zip(paths, pairs, strict=True)],
    )
    for stems in choices:
        named = [replace(pair, stem=stem) for pair, stem in zip(pairs, stems, strict=True)]
        names = Counter((p.stem, labels) for p in named for labels in p.objects or ((),))
        if max(names.values(), default=1) == 1:
            break
    return named


def _objects(pair: Pair, mask: NDArray[np.integer]) -> tuple[tuple[int, ...], ...]:
    if pair.objects is not None:
        return pair.objects
    return tuple((int(label),) for label in np.unique(mask) if label > 0)
