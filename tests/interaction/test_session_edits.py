"""Relabelled, merged, named, overwritten and adopted objects; a threshold that undo knows."""

from time import monotonic

import numpy as np
import pytest

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.summaries import MOST_COUNTED
from tests.fakes import DiscPredictor
from tests.interaction.places import A, B, C, disc


def finish(session: ClickSession, *clicks) -> int:
    session.replay(clicks)
    return session.commit()


def rows(session: ClickSession):
    return [(row.label, row.n_clicks, row.area, row.text) for row in session.objects]


# Relabel


def test_a_relabelled_object_keeps_its_clicks(session: ClickSession) -> None:
    finish(session, A, B)
    session.relabel(1, 9)
    np.testing.assert_array_equal(session.labels, 9 * disc(A, B))
    session.reopen(9)
    assert session.clicks == (A, B)
    assert session.commit() == 9


def test_a_label_that_is_taken_is_refused_in_one_sentence(session: ClickSession) -> None:
    finish(session, A)
    finish(session, C)
    with pytest.raises(ValueError, match="label 2 is taken"):
        session.relabel(1, 2)
    session.reopen(2)
    with pytest.raises(ValueError, match="label 2 is taken: the object in progress has it"):
        session.relabel(1, 2)
    with pytest.raises(ValueError, match="expected a label from 1"):
        session.relabel(1, 0)
    with pytest.raises(ValueError, match="expected the label of a finished object, got 5"):
        session.relabel(5, 6)


def test_the_same_label_again_is_no_action(session: ClickSession) -> None:
    finish(session, A)
    session.relabel(1, 1)
    session.undo()
    assert session.clicks == (A,)


def test_undo_takes_a_relabelling_back_with_the_clicks(session: ClickSession) -> None:
    finish(session, A)
    session.relabel(1, 3)
    session.undo()
    session.reopen(1)
    assert session.clicks == (A,)


# Merge


def test_merged_objects_have_the_first_label_and_are_known_by_their_mask(
    session: ClickSession,
) -> None:
    finish(session, A)
    finish(session, C)
    assert session.merge([2, 1]) == 2
    np.testing.assert_array_equal(session.labels, 2 * disc(A, C))
    session.reopen(2)
    assert session.clicks == ()
    np.testing.assert_array_equal(session.mask, disc(A, C))
    session.undo()
    session.undo()
    np.testing.assert_array_equal(session.labels, disc(A) + 2 * disc(C))


def test_a_merged_object_is_called_as_the_first_was(session: ClickSession) -> None:
    for click, text in ((A, "cell"), (C, "debris"), (Click(14, 5), "edge")):
        session.classify(finish(session, click), text)
    session.merge([1, 2])
    assert session.classes == {1: "cell", 3: "edge"}
    session.undo()
    assert session.classes == {1: "cell", 2: "debris", 3: "edge"}


@pytest.mark.parametrize("labels", [[], [1], [1, 1]])
def test_one_object_cannot_be_merged(session: ClickSession, labels) -> None:
    finish(session, A)
    with pytest.raises(ValueError, match="expected the labels of two objects or more"):
        session.merge(labels)


def test_merging_with_what_is_none_changes_nothing(session: ClickSession) -> None:
    finish(session, A)
    with pytest.raises(ValueError, match="expected the label of a finished object, got 4"):
        session.merge([1, 4])
    assert rows(session) == [(1, 1, disc(A).sum(), "")]


# What objects are called, and the table


def test_an_object_keeps_what_it_is_called_when_it_is_relabelled(session: ClickSession) -> None:
    finish(session, A)
    session.classify(1, " nucleus ")
    session.relabel(1, 4)
    assert rows(session) == [(4, 1, disc(A).sum(), "nucleus")]
    session.classify(4, "")
    assert rows(session)[0][3] == ""
    session.undo()
    session.undo()
    session.undo()
    assert rows(session)[0] == (1, 1, disc(A).sum(), "")


def test_a_name_ends_with_its_object(session: ClickSession) -> None:
    finish(session, A)
    session.classify(1, "nucleus")
    session.delete(1)
    session.set_labels(disc(A).astype(int))
    assert rows(session)[0][3] == ""
    session.undo()
    session.undo()
    assert rows(session)[0][3] == "nucleus"


