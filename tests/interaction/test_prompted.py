"""Networks with the interface of Segment Anything."""

import pickle

import numpy as np
import pytest

from napari_faseg import Click, ClickSession, PromptPredictor
from tests.fakes import PointNetwork

A, B, C = Click(10, 30), Click(20, 5, positive=False), Click(30, 40)
IMAGE = np.zeros((50, 60), np.uint16)


def asked(network: PointNetwork) -> PromptPredictor:
    predictor = PromptPredictor(network)
    predictor.set_image(IMAGE)
    return predictor


def test_the_network_sees_a_colour_image_of_bytes_and_points_as_x_and_y() -> None:
    network = PointNetwork()
    asked(network).predict([A, B], None)
    assert (network.image.shape, network.image.dtype) == ((50, 60, 3), np.uint8)
    coords, labels = network.calls[-1]["point_coords"], network.calls[-1]["point_labels"]
    assert coords.tolist() == [[30, 10], [5, 20]]
    assert labels.tolist() == [1, 0]


def test_the_first_click_gets_the_best_of_several_masks_and_the_next_goes_on_from_it() -> None:
    network = PointNetwork()
    predictor = asked(network)
    first = predictor.predict([A], None)
    assert network.calls[0]["multimask_output"]
    assert network.calls[0]["mask_input"] is None
    assert first.dtype == np.float32
    assert set(np.unique(first)) == {0, 1}
    assert first.sum() == PointNetwork.SIDE_OF_BEST**2
    predictor.predict([A, B], first)
    assert not network.calls[1]["multimask_output"]
    assert network.calls[1]["mask_input"].shape == (1, 256, 256)
    assert (network.calls[1]["mask_input"] == PointNetwork.BEST).all()


def test_an_answer_depends_on_the_clicks_and_not_on_how_one_came_to_them() -> None:
    grown, at_once = asked(PointNetwork()), asked(PointNetwork())
    for n in range(1, 4):
        answer = grown.predict([A, B, C][:n], None)
    grown.predict([A, C], None)
    assert np.array_equal(at_once.predict([A, B, C], answer), answer)
    assert np.array_equal(grown.predict([A, B, C], None), answer)


def test_a_known_list_of_clicks_costs_nothing_until_another_image_is_shown() -> None:
    network = PointNetwork()
    predictor = asked(network)
    predictor.predict([A, B], None)
    predictor.predict([A, B], None)
    assert len(network.calls) == 2
    predictor.set_image(IMAGE)
    predictor.predict([A, B], None)
    assert len(network.calls) == 4


def test_without_a_click_nothing_is_the_object() -> None:
    assert not asked(PointNetwork()).predict([], None).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_mask_is_one_whatever_its_type(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    network = PointNetwork()
    expected = asked(network).predict([A], None)
    answer = PointNetwork.predict

    def converted(self: PointNetwork, **given: object) -> tuple[np.ndarray, ...]:
        masks, scores, logits = answer(self, **given)
        return masks.astype(dtype), scores, logits

    monkeypatch.setattr(PointNetwork, "predict", converted)
    assert np.array_equal(asked(network).predict([A], None), expected)


def test_logits_in_the_place_of_masks_become_probabilities() -> None:
    probability = asked(PointNetwork(returns_logits=True)).predict([A], None)
    inside = 1 / (1 + np.exp(-2.0))
    np.testing.assert_allclose(np.unique(probability), [0, inside], atol=1e-6)


def test_a_session_takes_it_like_any_predictor() -> None:
    session = ClickSession(PromptPredictor(PointNetwork()))
    session.set_image(IMAGE)
    session.add_click(A)
    assert session.mask[10, 30]
    session.add_click(Click(45, 5))
    session.undo()
    assert not session.mask[45, 5]


def test_it_goes_to_another_process_with_its_network() -> None:
    predictor = pickle.loads(pickle.dumps(PromptPredictor(PointNetwork())))
    predictor.set_image(IMAGE)
    assert predictor.predict([A], None).any()


def test_what_is_asked_too_early_or_is_no_such_network_is_refused() -> None:
    with pytest.raises(RuntimeError, match="set an image first"):
        PromptPredictor(PointNetwork()).predict([A], None)
    with pytest.raises(TypeError, match="expected a network with set_image, got dict"):
        PromptPredictor({})
