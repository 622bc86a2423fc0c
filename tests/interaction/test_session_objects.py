import numpy as np
import pytest

from napari_faseg.interaction import Click, ClickSession
from tests.fakes import DiscPredictor, discs
from tests.interaction.places import NOT_B, SHAPE, A, B, C, disc


def test_objects_get_the_next_label(session: ClickSession) -> None:
    session.add_click(A)
    assert session.commit() == 1
    session.add_click(C)
    assert session.commit() == 2
    assert session.next_label == 3
    np.testing.assert_array_equal(session.labels, disc(A) + 2 * disc(C))


def test_a_label_can_be_chosen(session: ClickSession) -> None:
    session.add_click(A)
    assert session.commit(7) == 7
    assert session.next_label == 8


@pytest.mark.parametrize("label", [0, -1, 2**31])
def test_a_label_out_of_range_is_refused(session: ClickSession, label: int) -> None:
    session.add_click(A)
    with pytest.raises(ValueError, match="expected a label from 1 to 2147483647"):
        session.commit(label)
    assert session.clicks == (A,)


def test_a_label_that_is_taken_is_refused(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(C)
    with pytest.raises(ValueError, match="label 1 is taken"):
        session.commit(1)


def test_a_finished_object_keeps_its_pixels(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(Click(5, 7))
    session.commit()
    np.testing.assert_array_equal(session.labels == 1, disc(A))
    np.testing.assert_array_equal(session.labels == 2, disc(Click(5, 7)) & ~disc(A))


def test_committing_nothing_is_no_action(session: ClickSession) -> None:
    assert session.commit() == 0
    session.add_click(A)
    session.commit()
    session.add_click(A)
    assert session.commit() == 0, "all pixels belong to the first object"
    assert session.clicks == (A,)


def test_a_reopened_object_has_its_clicks_back(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.replay([A, B])
    session.commit()
    session.reopen(1)
    assert session.clicks == (A, B)
    assert not session.labels.any()
    np.testing.assert_array_equal(session.mask, disc(A, B))
    session.add_click(C)
    np.testing.assert_array_equal(predictor.calls[-1][1] > 0.5, disc(A, B))
    assert session.commit() == 1


def test_a_foreign_object_is_reopened_with_its_mask_as_previous(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.set_labels(3 * disc(A))
    session.reopen(3)
    assert session.clicks == ()
    np.testing.assert_array_equal(session.mask, disc(A))
    session.add_click(B)
    np.testing.assert_array_equal(predictor.calls[-1][1], disc(A).astype(np.float32))
    session.replay([])
    np.testing.assert_array_equal(session.mask, disc(A))
    assert session.next_label == 3
    assert session.commit() == 3


def test_an_object_painted_over_elsewhere_is_foreign(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(C)
    session.commit()
    painted = session.labels.copy()
    painted[5, 5] = 0
    session.set_labels(painted)
    session.reopen(1)
    assert session.clicks == ()
    np.testing.assert_array_equal(session.mask, painted == 1)
    session.reset()
    session.reopen(2)
    assert session.clicks == (C,)


def test_giving_up_a_reopened_object_puts_it_back(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    finished = session.labels
    session.reopen(1)
    session.add_click(C)
    session.reset()
    assert session.clicks == ()
    np.testing.assert_array_equal(session.labels, finished)


def test_a_reopened_object_whose_label_was_given_away_goes_back_under_another(
    session: ClickSession,
) -> None:
    session.add_click(A)
    session.commit()
    session.classify(1, "nucleus")
    session.reopen(1)
    elsewhere = np.where(disc(C), 1, 0)
    session.set_labels(elsewhere)
    session.reset()
    np.testing.assert_array_equal(session.labels, elsewhere + 2 * disc(A))
    assert session.classes == {2: "nucleus"}
    assert [found.n_clicks for found in session.objects] == [0, 1]
    session.undo()
    np.testing.assert_array_equal(session.labels, elsewhere)
    assert session.reopened == 1


def test_undo_takes_a_reopening_back(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.reopen(1)
    session.undo()
    np.testing.assert_array_equal(session.labels == 1, disc(A))
    assert session.next_label == 2


def test_all_clicks_of_a_reopened_object_can_be_deleted(session: ClickSession) -> None:
    session.add_click(A)
    session.commit()
    session.reopen(1)
    session.replay([])
    assert not session.mask.any()
    session.replay([C])
    assert session.commit() == 1
    np.testing.assert_array_equal(session.labels == 1, disc(C))


def test_an_object_in_progress_has_to_end_before_another_is_reopened(
    session: ClickSession,
) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(C)
    with pytest.raises(RuntimeError, match="commit or reset the object in progress"):
        session.reopen(1)
    assert session.clicks == (C,)


@pytest.mark.parametrize("label", [0, 2, -1])
def test_a_label_that_nothing_has_is_refused(session: ClickSession, label: int) -> None:
    session.add_click(A)
    session.commit()
    for action in (session.reopen, session.delete):
        with pytest.raises(ValueError, match="expected the label of a finished object"):
            action(label)


def test_deleting_an_object_leaves_the_one_in_progress(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    session.commit()
    session.add_click(C)
    session.delete(1)
    assert not session.labels.any()
    assert session.clicks == (C,)
    session.add_click(B)
    np.testing.assert_array_equal(predictor.calls[-1][1], discs([C], SHAPE, 3))
    session.undo()
    session.undo()
    np.testing.assert_array_equal(session.labels == 1, disc(A))


def test_finished_objects_can_come_from_elsewhere(session: ClickSession) -> None:
    session.set_labels(5 * disc(A))
    assert session.next_label == 6
    session.add_click(A)
    assert session.commit() == 0
    session.replay([NOT_B])
    session.undo()
    session.undo()
    session.undo()
    assert not session.labels.any()


@pytest.mark.parametrize(
    ("labels", "error", "sentence"),
    [
        (np.zeros((3, 3), int), ValueError, r"expected labels of shape \(20, 30\)"),
        (np.zeros(SHAPE), TypeError, "expected labels that are integers, got dtype float64"),
        (np.full(SHAPE, -1), ValueError, "expected labels from 0 to 2147483647, got -1 to -1"),
        (np.full(SHAPE, 2**31), ValueError, "expected labels from 0 to 2147483647"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    labels: np.ndarray, error: type[Exception], sentence: str, session: ClickSession
) -> None:
    with pytest.raises(error, match=sentence):
        session.set_labels(labels)