def test_a_new_object_has_no_name_of_an_object_that_other_labels_replaced(
    session: ClickSession,
) -> None:
    for click in (A, C):
        session.classify(finish(session, click), "nucleus")
    session.set_labels(disc(A).astype(int))
    assert session.classes == {1: "nucleus"}
    assert finish(session, C) == 2
    assert [row[3] for row in rows(session)] == ["nucleus", ""]
    session.undo()
    session.undo()
    session.undo()
    assert session.classes == {1: "nucleus", 2: "nucleus"}


def test_a_label_that_comes_with_other_labels_has_no_name_of_one_that_was_painted_away(
    session: ClickSession,
) -> None:
    session.classify(finish(session, A), "nucleus")
    session.adopt(np.zeros_like(session.labels))
    session.set_labels(disc(C).astype(int))
    assert session.classes == {}


def test_a_new_object_has_no_name_of_an_object_that_was_overwritten(session: ClickSession) -> None:
    session.classify(finish(session, A), "nucleus")
    session.classify(finish(session, C), "debris")
    session.replay([C])
    assert session.commit(overwrite=True) == 3
    assert session.classes == {1: "nucleus"}
    session.delete(3)
    assert finish(session, C) == 2
    assert session.classes == {1: "nucleus"}


def test_a_new_object_has_no_name_of_an_object_that_was_painted_away(
    session: ClickSession,
) -> None:
    session.classify(finish(session, A), "nucleus")
    session.adopt(np.zeros_like(session.labels))
    assert finish(session, C) == 1
    assert session.classes == {}


def test_a_reopened_object_keeps_its_name_whatever_becomes_of_it(session: ClickSession) -> None:
    session.classify(finish(session, A), "nucleus")
    finish(session, C)
    session.reopen(1)
    session.set_labels(session.labels)
    assert session.commit(label=9) == 9
    assert session.classes == {9: "nucleus"}
    session.reopen(9)
    session.reset()
    assert session.classes == {9: "nucleus"}
    assert finish(session, B) == 10
    session.relabel(10, 1)
    assert session.classes == {9: "nucleus"}


@pytest.mark.parametrize("text", [None, 3, b"nucleus"])
def test_a_name_that_is_no_text_is_refused(text, session: ClickSession) -> None:
    finish(session, A)
    with pytest.raises(TypeError, match="expected the name of a class as text, got"):
        session.classify(1, text)
    assert session.classes == {}


def test_the_same_name_again_is_no_action(session: ClickSession) -> None:
    finish(session, A)
    session.classify(1, "")
    session.undo()
    assert session.clicks == (A,)


def test_the_table_tells_clicks_area_and_seconds(session: ClickSession) -> None:
    start = monotonic()
    finish(session, A, B)
    at_most = monotonic() - start
    session.adopt(session.labels + 7 * (disc(C) & (session.labels == 0)))
    ours, foreign = session.objects
    assert (ours.n_clicks, ours.area) == (2, disc(A, B).sum())
    assert 0 <= ours.seconds <= at_most
    assert (foreign.label, foreign.n_clicks, foreign.area) == (7, 0, disc(C).sum())
    assert np.isnan(foreign.seconds)


