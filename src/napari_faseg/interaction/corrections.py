"""What is done to the answer of a network before a person sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.components import keep_clicked
from napari_faseg.interaction.last_word import with_last_word
from napari_faseg.interaction.steadiness import steadied


@dataclass(frozen=True)
class Corrections:
    """Which corrections there are; each has a module of its own.

    Parameters
    ----------
    connected : bool
        Only the connected parts of the mask that hold a positive click stay.
    obedient : bool
        Clicked pixels end as their click says.
    steady : bool
        What is far from the third or a later click stays nearly as it was.
    """

    connected: bool
    obedient: bool
    steady: bool

    def of_look(self, answer: Probability, clicks: Sequence[Click]) -> Probability:
        """Correct the (h, w) answer of one look in place, for the next one to begin with."""
        if self.obedient:
            answer = with_last_word(answer, clicks)
        return keep_clicked(answer, clicks) if self.connected else answer

    def of_answer(
        self, answer: Probability, previous: Probability | None, clicks: Sequence[Click]
    ) -> Probability:
        """Return what to show of a look's (h, w) answer, given the probability before the click."""
        shown = steadied(answer, previous, clicks) if self.steady else answer
        return answer if shown is answer else self.of_look(shown, clicks)
