import numpy as np
import pytest

from napari_faseg.interaction import ClickSession
from tests.fakes import DiscPredictor
from tests.interaction.places import SHAPE


@pytest.fixture
def predictor() -> DiscPredictor:
    return DiscPredictor()


@pytest.fixture
def session(predictor: DiscPredictor) -> ClickSession:
    session = ClickSession(predictor)
    session.set_image(np.zeros(SHAPE, np.uint8))
    return session
