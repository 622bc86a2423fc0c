"""Outlines of COCO: whole ones become masks, damaged ones a sentence and not a crash."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from napari_faseg.datasets.coco_outlines import outline

library = pytest.importorskip("pycocotools.mask")

SIZE = (6, 8)
SQUARE = [1, 1, 4, 1, 4, 3, 1, 3]


def test_polygons_are_one_object_together() -> None:
    expected = np.zeros(SIZE, bool)
    expected[1:3, 1:4] = True
    np.testing.assert_array_equal(outline([SQUARE], SIZE, "x"), expected)
    expected[4:, 5:] = True
    mask = outline([SQUARE, [5.0, 4.0, 9.0, 4.0, 9.0, 7.0, 5.0, 7.0]], SIZE, "x")
    np.testing.assert_array_equal(mask, expected)


@given(mask=arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_packed_runs_are_read_as_pycocotools_reads_them(mask: np.ndarray) -> None:
    packed = library.encode(np.asfortranarray(mask, np.uint8))
    found = {"size": list(mask.shape), "counts": packed["counts"].decode()}
    np.testing.assert_array_equal(outline(found, mask.shape, "x"), mask)


@given(mask=arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=10)))
def test_plain_runs_go_down_the_columns(mask: np.ndarray) -> None:
    column = mask.T.ravel()
    ends = [0, *(np.flatnonzero(column[1:] != column[:-1]) + 1), column.size]
    runs = [0] * bool(column[0]) + [int(n) for n in np.diff(ends)]
    found = {"size": list(mask.shape), "counts": runs}
    np.testing.assert_array_equal(outline(found, mask.shape, "x"), mask)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "expected polygons or runs of pixels as the outline of x, got None"),
        ([], r"expected polygons or runs of pixels as the outline of x, got \[\]"),
        ("abc", "expected polygons or runs of pixels as the outline of x, got 'abc'"),
        ([[]], r"of at least 3 points, got \[\]"),
        ([[1, 1, 4, 4]], r"of at least 3 points, got \[1, 1, 4, 4\]"),
        ([[*SQUARE, 1]], "of at least 3 points, got"),
        ([SQUARE, 3], "of at least 3 points, got 3"),
        ([["a"] * 6], "expected coordinates from -100000 to 1000000, got 'a'"),
        ([[1e18, 0, 5, 5, 0, 1e18]], r"coordinates from -100000 to 1000000, got 1e\+18"),
        ([[float("nan")] * 6], "coordinates from -100000 to 1000000, got nan"),
        ([[0, 0, 1e6, 0] * 10], "polygons of up to 10000000 pixels, got 20000000"),
        ({"counts": [48]}, r"expected runs of size \[6, 8\], got None"),
        ({"size": [10**9, 10**9], "counts": "3:3"}, r"size \[6, 8\], got \[1000000000, 1000"),
        ({"size": [8, 6], "counts": [48]}, r"expected runs of size \[6, 8\], got \[8, 6\]"),
        ({"size": [6, 8]}, "expected runs of whole numbers from 0 on, got None"),
        ({"size": [6, 8], "counts": [-5, 53]}, r"whole numbers from 0 on, got \[-5, 53\]"),
        ({"size": [6, 8], "counts": [48.0]}, r"whole numbers from 0 on, got \[48.0\]"),
        ({"size": [6, 8], "counts": [10, 3]}, "expected runs of 48 pixels in all, got 13"),
        ({"size": [6, 8], "counts": [10, 300]}, "expected runs of 48 pixels in all, got 310"),
        ({"size": [6, 8], "counts": "033"}, "expected runs of 48 pixels in all, got 6"),
        ({"size": [6, 8], "counts": "zz~~"}, "expected packed runs of pixels, got 'zz~~'"),
        ({"size": [6, 8], "counts": "0P"}, "got an unfinished '0P'"),
        ({"size": [6, 8], "counts": "o" * 10**5}, "expected packed runs of pixels, got 'ooo"),
    ],
)
def test_a_damaged_outline_is_refused(found: object, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        outline(found, SIZE, "x")
    assert "outline of x" in str(caught.value)


@given(counts=st.text("0123456789PQR`ao", max_size=6))
@example(counts="`1")  # all background
@example(counts="0`1")
def test_any_packed_runs_are_a_mask_or_a_sentence(counts: str) -> None:
    packed = {"size": [6, 8], "counts": counts.encode()}
    try:
        mask = outline({"size": [6, 8], "counts": counts}, SIZE, "x")
    except ValueError:
        return
    np.testing.assert_array_equal(mask, library.decode(packed))
