"""An answer that is begun before the question is asked: it saves time, and changes nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from napari_faseg.interaction import Click, ClickSession, NetPredictor
from napari_faseg.interaction.arrays import Probability, frozen
from napari_faseg.interaction.sparing import SparingPredictor
from tests.fake_scene import SceneFeatures, SceneNet
from tests.fakes import DiscPredictor, LookingDiscs

SHAPE = (40, 60)
IMAGE = np.random.default_rng(0).integers(0, 255, (*SHAPE, 3)).astype(np.uint8)
A, B, C = Click(20, 30), Click(30, 50, positive=False), Click(10, 20)
CLICKS = st.builds(Click, st.integers(0, 39), st.integers(0, 59), st.booleans())


class Counting(SceneNet):
    """Counts the questions."""

    n_asked = 0

    def segment(
        self, features: SceneFeatures, clicks: Tensor, previous: Tensor | None = None
    ) -> Tensor:
        self.n_asked += 1
        return super().segment(features, clicks, previous)


class Recording(LookingDiscs):
    """Notes what it is told to anticipate."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead: list[tuple[tuple[Click, ...], Probability | None]] = []

    def anticipate(self, clicks: Sequence[Click], previous: Probability | None) -> None:
        self.ahead.append((tuple(clicks), previous))


@pytest.fixture
def net() -> Counting:
    return Counting(15)


@pytest.fixture
def asked(net: Counting) -> NetPredictor:
    predictor = NetPredictor(net, device="cpu")
    predictor.set_image(IMAGE)
    return predictor


def session_with(predictor: Any) -> ClickSession:
    session = ClickSession(predictor)
    session.set_image(IMAGE)
    return session


def first_look(predictor: NetPredictor, *question: Any) -> Probability:
    return next(iter(predictor.looks(*question))).probability.copy()


@given(
    st.lists(st.tuples(CLICKS, st.one_of(st.none(), CLICKS), st.booleans()), max_size=5),
    st.sampled_from(("look", "zoom", "once")),
)
@settings(max_examples=30, deadline=None)
def test_whatever_is_anticipated_each_look_is_the_same_to_the_last_bit(
    made: list[tuple[Click, Click | None, bool]], mode: Any
) -> None:
    plain, ahead = (session_with(NetPredictor(SceneNet(15), mode=mode)) for _ in range(2))
    for click, other, comes in made:
        if other is not None:
            ahead.anticipate((*ahead.clicks, other))
        if comes:
            ahead.anticipate((*ahead.clicks, click))
        for one, two in zip(
            plain.replaying((*plain.clicks, click)),
            ahead.replaying((*ahead.clicks, click)),
            strict=True,
        ):
            assert one.is_last == two.is_last
            np.testing.assert_array_equal(one.probability, two.probability)


def test_the_first_look_at_clicks_that_were_anticipated_asks_the_network_nothing(
    net: Counting,
) -> None:
    session = session_with(NetPredictor(net, device="cpu"))
    for clicks in ([A], [A, B], [A, B, C]):
        session.anticipate(clicks)
        n_asked = net.n_asked
        looks = session.replaying(clicks)
        next(looks)
        assert net.n_asked == n_asked
        list(looks)


@pytest.mark.parametrize(
    "questions", [[[A], [A]], [[B], [A]], [[A, C], [A]]], ids=["twice", "other", "more"]
)
def test_an_anticipated_answer_is_given_once_and_to_its_own_question_alone(
    asked: NetPredictor, net: Counting, questions: list[list[Click]]
) -> None:
    asked.anticipate([A], None)
    n_asked = net.n_asked
    for clicks in questions:
        first_look(asked, clicks, None)
    assert net.n_asked - n_asked == (1 if questions[0] == [A] else 2)


def test_an_answer_that_was_begun_for_one_image_is_not_given_for_the_next(
    asked: NetPredictor, net: Counting
) -> None:
    asked.anticipate([A], None)
    asked.set_image(IMAGE[::-1])
    n_asked = net.n_asked
    first_look(asked, [A], None)
    assert net.n_asked == n_asked + 1


