import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.uncertainty import uncertainty_of
from tests.fakes import DiscPredictor

PROBABILITIES = arrays(np.float32, (3, 4), elements=st.floats(0, 1, width=32))


@given(PROBABILITIES)
def test_uncertainty_is_between_none_and_one_bit_and_the_same_for_both_answers(
    probability: np.ndarray,
) -> None:
    found = uncertainty_of(probability)
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 1
    np.testing.assert_allclose(uncertainty_of(1 - probability), found, atol=1e-6)


def test_what_is_certain_has_none_and_a_coin_has_one_bit() -> None:
    probability = np.array([[0, 1, 0.5, 0.9]], np.float32)
    wanted = [[0, 0, 1, -0.9 * np.log2(0.9) - 0.1 * np.log2(0.1)]]
    np.testing.assert_allclose(uncertainty_of(probability), wanted, rtol=1e-5)


def test_a_session_tells_the_uncertainty_of_the_object_in_progress() -> None:
    session = ClickSession(DiscPredictor(radius=2))
    session.set_image(np.zeros((8, 9), np.uint8))
    assert not session.uncertainty.any()
    session.add_click(Click(4, 4))
    np.testing.assert_array_equal(session.uncertainty, uncertainty_of(session.probability))
    assert not session.uncertainty.flags.writeable
