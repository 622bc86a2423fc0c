"""Work that asks a predictor is stopped before the next click, and before the next look at one."""

from collections.abc import Sequence
from threading import Event

import numpy as np
import pytest

from napari_faseg.interaction import Click
from napari_faseg.interaction.arrays import Probability
from napari_faseg.plugin.stopping import StoppablePredictor, Stopped
from tests.fakes import DiscPredictor, LookingDiscs, discs

SHAPE = (9, 11)
CLICKS = (Click(4, 5),)


class StoppedAtALook(LookingDiscs):
    """Is stopped by somebody while it takes its second look."""

    def __init__(self, stop: Event) -> None:
        super().__init__(radius=3)
        self.stop, self.n_looks = stop, 0

    def looks(self, clicks: Sequence[Click], previous: Probability | None):  # type: ignore[no-untyped-def]
        for look in super().looks(clicks, previous):
            self.n_looks += 1
            if self.n_looks == 2:
                self.stop.set()
            yield look


@pytest.mark.parametrize("kind", [DiscPredictor, LookingDiscs])
def test_until_it_is_stopped_it_answers_as_the_predictor_does(kind: type[DiscPredictor]) -> None:
    stop = Event()
    predictor = StoppablePredictor(kind(radius=3), stop)
    predictor.set_image(np.zeros(SHAPE))
    np.testing.assert_array_equal(predictor.predict(CLICKS, None), discs(CLICKS, SHAPE, 3))
    stop.set()
    with pytest.raises(Stopped):
        predictor.predict(CLICKS, None)


def test_no_closer_look_is_taken_after_the_stop() -> None:
    looking = StoppedAtALook(stop := Event())
    predictor = StoppablePredictor(looking, stop)
    predictor.set_image(np.zeros(SHAPE))
    with pytest.raises(Stopped):
        predictor.predict(CLICKS, None)
    assert looking.n_looks == 2