def test_a_previous_probability_that_is_written_to_meanwhile_counts_as_it_is_then(
    asked: NetPredictor,
) -> None:
    previous = np.zeros(SHAPE, np.float32)
    fixed_view = previous[:]
    fixed_view.flags.writeable = False
    for given_array in (previous, fixed_view):
        previous[:] = 0
        asked.anticipate([A, B], given_array)
        previous[10:30, 20:40] = 1
        found = first_look(asked, [A, B], given_array)
        np.testing.assert_array_equal(found, first_look(asked, [A, B], frozen(previous.copy())))


def test_only_a_window_that_is_encoded_already_is_anticipated_in(net: Counting) -> None:
    session = session_with(NetPredictor(net, device="cpu", mode="zoom"))
    session.add_click(A)
    n_encoded = len(net.encoded)
    session.anticipate([A, C])
    assert len(net.encoded) == n_encoded


@pytest.mark.parametrize("clicks", [[Click(40, 0)], [A, Click(0, 60)]])
def test_a_click_outside_the_image_is_refused(asked: NetPredictor, clicks: list[Click]) -> None:
    with pytest.raises(ValueError, match="outside"):
        asked.anticipate(clicks, None)
    with pytest.raises(ValueError, match="outside"):
        session_with(DiscPredictor()).anticipate(clicks)


def test_without_an_image_nothing_can_be_anticipated() -> None:
    with pytest.raises(RuntimeError, match="set an image first"):
        NetPredictor(SceneNet(), device="cpu").anticipate([A], None)
    with pytest.raises(RuntimeError, match="set an image first"):
        ClickSession(DiscPredictor()).anticipate([A])


# Sessions


def test_a_session_anticipates_with_the_probability_before_the_new_click() -> None:
    predictor = Recording()
    session = session_with(predictor)
    session.anticipate([A])
    session.add_click(A)
    before = session.probability
    session.anticipate([A, B])
    session.add_click(B)
    session.undo()
    session.anticipate([A, C])
    (first, nothing), (second, previous), (third, again) = predictor.ahead
    assert (first, second, third) == ((A,), (A, B), (A, C))
    assert nothing is None
    assert previous is before
    assert again is before


def test_clicks_that_are_there_already_are_not_anticipated() -> None:
    predictor = Recording()
    session = session_with(predictor)
    session.anticipate([])
    session.add_click(A)
    session.anticipate([A])
    assert predictor.ahead == []


def test_moved_clicks_of_a_reopened_object_are_not_anticipated_but_one_more_is(
    tmp_path: Any,
) -> None:
    predictor = Recording()
    session = session_with(predictor)
    for click in (A, C):
        session.add_click(click)
    session.save(tmp_path / "kept")
    session = session_with(predictor)
    session.load(tmp_path / "kept")
    session.anticipate([B, C])
    assert predictor.ahead == []
    session.anticipate([A, C, B])
    assert [clicks for clicks, _ in predictor.ahead] == [(A, C, B)]


def test_a_predictor_that_another_session_uses_is_left_alone() -> None:
    predictor = Recording()
    first, second = session_with(predictor), session_with(predictor)
    first.anticipate([A])
    assert predictor.ahead == []
    second.anticipate([A])
    assert len(predictor.ahead) == 1


@pytest.mark.parametrize("predictor", [DiscPredictor(), LookingDiscs()])
def test_a_predictor_that_cannot_anticipate_is_not_asked(predictor: DiscPredictor) -> None:
    session = session_with(predictor)
    session.anticipate([A])
    assert predictor.calls == []
    assert session.clicks == ()
    assert not session.can_undo


# Little memory


def test_memory_that_runs_out_while_anticipating_is_made_less_use_of() -> None:
    class Full(Counting):
        is_full = False

        def segment(self, *question: Any) -> Tensor:
            if self.is_full:
                self.is_full = False
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return super().segment(*question)

    net = Full(15)
    predictor = SparingPredictor(
        lambda device, side: NetPredictor(net, device="cpu", max_side=side), device="cpu"
    )
    session = session_with(predictor)
    net.is_full = True
    session.anticipate([A])
    assert predictor.notice.startswith("The memory was full")
    n_asked = net.n_asked
    next(session.replaying([A]))
    assert net.n_asked == n_asked


def test_a_predictor_that_runs_short_of_memory_may_be_one_that_cannot_anticipate() -> None:
    discs = LookingDiscs()
    predictor = SparingPredictor(lambda _device, _side: discs, device="cpu")
    session = session_with(predictor)
    session.anticipate([A])
    session.add_click(A)
    assert session.mask[A.pixel]
