import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from napari.layers import Image

from napari_faseg.interaction.arrays import bounding_box
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.shown import Shown

SHAPE = (6, 8)
NOTHING = np.zeros(SHAPE, np.int32)


@pytest.fixture
def painter():
    return make_painter()


def make_painter():
    return Painter(Overlay(Image(np.zeros(SHAPE), name="image")), Plane((0, 1), (0, 0), SHAPE))


def shown(*pixels, labels=NOTHING, next_label=None, reopened=None, clicks=()):
    """What a session holds whose object in progress has these (row, column) pixels."""
    mask = np.zeros(SHAPE, bool)
    for pixel in pixels:
        mask[pixel] = True
    return Shown(
        clicks=clicks,
        mask=mask,
        box=bounding_box(mask),
        probability=mask.astype(np.float32),
        threshold=0.5,
        labels=labels,
        labels_box=bounding_box(labels != 0),
        next_label=int(labels.max()) + 1 if next_label is None else next_label,
        objects=(),
        reopened=reopened,
        can_undo=True,
        can_redo=True,
        finished=None,
        device="",
        notice="",
        seconds=0.0,
    )


def with_pixels(*pixels):
    """Labels with these {(row, column): label} pixels."""
    labels = NOTHING.copy()
    for row, column, label in pixels:
        labels[row, column] = label
    return labels


def stroke(painter, row, column, label):
    """Paint one pixel with the brush, as a person does."""
    painter.layer.brush_size = 1
    painter.layer.paint((row, column), label)


def test_the_object_in_progress_is_shown_under_the_next_label(painter):
    painter.show(shown((1, 1), (1, 2), next_label=4))
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 4), (1, 2, 4)))
    assert painter.layer.data.dtype == np.int32


def test_a_new_mask_takes_the_place_of_the_old_one(painter):
    painter.show(shown((1, 1), (1, 2)))
    painter.show(shown((1, 2), (4, 4)))
    assert np.array_equal(painter.layer.data, with_pixels((1, 2, 1), (4, 4, 1)))


def test_finished_objects_are_in_front_of_the_one_in_progress(painter):
    painter.show(shown((1, 1), (1, 2), labels=with_pixels((1, 2, 1))))
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 2), (1, 2, 1)))


def test_what_a_person_painted_is_never_painted_over(painter):
    stroke(painter, 1, 1, 9)
    painter.show(shown((1, 1), (1, 2)))
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 9), (1, 2, 10)))
    painter.show(shown())
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 9)))


def test_what_a_person_painted_on_the_object_in_progress_stays(painter):
    painter.show(shown((1, 1), (1, 2)))
    stroke(painter, 1, 1, 9)
    painter.show(shown((1, 1), (1, 2), (1, 3)))
    painter.show(shown())
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 9)))


def test_what_a_person_erased_is_not_painted_again_while_the_mask_is_the_same(painter):
    painter.show(shown((1, 1), (1, 2)))
    stroke(painter, 1, 1, 0)
    painter.show(shown((1, 1), (1, 2), (1, 3)))
    assert np.array_equal(painter.layer.data, with_pixels((1, 2, 1), (1, 3, 1)))


def test_an_object_never_takes_a_label_that_a_person_painted(painter):
    painter.show(shown())
    stroke(painter, 0, 0, 1)
    painter.choose_label()
    assert painter.label == 2
    painter.show(shown((3, 3)))
    assert np.array_equal(painter.layer.data, with_pixels((0, 0, 1), (3, 3, 2)))


def test_a_visible_object_keeps_its_label_until_it_is_finished(painter):
    painter.show(shown((3, 3)))
    stroke(painter, 0, 0, 5)
    painter.choose_label()
    painter.show(shown((3, 3), (3, 4)))
    assert painter.label == 1
    painter.show(shown(labels=with_pixels((3, 3, 1), (3, 4, 1))))
    assert painter.label == 6


def test_the_brush_has_the_label_of_the_object_in_progress(painter):
    painter.show(shown(labels=with_pixels((0, 0, 3))))
    assert painter.layer.selected_label == 4