def test_reopening_an_object_adds_to_its_seconds(
    session: ClickSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter((10.0, 13.0, 100.0, 102.0))
    monkeypatch.setattr("napari_faseg.interaction.session.monotonic", lambda: next(clock))
    finish(session, A)
    assert session.objects[0].seconds == 3
    session.reopen(1)
    session.commit()
    assert session.objects[0].seconds == 5


def test_an_object_of_the_same_size_elsewhere_has_none_of_the_clicks(
    session: ClickSession,
) -> None:
    finish(session, A)
    session.adopt(np.roll(session.labels, 1, axis=1))
    assert rows(session) == [(1, 0, disc(A).sum(), "")]


def test_a_huge_label_costs_no_huge_array(session: ClickSession) -> None:
    session.adopt((MOST_COUNTED + 1) * disc(A))
    assert rows(session) == [(MOST_COUNTED + 1, 0, disc(A).sum(), "")]


# Overwriting


def test_only_who_asks_for_it_overwrites(session: ClickSession) -> None:
    finish(session, A)
    session.add_click(B)
    session.replay([A, B])
    assert session.commit(overwrite=True) == 2
    np.testing.assert_array_equal(session.labels, 2 * disc(A, B))
    session.undo()
    np.testing.assert_array_equal(session.labels, disc(A))


# What others change


def test_undo_goes_around_what_others_have_changed(session: ClickSession) -> None:
    finish(session, A)
    painted = session.labels.copy()
    painted[5, 5] = 8  # inside the object
    painted[15, 25] = 8
    session.adopt(painted)
    session.undo()
    assert session.clicks == (A,)
    np.testing.assert_array_equal(session.labels, np.where(painted == 8, 8, 0))
    session.redo()
    np.testing.assert_array_equal(session.labels, painted)


def test_what_others_have_made_can_be_deleted_and_comes_back(session: ClickSession) -> None:
    session.adopt(5 * disc(C))
    assert not session.can_undo
    session.delete(5)
    assert not session.labels.any()
    session.undo()
    np.testing.assert_array_equal(session.labels, 5 * disc(C))


def test_adopting_the_same_labels_keeps_the_array(session: ClickSession) -> None:
    labels = session.labels
    session.adopt(labels.copy())
    assert session.labels is labels


# The threshold


def test_undo_takes_a_threshold_back_and_values_in_a_row_are_one_action(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    session.add_click(A)
    for threshold in (0.6, 0.8, 0.95):
        session.threshold = threshold
    assert not session.mask.any()
    session.undo()
    assert (session.threshold, session.clicks) == (0.5, (A,))
    session.redo()
    assert session.threshold == 0.95
    assert len(predictor.calls) == 1


def test_the_mask_is_where_the_probability_is_larger_than_the_threshold(
    session: ClickSession,
) -> None:
    session.add_click(A)
    session.threshold = float(session.probability.max())
    assert not session.mask.any()
    session.threshold -= 0.01
    np.testing.assert_array_equal(session.mask, disc(A))


def test_a_threshold_may_be_0_and_not_1(session: ClickSession) -> None:
    session.threshold = 0
    assert session.threshold == 0
    with pytest.raises(ValueError, match=r"expected a threshold in \[0, 1\), got 1"):
        session.threshold = 1
    assert session.threshold == 0


def test_a_threshold_that_is_back_where_it_was_is_no_action(session: ClickSession) -> None:
    session.add_click(A)
    session.threshold = 0.7
    session.threshold = 0.5
    session.undo()
    assert session.clicks == ()


def test_the_next_object_and_the_next_image_keep_the_threshold(session: ClickSession) -> None:
    session.threshold = 0.7
    finish(session, A)
    assert session.threshold == 0.7
    session.set_image(np.zeros((4, 5)))
    assert session.threshold == 0.7
    assert not session.can_undo


def test_a_reopened_object_brings_its_threshold(session: ClickSession) -> None:
    session.threshold = 0.05  # everything
    finish(session, A)
    session.delete(1)
    session.undo()
    session.threshold = 0.5
    session.reopen(1)
    assert session.threshold == 0.05
    assert session.mask.all()
    session.undo()
    assert session.threshold == 0.5


def test_what_is_no_object_cannot_be_called_anything(session: ClickSession) -> None:
    with pytest.raises(ValueError, match="expected the label of a finished object, got 3"):
        session.classify(3, "nucleus")
    assert session.classes == {}
    assert not session.can_undo


def test_an_object_that_was_painted_over_has_no_clicks_under_another_label(
    session: ClickSession,
) -> None:
    finish(session, A)
    painted = session.labels.copy()
    painted[0, 0] = 1
    session.adopt(painted)
    session.relabel(1, 9)
    assert 9 not in session.state.finished
    session.reopen(9)
    assert session.clicks == ()
    np.testing.assert_array_equal(session.mask, painted > 0)


def test_a_click_of_a_reopened_object_that_is_moved_is_answered_after_those_before_it(
    session: ClickSession, predictor: DiscPredictor
) -> None:
    for click in (A, B, C):
        session.add_click(click)
    session.commit()
    session.reopen(1)
    moved = Click(C.y + 1, C.x, C.positive)
    predictor.calls.clear()
    session.replay((A, B, moved))
    assert [clicks for clicks, _ in predictor.calls] == [(A,), (A, B), (A, B, moved)]
    assert [previous is None for _, previous in predictor.calls] == [True, False, False]
    assert session.state.asked == (1, 2, 3)
    predictor.calls.clear()
    session.replay((A, B))
    session.add_click(C)  # which is known
    assert [clicks for clicks, _ in predictor.calls] == [(A,), (A, B)]
