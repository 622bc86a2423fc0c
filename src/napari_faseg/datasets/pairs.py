"""A data set of image files with mask files beside them: what most benchmarks are."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.archive import Files, fingerprint
from napari_faseg.datasets.decoding import decode_image, image_size
from napari_faseg.datasets.label_maps import label_map
from napari_faseg.datasets.masks import decode_mask
from napari_faseg.datasets.pair import NOT_COUNTED, ONE_OBJECT, Objects, Pair, objects_in
from napari_faseg.datasets.photos import PhotoOf, by_image, photos
from napari_faseg.datasets.samples import Sample

MaskDecoder: TypeAlias = Callable[[bytes, str], NDArray[np.integer]]


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
    photo_of : callable
        From the files and a pair to what all pairs of one photo have in common.
    """

    def __init__(
        self,
        files: Files,
        pairs: Sequence[Pair],
        decode: MaskDecoder = decode_mask,
        photo_of: PhotoOf = by_image,
    ) -> None:
        self._files = files
        self._pairs = tuple(pairs)
        self._decode = decode
        self._photo_of = photo_of
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
            for labels in objects_in(pair, mask):
                yield self._sample(pair, labels, image, mask)

    @property
    def n_pictures(self) -> int:
        """How many images there are, each with the objects of all its masks."""
        return len(self._photos)

    def picture(self, index: int) -> tuple[NDArray[Any], NDArray[np.integer]]:
        """Return an (h, w) or (h, w, c) image with its (h, w) labels, -1 where nobody knows.

        These are the objects that are samples; of those that overlap, the smaller lies on top. See
        `label_map` for their numbers.

        Raises
        ------
        FileNotFoundError
            If one of the files is missing.
        ValueError
            If a file cannot be read, or the sizes differ.
        """
        pairs = self._photos[index]
        for pair in pairs:
            _refuse_missing(pair)
        image, first = self._decoded(pairs[0])
        masks = [first, *(self._mask(pair) for pair in pairs[1:])]
        for pair, mask in zip(pairs, masks, strict=True):
            if image.shape[:2] != mask.shape:
                raise ValueError(
                    f"expected a mask of shape {image.shape[:2]} for {pair.image}, got {mask.shape}"
                )
        if len(pairs) == 1 and pairs[0].objects is None:
            return image, first
        objects = [objects_in(*each) for each in zip(pairs, masks, strict=True)]
        return image, label_map(masks, objects)

    def picture_size(self, index: int) -> tuple[int, int]:
        """Return height and width of an image, which is not decoded for it."""
        name = self._photos[index][0].image
        return image_size(self._files.read(name), name)

    @property
    def fingerprint(self) -> str:
        """What changes when a file of the data set or the choice of its objects does."""
        names = (n for pair in self._pairs for n in (pair.image, pair.mask))
        of_files = fingerprint(self._files, (n for n in names if n in self._files.names))
        chosen = [pair.objects for pair in self._pairs if pair.objects not in (None, ONE_OBJECT)]
        return hashlib.sha256(f"{of_files} {chosen}".encode()).hexdigest() if chosen else of_files

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_last": None}

    @cached_property
    def _places(self) -> list[tuple[Pair, tuple[int, ...]]]:
        """Each sample's pair and labels; finding them may mean reading every mask once."""
        return [
            (pair, labels) for pair in self._pairs for labels in pair.objects or self._counted(pair)
        ]

    @cached_property
    def _photos(self) -> list[tuple[Pair, ...]]:
        """The pairs of each image."""
        return photos(self._files, self._pairs, self._photo_of)

    def _counted(self, pair: Pair) -> Objects:
        try:
            return objects_in(pair, self._mask(pair))
        except (ValueError, OSError):
            return (NOT_COUNTED,)

    def _decoded(self, pair: Pair) -> tuple[NDArray[Any], NDArray[np.integer]]:
        """Image and mask; those of the last pair are kept, for its next object."""
        _refuse_missing(pair)
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


def _refuse_missing(pair: Pair) -> None:
    if pair.missing:
        raise FileNotFoundError(pair.missing)
