import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from napari_faseg.evaluation import next_click, robot
from napari_faseg.interaction import Click


def box(
    shape: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]
) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    mask[slice(*rows), slice(*columns)] = True
    return mask


def empty(*shape: int) -> NDArray[np.bool_]:
    return np.zeros(shape, bool)


ODD_SQUARE = box((20, 24), (5, 12), (8, 15))
COLUMN_7 = box((20, 30), (0, 20), (7, 8))


@pytest.mark.parametrize(
    ("truth", "expected"),
    [
        (ODD_SQUARE, Click(8, 11)),
        (box((20, 24), (5, 11), (8, 14)), Click(7, 10)),
        (box((20, 24), (0, 7), (0, 7)), Click(3, 3)),
    ],
    ids=["centre", "first of four centres", "at the border"],
)
def test_the_first_click_is_on_the_deepest_pixel(truth: NDArray[np.bool_], expected: Click) -> None:
    assert next_click(np.zeros_like(truth), truth) == expected


def test_a_tie_is_negative() -> None:
    missed, wrong = box((20, 30), (3, 8), (3, 8)), box((20, 30), (3, 8), (15, 20))
    assert next_click(wrong, missed) == Click(5, 17, positive=False)


def test_depth_beats_area() -> None:
    missed, wrong = box((20, 40), (3, 6), (3, 23)), box((20, 40), (12, 17), (30, 35))
    assert next_click(wrong, missed) == Click(14, 32, positive=False)


def test_an_ignored_column_splits_a_region() -> None:
    truth = box((20, 30), (3, 10), (3, 12))
    assert next_click(empty(20, 30), truth, ignore=COLUMN_7) == Click(4, 4)
    with_minus_one = np.where(COLUMN_7, -1, truth.astype(int))
    assert next_click(empty(20, 30), with_minus_one) == Click(4, 4)


def test_a_clicked_pixel_is_left_out_after_the_transform() -> None:
    assert next_click(empty(20, 24), ODD_SQUARE, clicked=[Click(8, 11)]) == Click(7, 10)


def test_a_perfect_mask_gets_a_negative_click_in_the_corner() -> None:
    assert next_click(ODD_SQUARE, ODD_SQUARE) == Click(0, 0, positive=False)


def test_where_everything_is_ignored_there_is_no_click() -> None:
    assert next_click(empty(3, 4), np.full((3, 4), -1)) is None


def test_a_careless_click_is_somewhere_in_the_same_region() -> None:
    truth = ODD_SQUARE | box((20, 24), (16, 19), (1, 4))
    rng = np.random.default_rng(0)
    clicks = [next_click(empty(20, 24), truth, rng=rng) for _ in range(200)]
    pixels = {click.pixel for click in clicks if click is not None and click.positive}
    assert len(clicks) == 200
    assert pixels <= set(zip(*np.nonzero(ODD_SQUARE), strict=True))
    assert len(pixels) > 40


def test_a_careless_annotator_with_a_seed_does_the_same_again() -> None:
    first, second = (
        next_click(empty(20, 24), ODD_SQUARE, rng=np.random.default_rng(3)) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("place", [(9, 9), (-3, -3)])
def test_an_earlier_click_outside_the_image_is_refused(place: tuple[int, int]) -> None:
    plane = np.zeros((5, 5), bool)
    with pytest.raises(ValueError, match="lies outside the image of 5 x 5 pixels"):
        next_click(plane, plane, clicked=[Click(*place)])


def test_ignored_pixels_of_another_shape_are_refused() -> None:
    plane = np.zeros((5, 5), bool)
    with pytest.raises(ValueError, match=r"ignored pixels of shape \(5, 5\), got \(2, 3\)"):
        next_click(plane, plane, ignore=np.zeros((2, 3), bool))


def test_what_is_no_plane_is_refused() -> None:
    colours = np.zeros((5, 5, 3), bool)
    with pytest.raises(ValueError, match=r"expected an \(h, w\) truth, got shape \(5, 5, 3\)"):
        next_click(colours, colours)


def test_masks_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected a mask of shape \(3, 4\), got \(4, 3\)"):
        next_click(empty(4, 3), empty(3, 4))


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.booleans()))
def test_both_transforms_know_the_same_depths(region: NDArray[np.bool_]) -> None:
    pytest.importorskip("cv2")
    fast = robot._depth(region)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(robot, "cv2", None)
        np.testing.assert_array_equal(robot._depth(region), fast)


def test_depths_are_exact_far_inside_a_large_region() -> None:
    region = np.ones((1, 2999), bool).repeat(2999, axis=0)
    depth = robot._depth(region)
    assert depth[1499, 1499] == 1500**2
    assert depth[10, 20] == 11**2
    assert set(np.unique(depth)) <= {n**2 for n in range(1, 1501)}


def test_equally_deep_pixels_are_chosen_from_the_same_way_every_time() -> None:
    truth = np.zeros((96, 128), bool)
    truth[5:24, 68:115] = True  # a row of pixels is equally deep
    rng = np.random.default_rng(0)
    chosen, kept = set(), []
    for _ in range(200):
        kept = [np.zeros(int(rng.integers(1, 60_000))) for _ in range(3)]  # moves what comes next
        chosen.add(next_click(np.zeros_like(truth), truth))
    assert kept
    assert chosen == {Click(14, 77)}
