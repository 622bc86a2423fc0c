"""An image file with a mask file, and which of the objects in the mask are meant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Objects: TypeAlias = tuple[tuple[int, ...], ...]  # for each, the labels that are it together
ONE_OBJECT: Objects = ((1,),)
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
    objects: Objects | None = None
    name: str = ""
    stem: str = ""
    missing: str = ""


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


def objects_in(pair: Pair, mask: NDArray[np.integer]) -> Objects:
    """Return the labels of each object of a pair, whose (h, w) mask says them where it does not."""
    if pair.objects is not None:
        return pair.objects
    return tuple((int(label),) for label in np.unique(mask) if label > 0)
