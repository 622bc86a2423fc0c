"""How work that asks a predictor again and again is stopped between two clicks."""

from collections.abc import Sequence
from threading import Event

from numpy.typing import ArrayLike

from napari_faseg.interaction import Click, Predictor
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.prediction import LookingPredictor


class Stopped(Exception):  # noqa: N818  nothing is wrong
    """Somebody has asked for the end."""


class StoppablePredictor:
    """A predictor that ends what asks it, with `Stopped`, once an event is set.

    Parameters
    ----------
    predictor : Predictor
        Answers until then.
    stop : threading.Event
    """

    def __init__(self, predictor: Predictor, stop: Event) -> None:
        self._predictor = predictor
        self._stop = stop

    def set_image(self, image: ArrayLike) -> None:
        """Pass an image on."""
        self._refuse()
        self._predictor.set_image(image)

    def predict(self, clicks: Sequence[Click], previous: Probability | None) -> Probability:
        """Pass a question on, and return the answer."""
        self._refuse()
        if not isinstance(self._predictor, LookingPredictor):
            return self._predictor.predict(clicks, previous)
        for look in self._predictor.looks(clicks, previous):
            self._refuse()
            answer = look.probability
        return answer

    def _refuse(self) -> None:
        if self._stop.is_set():
            raise Stopped
