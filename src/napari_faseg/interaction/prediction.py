"""What a session asks of whatever turns clicks into a mask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_faseg.interaction.arrays import Probability, frozen
from napari_faseg.interaction.clicks import Click


@dataclass(frozen=True, eq=False)
class Look:
    """One answer of a predictor that looks several times.

    Parameters
    ----------
    probability : (h, w) float32
        In [0, 1].
    is_last : bool
        Whether it is what `predict` returns; earlier ones are its beginnings.
    """

    probability: Probability
    is_last: bool


@runtime_checkable
class Predictor(Protocol):
    """Anything that turns clicks on an image into a probability."""

    def set_image(self, image: ArrayLike, /) -> None:
        """Take the image that the next clicks are on, (h, w) or (h, w, c), any dtype."""

    def predict(
        self, clicks: Sequence[Click], previous: Probability | None, /
    ) -> NDArray[np.floating]:
        """Return the (h, w) probability of the object, float32 in [0, 1].

        Parameters
        ----------
        clicks : sequence of Click
            All clicks on the object, oldest first.
        previous : (h, w) float32 or None
            The probability before the last click, in [0, 1]; None if there was none.
        """
        ...


@runtime_checkable
class LookingPredictor(Predictor, Protocol):
    """A predictor that has a first answer sooner than its last one."""

    def looks(self, clicks: Sequence[Click], previous: Probability | None, /) -> Iterator[Look]:
        """Yield ever better answers to the question of `predict`, the last one its very own.

        Whoever stops before the last leaves no trace in later answers.
        """
        ...


@runtime_checkable
class AnticipatingPredictor(LookingPredictor, Protocol):
    """A predictor that can begin before a question is asked."""

    def anticipate(self, clicks: Sequence[Click], previous: Probability | None, /) -> None:
        """Do ahead what the first answer of `looks` takes; no answer is another one for that."""


def anticipate(predictor: Predictor, clicks: Sequence[Click], previous: Probability | None) -> None:
    """Let a predictor begin with its first answer to a question, if it can."""
    if isinstance(predictor, AnticipatingPredictor):
        predictor.anticipate(clicks, previous)


def answered(
    predictor: Predictor,
    clicks: Sequence[Click],
    previous: Probability | None,
    shape: tuple[int, ...],
    *,
    look_by_look: bool,
) -> Iterator[Look]:
    """Yield what a predictor answers, checked and read-only.

    Parameters
    ----------
    predictor : Predictor
    clicks, previous
        What `predict` takes.
    shape : (int, int)
        Of the image.
    look_by_look : bool
        Whether to ask for what comes before the last answer, too, where there is such a thing.

    Raises
    ------
    ValueError
        If an answer is not a probability of that shape.
    """
    if look_by_look and isinstance(predictor, LookingPredictor):
        looks = predictor.looks(clicks, previous)
    else:
        looks = iter((Look(np.asarray(predictor.predict(clicks, previous)), is_last=True),))
    for look in looks:
        yield Look(frozen(checked_probability(look.probability, shape)), look.is_last)


def checked_probability(probability: ArrayLike, shape: tuple[int, ...]) -> Probability:
    """Return a copy of what a predictor answered, refusing what is not a probability.

    Raises
    ------
    ValueError
        If it has not the (h, w) shape of the image, or values outside [0, 1].
    """
    array = np.array(probability, np.float32)
    _check(array, shape, "a probability")
    return array


def checked_previous(previous: Probability | None, shape: tuple[int, int]) -> Probability | None:
    """Return a previous probability as float32.

    Raises
    ------
    ValueError
        If it has not the image's (h, w), or values outside [0, 1].
    """
    if previous is None:
        return None
    array = np.asarray(previous, np.float32)
    _check(array, shape, "a previous probability")
    return array


def _check(array: Probability, shape: tuple[int, ...], what: str) -> None:
    if array.shape != shape:
        raise ValueError(f"expected {what} of shape {shape}, got {array.shape}")
    if not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(f"expected {what} in [0, 1], got values outside or not finite")