def test_only_what_changed_enters_the_undo_history_of_the_layer(painter):
    painter.show(shown((1, 1), (1, 2)))
    items = []
    painter.layer.events.paint.connect(lambda event: items.append(event.value))
    painter.show(shown((1, 2), (1, 3)))
    [grown_and_shrunk] = items
    places = [(np.transpose(at).tolist(), before.tolist()) for at, before, _ in grown_and_shrunk]
    assert places == [([[1, 3]], [0]), ([[1, 1]], [1])]
    assert [int(after) for _, _, after in grown_and_shrunk] == [1, 0]


def test_what_was_written_is_one_step_of_the_undo_of_the_layer(painter):
    painter.show(shown((1, 1), (1, 2)))
    before = painter.layer.data.copy()
    painter.show(shown((1, 2), (1, 3), labels=with_pixels((0, 0, 5), (5, 5, 6))))
    after = painter.layer.data.copy()
    painter.layer.undo()
    assert np.array_equal(painter.layer.data, before)
    painter.layer.redo()
    assert np.array_equal(painter.layer.data, after)


def test_the_same_mask_again_writes_nothing(painter):
    painter.show(shown((1, 1)))
    items = []
    painter.layer.events.paint.connect(lambda event: items.append(event.value))
    painter.show(shown((1, 1)))
    assert items == []


def test_a_stroke_that_is_newer_than_the_mask_is_undone_and_redone_first(painter):
    painter.show(shown((1, 1)))
    stroke(painter, 5, 5, 7)
    assert painter.undo_stroke()
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 1)))
    assert not painter.undo_stroke()
    assert painter.redo_stroke()
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 1), (5, 5, 7)))
    assert not painter.redo_stroke()


def test_a_stroke_that_is_older_than_the_mask_is_kept(painter):
    stroke(painter, 5, 5, 7)
    painter.show(shown((1, 1)))
    assert not painter.undo_stroke()
    assert painter.layer.data[5, 5] == 7


def test_a_stroke_of_the_label_of_the_object_in_progress_stays_when_its_mask_retreats(painter):
    stroke(painter, 0, 0, 58)
    painter.show(shown((0, 0)))
    stroke(painter, 0, 0, painter.label)
    for pixels in ([(0, 0)], []):
        painter.show(shown(*pixels))
        assert painter.layer.data[0, 0] == painter.label == 59


def test_a_layer_that_was_given_another_shape_is_refused(painter):
    painter.layer.data = np.zeros((3, 3), int)
    with pytest.raises(ValueError, match=r"expected image objects to have shape \(6, 8\)"):
        painter.check()


def test_what_the_session_has_taken_over_can_be_painted_over(painter):
    painter.show(shown())
    stroke(painter, 1, 1, 9)
    painter.know(painter.painted())
    painter.show(shown((1, 1), next_label=10))
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 10)))


def test_what_was_painted_since_it_was_taken_over_stays(painter):
    painter.show(shown())
    painted = painter.painted()
    stroke(painter, 1, 1, 9)
    painter.know(painted)
    painter.show(shown((1, 1), (1, 2)))
    assert painter.layer.data[1, 1] == 9


def test_a_reopened_object_has_its_label_whatever_else_there_is(painter):
    stroke(painter, 5, 5, 70)
    painter.show(shown((1, 1), next_label=3, reopened=3))
    assert np.array_equal(painter.layer.data, with_pixels((1, 1, 3), (5, 5, 70)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), max_size=4),
            st.none() | st.tuples(st.integers(0, 5), st.integers(0, 7), st.integers(50, 60)),
        ),
        max_size=6,
    )
)
def test_without_strokes_on_it_the_layer_is_the_session(steps):
    painter, painted = make_painter(), set()
    for pixels, by_hand in steps:
        if by_hand:
            stroke(painter, *by_hand)
            painted.add(by_hand[:2])
        state = shown(*pixels)
        painter.show(state)
        wanted = np.where(state.mask, painter.label, 0)
        rows, columns = np.nonzero(painter.layer.data != wanted)
        assert set(zip(rows.tolist(), columns.tolist(), strict=True)) <= painted
    for row, column in painted:
        assert painter.layer.data[row, column] >= 50
