import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_faseg.interaction.packing import (
    pack_labels,
    pack_mask,
    pack_probability,
    unpack_labels,
    unpack_mask,
    unpack_probability,
)

SHAPE = (4, 5)
PROBABILITIES = arrays(np.float32, SHAPE, elements=st.floats(0, 1, width=32))
THRESHOLDS = st.floats(0, 1, exclude_max=True)


@given(PROBABILITIES, THRESHOLDS)
def test_the_mask_comes_back_pixel_by_pixel_and_the_probability_nearly(
    probability: np.ndarray, threshold: float
) -> None:
    packed = pack_probability(probability, threshold)
    back = unpack_probability(packed, threshold, SHAPE)
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back > threshold, probability > threshold)
    assert np.abs(back - probability).max() <= 1 / 127
    assert back.min() >= 0
    assert back.max() <= 1


@given(PROBABILITIES, THRESHOLDS)
def test_packing_again_changes_nothing(probability: np.ndarray, threshold: float) -> None:
    once = unpack_probability(pack_probability(probability, threshold), threshold, SHAPE)
    twice = unpack_probability(pack_probability(once, threshold), threshold, SHAPE)
    np.testing.assert_array_equal(once, twice)


def test_a_mask_of_zeros_and_ones_is_exact() -> None:
    probability = np.eye(*SHAPE, dtype=np.float32)
    for threshold in (0.0, 0.3, 0.5, 0.99):
        back = unpack_probability(pack_probability(probability, threshold), threshold, SHAPE)
        np.testing.assert_array_equal(back, probability)


@given(arrays(np.bool_, st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_masks_come_back(mask: np.ndarray) -> None:
    np.testing.assert_array_equal(unpack_mask(pack_mask(mask), mask.shape), mask)


def test_labels_come_back_where_they_were() -> None:
    values = np.array([[0, 2**31 - 1], [5, 1]], np.int32)
    box, back = unpack_labels(pack_labels((slice(1, 3), slice(2, 4)), values), SHAPE)
    assert box == (slice(1, 3), slice(2, 4))
    np.testing.assert_array_equal(back, values)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"box": [0, 9, 0, 5]}, "expected a box in an image of 4 x 5"),
        ({"box": [0, 2, 0, 5]}, "expected a packed array of 40 bytes"),
        ({"values": "????"}, "base64"),
        ({"values": "AAAA"}, "expected a packed array"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, object], sentence: str) -> None:
    packed = pack_labels((slice(0, 4), slice(0, 5)), np.ones(SHAPE, np.int32))
    with pytest.raises(ValueError, match=sentence):
        unpack_labels({**packed, **change}, SHAPE)


def test_a_packed_array_cannot_grow_beyond_what_was_expected() -> None:
    bomb = pack_mask(np.zeros((8000, 8000), bool))
    with pytest.raises(ValueError, match="expected a packed array of 3 bytes, got 4 or more"):
        unpack_mask(bomb, SHAPE)
