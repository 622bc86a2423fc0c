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
    answer = None
    for n in range(1, 4):
        answer = grown.predict([A, B, C][:n], answer)
    grown.predict([A, C], None)
    for predictor in (at_once, grown):
        assert np.array_equal(predictor.predict([A, B, C], None), answer)
        assert np.array_equal(predictor.predict([A, B, C], predictor.predict([A], None)), answer)


def test_a_known_list_of_clicks_costs_nothing_until_another_image_is_shown() -> None:
    network = PointNetwork()
    predictor = asked(network)
    predictor.predict([A, B], None)
    predictor.predict([A, B], None)
    assert len(network.calls) == 2
    predictor.set_image(IMAGE)
    predictor.predict([A, B], None)
    assert len(network.calls) == 4


class ContinuingNetwork(PointNetwork):
    """Adds what lies under the positive logits that it goes on from, as a square of the image."""

    def predict(self, *, mask_input, **given):  # type: ignore[no-untyped-def]
        masks, scores, logits = super().predict(mask_input=None, **given)
        self.calls[-1]["mask_input"] = mask_input
        if mask_input is not None:
            h, w = self.image.shape[:2]
            rows, columns = np.arange(h) * 256 // h, np.arange(w) * 256 // w
            masks |= mask_input[0][np.ix_(rows, columns)] > 0
        return masks, scores, logits


def foreign_mask() -> np.ndarray:
    mask = np.zeros(IMAGE.shape, np.float32)
    mask[20:40, 15:45] = 1
    return mask


def test_a_mask_from_elsewhere_is_gone_on_from_as_logits() -> None:
    network = ContinuingNetwork()
    found = asked(network).predict([A, B], foreign_mask())
    logits = network.calls[-1]["mask_input"]
    assert (logits.shape, logits.dtype) == ((1, 256, 256), np.float32)
    assert not network.calls[-1]["multimask_output"]
    assert np.isclose([logits.max(), logits.min()], [6.9, -6.9], atol=0.01).all()
    inside = logits[0] > 0
    assert np.abs(np.argwhere(inside).mean(0) - (256 * 30 / 50, 256 * 30 / 60)).max() < 1
    assert inside.mean() == pytest.approx(foreign_mask().mean(), rel=0.02)
    assert found[25, 40], "it is in the mask, and in no square around a click"


def test_of_a_network_that_fills_its_square_in_part_the_logits_lie_in_that_part() -> None:
    network = ContinuingNetwork()
    network.input_size = (853, 1024)  # type: ignore[attr-defined]
    asked(network).predict([A], np.ones(IMAGE.shape, np.float32))
    inside = network.calls[-1]["mask_input"][0] > 0
    assert inside[:213].all()
    assert not inside[213:].any()


def test_what_goes_on_from_a_mask_from_elsewhere_needs_no_memory() -> None:
    one, other = asked(ContinuingNetwork()), asked(ContinuingNetwork())
    first = one.predict([A], foreign_mask())
    assert not np.array_equal(first, one.predict([A], None))
    second = one.predict([A, C], first)
    assert np.array_equal(other.predict([A, C], first), second)
    assert second[25, 40]


def test_own_answers_are_gone_on_from_with_the_logits_of_the_network_itself() -> None:
    network = PointNetwork()
    predictor, before = asked(network), None
    for n in range(1, 4):
        before = predictor.predict([A, B, C][:n], before)
    assert len(network.calls) == 3
    assert [np.unique(call["mask_input"]).size for call in network.calls[1:]] == [1, 1]


def test_an_object_of_another_tool_is_corrected_and_not_made_anew() -> None:
    network = ContinuingNetwork()
    session = ClickSession(PromptPredictor(network))
    session.set_image(IMAGE)
    session.set_labels(foreign_mask().astype(np.int32))
    session.reopen(1)
    session.add_click(Click(5, 5))
    assert (session.mask[25, 40], session.mask[5, 5]) == (True, True)
    session.add_click(Click(45, 55))
    assert len(network.calls) == 3, "two answers, and the first click alone, to compare with"
    assert (session.mask[25, 40], session.mask[5, 5], session.mask[45, 55]) == (True,) * 3


def test_a_previous_probability_of_another_image_is_refused() -> None:
    with pytest.raises(ValueError, match=r"previous probability of shape \(50, 60\), got \(5, 6\)"):
        asked(PointNetwork()).predict([A], np.ones((5, 6), np.float32))


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


class Returning(PointNetwork):
    """Returns what it was made with."""

    def __init__(self, *found: object) -> None:
        super().__init__()
        self.found: object = found

    def predict(self, **given):  # type: ignore[no-untyped-def]
        return self.found


LOGITS = np.zeros((1, 256, 256), np.float32)


def test_probabilities_in_the_place_of_masks_stay_what_they_are() -> None:
    probability = np.linspace(0, 1, 50 * 60, dtype=np.float32).reshape(1, 50, 60)
    found = asked(Returning(probability, np.ones(1), LOGITS)).predict([A], None)
    assert np.array_equal(found, probability[0])


def test_a_mask_of_0_and_255_is_no_logits() -> None:
    mask = np.zeros((1, 50, 60), np.uint8)
    mask[0, 10:20] = 255
    found = asked(Returning(mask, np.ones(1), LOGITS)).predict([A], None)
    assert np.array_equal(found, mask[0] > 0)


MASK = np.zeros((1, 50, 60), bool)


@pytest.mark.parametrize(
    ("found", "got"),
    [
        ((MASK, np.ones(1)), "expected masks, scores and logits from Returning, got 2 things"),
        ((MASK[0], np.ones(1), LOGITS), r"expected masks of \(c, 50, 60\) .* got \(50, 60\)"),
        ((MASK[:, 1:], np.ones(1), LOGITS), r"\(c, 50, 60\) .* got \(1, 49, 60\)"),
        ((MASK[:0], np.ones(0), LOGITS[:0]), r"\(c, 50, 60\) .* got \(0, 50, 60\)"),
        ((MASK, np.ones(2), LOGITS), r"for each of 1 masks .* got \(2,\) and \(1, 256, 256\)"),
        ((MASK, np.ones(1), LOGITS[0]), r"for each of 1 masks .* got \(1,\) and \(256, 256\)"),
    ],
)
def test_what_a_network_returns_in_another_shape_is_told(
    found: tuple[np.ndarray, ...], got: str
) -> None:
    with pytest.raises(ValueError, match=got):
        asked(Returning(*found)).predict([A], None)


def test_a_network_that_returns_no_three_things_is_told() -> None:
    network = Returning()
    network.found = MASK
    with pytest.raises(ValueError, match="from Returning, got ndarray"):
        asked(network).predict([A], None)
