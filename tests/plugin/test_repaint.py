"""What has to be written to a plane, beside one look at every pixel on its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_faseg.interaction import arrays as arrays_
from napari_faseg.interaction.arrays import bounding_box, whole
from napari_faseg.plugin.repaint import repaints

SHAPE = (7, 9)
LABEL = 4
SMALL = arrays(np.int32, SHAPE, elements=st.integers(0, 3))
MASKS = arrays(np.bool_, SHAPE)


@pytest.fixture(autouse=True, scope="module")
def low_bands():
    """Bands of two rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays_, "PIXELS_OF_A_BAND", 18)
        yield


def brought_up(now, written, labels, mask, overwrites):
    """What plane and memory have to be afterwards, pixel by pixel."""
    now, written = now.copy(), written.copy()
    for pixel in np.ndindex(*SHAPE):
        is_seen = mask[pixel] and (overwrites or not labels[pixel])
        if now[pixel] == written[pixel]:
            now[pixel] = written[pixel] = LABEL if is_seen else labels[pixel]
    return now, written


@given(SMALL, SMALL, SMALL, MASKS, st.booleans(), st.sampled_from([np.int32, np.uint16, np.int64]))
def test_the_pixels_that_change_are_those_that_nobody_painted(
    now, written, labels, mask, overwrites, dtype
):
    expected, remembered = brought_up(now, written, labels, mask, overwrites)
    plane, box = now.astype(dtype), whole(SHAPE)
    found = repaints(plane, written, labels, mask, LABEL, box, overwrites=overwrites)
    for piece in found:
        assert (plane[piece.rows, piece.columns] != piece.value).all()
        plane[piece.rows, piece.columns] = piece.value
    assert np.array_equal(plane, expected)
    assert np.array_equal(written, remembered)
    assert sum(piece.rows.size for piece in found) == np.count_nonzero(now != expected)


@given(MASKS)
def test_outside_the_box_nothing_is_looked_at(mask):
    nothing = np.zeros(SHAPE, np.int32)
    mask[2:5, 3:6] = True
    box = bounding_box(mask)
    inner = (slice(2, 5), slice(3, 6))
    [piece] = repaints(nothing, nothing.copy(), nothing, mask, LABEL, inner, overwrites=False)
    assert (piece.rows.min(), piece.rows.max()) == (2, 4)
    assert (piece.columns.min(), piece.columns.max()) == (3, 5)
    [whole] = repaints(nothing, nothing.copy(), nothing, mask, LABEL, box, overwrites=False)
    assert whole.rows.size == np.count_nonzero(mask)


def test_a_mask_that_grows_is_one_label_at_positions_of_two_bytes():
    nothing, mask = np.zeros(SHAPE, np.int32), np.ones(SHAPE, bool)
    box = bounding_box(mask)
    [piece] = repaints(nothing, nothing.copy(), nothing, mask, LABEL, box, overwrites=False)
    assert piece.value == LABEL
    assert (piece.rows.dtype, piece.columns.dtype) == (np.uint16, np.uint16)


def test_a_plane_with_a_very_long_side_has_room_for_its_positions():
    shape = (1, 70_000)
    nothing, mask = np.zeros(shape, np.int32), np.zeros(shape, bool)
    mask[0, 69_990:] = True
    box = bounding_box(mask)
    [piece] = repaints(nothing, nothing.copy(), nothing, mask, LABEL, box, overwrites=False)
    assert piece.columns.tolist() == list(range(69_990, 70_000))
