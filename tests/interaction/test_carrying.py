"""Objects that go on in another image: where they begin there, and what is left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.carrying import carry, overlap
from napari_faseg.interaction.depth import deepest_pixel
from tests.fakes import DiscPredictor

SHAPE = (20, 30)


class Watched(DiscPredictor):
    """Remembers what it was told the object was before."""

    def __init__(self):
        super().__init__(radius=2)
        self.previous = []

    def predict(self, clicks, previous):
        self.previous.append(previous)
        return super().predict(clicks, previous)


@pytest.fixture
def predictor():
    return Watched()


@pytest.fixture
def session(predictor):
    session = ClickSession(predictor)
    session.set_image(np.zeros(SHAPE, np.uint8))
    return session


def block(rows, columns):
    mask = np.zeros(SHAPE, bool)
    mask[rows, columns] = True
    return mask


def test_an_object_goes_on_with_its_mask_its_label_and_a_click_in_its_middle(session, predictor):
    mask = block(slice(4, 9), slice(10, 15))
    carry(session, 7, mask)
    assert session.clicks == (Click(6, 12),)
    assert session.reopened == 7
    assert np.array_equal(predictor.previous[-1] > 0.5, mask)
    assert session.commit(7) == 7
    assert np.array_equal(np.unique(session.labels), [0, 7])


def test_undo_takes_the_click_and_the_mask_back_at_once_and_redo_brings_them_again(session):
    carry(session, 7, block(slice(4, 9), slice(10, 15)))
    mask = session.mask
    session.undo()
    assert not session.in_progress
    assert not session.labels.any()
    assert not session.can_undo
    session.redo()
    assert (session.clicks, session.reopened) == ((Click(6, 12),), 7)
    assert np.array_equal(session.mask, mask)
    assert not session.can_redo


def test_without_its_click_the_mask_is_what_it_began_with(session):
    mask = block(slice(4, 9), slice(10, 15))
    carry(session, 7, mask)
    session.replay(())
    assert np.array_equal(session.mask, mask)


def test_a_later_click_is_undone_alone(session):
    carry(session, 7, block(slice(4, 9), slice(10, 15)))
    session.add_click(Click(6, 20))
    session.undo()
    assert session.clicks == (Click(6, 12),)
    session.undo()
    assert not session.in_progress


def test_what_the_predictor_cannot_do_leaves_all_as_it_was(session, predictor, monkeypatch):
    session.add_click(Click(15, 20))
    session.undo()
    before = session.labels

    def fail(clicks, previous):
        raise MemoryError("there is not enough memory")

    monkeypatch.setattr(predictor, "predict", fail)
    with pytest.raises(MemoryError):
        carry(session, 7, block(slice(4, 9), slice(10, 15)))
    assert session.labels is before
    assert not session.in_progress
    assert not session.can_undo
    assert session.redo(), "what was undone before can be redone still"


@pytest.mark.parametrize("overwrite", [False, True])
def test_other_objects_keep_their_pixels_unless_they_are_to_give_way(session, overwrite):
    session.adopt(np.where(block(slice(4, 9), slice(10, 12)), 3, 0))
    carry(session, 7, block(slice(4, 9), slice(10, 15)), overwrite=overwrite)
    session.reset()
    assert np.unique(session.labels).tolist() == ([0, 7] if overwrite else [0, 3, 7])


def test_an_object_that_is_there_already_or_has_no_room_is_told_and_changes_nothing(session):
    session.adopt(np.where(block(slice(4, 9), slice(10, 15)), 3, 0))
    before = session.labels
    with pytest.raises(ValueError, match="object 3 is here already: reopen it"):
        carry(session, 3, block(slice(0, 2), slice(0, 2)))
    with pytest.raises(ValueError, match="have all pixels that object 4 would begin with"):
        carry(session, 4, block(slice(5, 7), slice(11, 13)))
    assert session.labels is before
    assert not session.in_progress
    session.add_click(Click(15, 20))
    with pytest.raises(RuntimeError, match="before carrying 4 on"):
        carry(session, 4, block(slice(0, 2), slice(0, 2)))


@given(arrays.arrays(bool, (7, 9)).filter(np.any))
def test_the_deepest_pixel_is_on_the_mask_and_no_other_is_deeper(mask):
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    assert depth[deepest_pixel(mask)] == depth.max() > 0


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2))
def test_an_object_goes_on_where_a_plane_beside_has_it_at_the_same_place(first, second, shift):
    stack = np.zeros((4, 6, 6), np.int32)
    stack[first, 1:3, 1:3] = 5
    stack[second, 1:3, 1 + shift : 3 + shift] = 5
    goes_on = abs(first - second) == 1 and shift < 2
    assert overlap(stack, 5, (second, slice(None), slice(None))) == goes_on
    assert not overlap(stack, 6, (second, slice(None), slice(None)))
