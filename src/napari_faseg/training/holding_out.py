"""Which images measure: some that can be read, with objects in them."""

from __future__ import annotations

from itertools import islice

from napari_faseg.datasets import PictureSubset
from napari_faseg.training.pool import OnBroken, decoded

LEAST = 2  # images with objects: one to learn from, one to hold out


def without_broken(subset: PictureSubset, on_broken: OnBroken | None) -> PictureSubset:
    """Return the held-out images that can be read; where nobody is told of others, all of them."""
    if on_broken is None:
        return subset
    n_all = subset.n_pictures
    numbers = [n for n in range(n_all) if decoded(subset, n, on_broken) is not None]
    if not numbers:
        raise ValueError(
            f"expected an image that can be read among the {n_all} held out of {subset.name}, got "
            "none: hold out more, or choose another seed"
        )
    return subset.only(numbers)


def with_objects_held_out(
    learned: PictureSubset, held_out: PictureSubset, on_broken: OnBroken | None
) -> tuple[PictureSubset, PictureSubset]:
    """Return what is learned from and what is held out, which has an object.

    Where no image that is held out has one, the first of the others that has takes the place of one
    of them. Otherwise the two stay as they are.

    Parameters
    ----------
    learned, held_out
        Images of one data set.
    on_broken
        Whoever is told of images that cannot be read, which then have no objects; None: the error
        is raised.

    Raises
    ------
    ValueError
        If fewer than two images have objects.
    """
    if len(held_out) > 0:
        return learned, held_out
    numbers = range(learned.n_pictures)
    found = list(islice((n for n in numbers if _has_object(learned, n, on_broken)), LEAST))
    if len(found) < LEAST:
        n = learned.n_pictures + held_out.n_pictures
        raise ValueError(
            f"expected objects in at least {LEAST} of the {n} images of {learned.name}, since some "
            f"are held out, got them in {len(found) or 'none'}"
        )
    first = found[0]
    return learned.exchanging(first, held_out, 0), held_out.exchanging(0, learned, first)


def _has_object(subset: PictureSubset, number: int, on_broken: OnBroken | None) -> bool:
    # Whoever is told hears of it when it would be learned from.
    read = decoded(subset, number, None if on_broken is None else _not_told)
    return read is not None and bool((read[1] > 0).any())


def _not_told(what: str, error: Exception) -> None:
    """Leave an image that cannot be read to others."""
