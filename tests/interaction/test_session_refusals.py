from collections.abc import Callable

import numpy as np
import pytest

from napari_faseg.interaction import Click, ClickSession
from tests.fakes import DiscPredictor
from tests.interaction.places import SHAPE, A, B, C, disc


def test_a_click_outside_changes_nothing(session: ClickSession, predictor: DiscPredictor) -> None:
    session.add_click(A)
    with pytest.raises(ValueError, match=r"click \(20, 5\) lies outside the image of 20 x 30"):
        session.add_click(Click(20, 5))
    assert session.clicks == (A,)
    assert len(predictor.calls) == 1


def test_what_is_no_predictor_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="expected a predictor with set_image and predict, got a s"):
        ClickSession("default")  # type: ignore[arg-type]


def test_a_predictor_that_raises_leaves_the_session_as_it_was(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.undo()
    predictor.error = MemoryError("no memory")
    with pytest.raises(MemoryError):
        session.add_click(B)
    with pytest.raises(MemoryError):
        session.set_image(np.zeros((3, 3)))
    assert session.clicks == ()
    assert session.labels.shape == SHAPE
    assert session.redo()
    np.testing.assert_array_equal(session.mask, disc(A))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (np.zeros((3, 3)), r"expected a probability of shape \(20, 30\), got \(3, 3\)"),
        (np.full(SHAPE, 1.5), r"expected a probability in \[0, 1\]"),
        (np.full(SHAPE, np.nan), r"expected a probability in \[0, 1\]"),
    ],
)
def test_an_answer_that_is_no_probability_is_refused(
    answer: np.ndarray, sentence: str, session: ClickSession, predictor: DiscPredictor
) -> None:
    predictor.predict = lambda clicks, previous: answer  # type: ignore[method-assign]
    with pytest.raises(ValueError, match=sentence):
        session.add_click(A)
    assert session.clicks == ()


def test_a_predictor_may_use_its_array_again(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    answer = np.full(SHAPE, 0.75, np.float32)
    predictor.predict = lambda clicks, previous: answer  # type: ignore[method-assign]
    session.add_click(A)
    answer[:] = 0
    assert session.mask.all()


@pytest.mark.parametrize(
    "action",
    [
        lambda s: s.mask,
        lambda s: s.probability,
        lambda s: s.labels,
        lambda s: s.next_label,
        lambda s: s.add_click(A),
        lambda s: s.replay([]),
        lambda s: s.reset(),
        lambda s: s.commit(),
        lambda s: s.reopen(1),
        lambda s: s.delete(1),
        lambda s: s.set_labels(np.zeros(SHAPE, int)),
    ],
)
def test_without_an_image_nothing_works(action: Callable[[ClickSession], object]) -> None:
    with pytest.raises(RuntimeError, match="set an image first"):
        action(ClickSession(DiscPredictor()))


def test_without_an_image_there_are_no_clicks_and_nothing_to_undo() -> None:
    session = ClickSession(DiscPredictor())
    assert session.clicks == ()
    assert not session.undo()
    assert not session.redo()


def test_an_image_that_is_none_is_refused(session: ClickSession) -> None:
    with pytest.raises(ValueError, match=r"expected an \(h, w\) or \(h, w, c\) image"):
        session.set_image(np.zeros((3, 4, 5, 6)))


def test_a_new_image_starts_afresh(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.set_image(np.zeros((7, 8, 3)))
    assert session.labels.shape == (7, 8)
    assert not session.labels.any()
    assert not session.can_undo


def test_arrays_that_are_handed_out_cannot_be_written(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(B)
    for array in (session.mask, session.probability, session.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_arrays_that_were_handed_out_do_not_change(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    labels = session.labels
    kept = labels.copy()
    session.add_click(B)
    session.commit()
    np.testing.assert_array_equal(labels, kept)


@pytest.mark.parametrize("label", [2.5, 0.5, np.float64(1.5), np.nan, np.inf, True, "2", None])
def test_a_label_that_is_no_whole_number_is_refused_and_no_object_changes(
    label: object, session: ClickSession
) -> None:
    for click in (A, C):
        session.add_click(click)
        session.commit()
    session.add_click(B)
    before, n_clicks = session.labels, [found.n_clicks for found in session.objects]
    actions: list[Callable[[], object]] = [
        lambda: session.relabel(1, label),  # type: ignore[arg-type]
        lambda: session.relabel(label, 5),  # type: ignore[arg-type]
        lambda: session.delete(label),  # type: ignore[arg-type]
        lambda: session.merge([1, label]),  # type: ignore[list-item]
        lambda: session.classify(label, "cell"),  # type: ignore[arg-type]
    ]
    if label is not None:  # which is the next free one
        actions.append(lambda: session.commit(label))  # type: ignore[arg-type]
    for action in actions:
        with pytest.raises(ValueError, match="expected a label that is a whole number, got"):
            action()
    assert session.labels is before
    assert [found.n_clicks for found in session.objects] == n_clicks
    assert session.clicks == (B,)


@pytest.mark.parametrize("label", [7.0, np.float64(7), np.float32(7), np.uint8(7), np.int64(7)])
def test_a_whole_number_of_any_type_is_a_label(label: float, session: ClickSession) -> None:
    session.add_click(A)
    assert session.commit(label) == 7  # type: ignore[arg-type]
    session.reopen(label)  # type: ignore[arg-type]
    assert session.commit() == 7
    session.relabel(label, np.float64(9))  # type: ignore[arg-type]
    session.classify(np.float64(9), "cell")  # type: ignore[arg-type]
    assert [(found.label, found.n_clicks, found.text) for found in session.objects] == [
        (9, 1, "cell")
    ]
