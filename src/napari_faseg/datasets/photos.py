"""Which pairs of an image and a mask show one photo, which then has the objects of all of them."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from napari_faseg.datasets.archive import Files
from napari_faseg.datasets.pair import Pair

PhotoOf: TypeAlias = Callable[[Files, Pair], str]


def photos(files: Files, pairs: Sequence[Pair], photo_of: PhotoOf) -> list[tuple[Pair, ...]]:
    """Return the pairs of each photo, in the order in which the photos first occur.

    Parameters
    ----------
    files : Files
    pairs : sequence of Pair
    photo_of : callable
        From the files and a pair to what all pairs of one photo have in common.
    """
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[photo_of(files, pair)].append(pair)
    return [tuple(of_photo) for of_photo in found.values()]


def by_image(files: Files, pair: Pair) -> str:  # noqa: ARG001  any such function has the files
    """Return the name of the image file."""
    return pair.image or pair.name  # where the file is missing, the pair has a photo of its own


def by_copy(files: Files, pair: Pair) -> str:
    """Return what is the same for all copies of an image file."""
    try:
        return hashlib.sha256(files.read(pair.image)).hexdigest()
    except (OSError, ValueError):  # whoever asks for the image gets the error
        return by_image(files, pair)
