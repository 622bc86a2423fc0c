"""An answer that was worked out before anybody asked for it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.windows import Window


@dataclass(frozen=True, eq=False)
class Question:
    """What clicks mean in a window of an image.

    Parameters
    ----------
    clicks : tuple of Click
    previous : (h, w) float32 or None
        The probability before the last click, of the whole image.
    window : Window
    """

    clicks: tuple[Click, ...]
    previous: Probability | None
    window: Window

    def is_same_as(self, other: Self) -> bool:
        """Whether another question has the same answer; False where that is not sure."""
        is_same = (self.clicks, self.window) == (other.clicks, other.window)
        return is_same and self.previous is other.previous and _stays(self.previous)


class Ahead:
    """Keeps one answer, until anything is asked."""

    def __init__(self) -> None:
        self._known: tuple[Question, Probability] | None = None

    def keep(self, question: Question, answer: Probability) -> None:
        """Keep the answer to a question, in place of any other."""
        self._known = question, answer

    def take(self, question: Question) -> Probability | None:
        """Return the answer to a question if it is there, and keep nothing any more."""
        known, self._known = self._known, None
        is_known = known is not None and question.is_same_as(known[0])
        return known[1] if known is not None and is_known else None


def _stays(array: Probability | None) -> bool:
    """Whether nobody can have written to an array."""
    if array is None:
        return True
    base = array.base
    is_view_of_open = isinstance(base, np.ndarray) and base.flags.writeable
    return not array.flags.writeable and not is_view_of_open
