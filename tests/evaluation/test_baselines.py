import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import disk

from napari_faseg._extra import import_extra
from napari_faseg.datasets import open_dataset
from napari_faseg.evaluation import baselines, evaluate_objects
from napari_faseg.evaluation.baselines import BASELINES, geodesic_star, seeds
from napari_faseg.evaluation.baselines.colours import colour_costs
from napari_faseg.interaction import Click, ClickSession
from tests.fakes import two_discs_image

every_baseline = pytest.mark.parametrize("name", BASELINES)


@pytest.fixture
def picture() -> tuple[np.ndarray, np.ndarray]:
    """Return an image of two equal discs on noise, and the mask of the left one."""
    return two_discs_image()


@every_baseline
def test_a_plain_object_is_found_within_three_clicks(name: str, picture) -> None:
    image, truth = picture
    session = ClickSession(BASELINES[name]())
    session.set_image(image)
    session.add_click(Click(30, 25))
    session.add_click(Click(30, 75, positive=False))
    session.add_click(Click(5, 50, positive=False))
    overlap = (session.mask & truth).sum() / (session.mask | truth).sum()
    assert overlap > 0.95


@every_baseline
@settings(max_examples=10, deadline=None)
@given(
    places=st.lists(
        st.tuples(st.integers(0, 23), st.integers(0, 31), st.booleans()), min_size=1, max_size=5
    )
)
def test_every_clicked_pixel_ends_with_its_own_sign(name: str, places) -> None:
    image = np.random.default_rng(0).integers(0, 255, (24, 32, 3)).astype(np.uint8)
    predictor = BASELINES[name](radius=2)
    predictor.set_image(image)
    clicks = list({(y, x): Click(y, x, positive) for y, x, positive in places}.values())
    probability = predictor.predict(clicks, None)
    assert probability.shape == (24, 32)
    assert probability.dtype == np.float32
    if any(click.positive for click in clicks):
        assert all((probability[c.pixel] > 0.5) == c.positive for c in clicks)
    else:
        assert not probability.any()


@every_baseline
@pytest.mark.parametrize("image", [np.zeros((1, 1)), np.full((9, 8), 7.0), np.ones((5, 1, 3))])
def test_an_image_without_contrast_gives_an_answer(name: str, image: np.ndarray) -> None:
    predictor = BASELINES[name]()
    predictor.set_image(image)
    assert predictor.predict([Click(0, 0)], None)[0, 0] == 1


@every_baseline
def test_without_an_image_there_is_no_answer(name: str) -> None:
    with pytest.raises(RuntimeError, match="set an image first"):
        BASELINES[name]().predict([Click(0, 0)], None)


@every_baseline
def test_a_radius_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="radius above 0, got 0"):
        BASELINES[name](radius=0)


def test_the_robot_clicks_on_a_baseline_like_on_a_network() -> None:
    result = next(iter(evaluate_objects(baselines.GraphCut(), open_dataset("synthetic"))))
    assert result.ious[-1] >= 0.9


def test_clicks_are_discs_and_a_later_one_paints_over_an_earlier_one() -> None:
    clicks = [Click(10, 10), Click(10, 13, positive=False)]
    drawn = seeds.seeds_of(clicks, (20, 20), 4)
    rows, columns = disk((10, 13), 4, shape=(20, 20))
    expected = np.full(len(rows), seeds.BACKGROUND)
    expected[(rows == 10) & (columns == 10)] = seeds.OBJECT  # the clicked pixel itself
    np.testing.assert_array_equal(drawn[rows, columns], expected)
    assert drawn[10, 7] == seeds.OBJECT


def test_a_colour_among_the_chosen_pixels_costs_less_than_another(picture) -> None:
    image, truth = picture
    costs = colour_costs(image.astype(np.float32) / 255, truth)
    assert costs[truth].max() < costs[:5].min()


def test_paths_lead_back_to_the_start_without_leaving_the_valley() -> None:
    steps = np.full((9, 9), 100.0)
    steps[4] = steps[:, 4] = 1.0
    pixels, before = geodesic_star.predecessors(steps, np.array([[4, 4]]))
    parents = dict(zip(pixels.tolist(), before.tolist(), strict=True))
    assert len(parents) == 80
    place, path = 8 * 9 + 4, []
    while place in parents:
        path.append(divmod(place, 9))
        place = parents[place]
    assert path == [(row, 4) for row in range(8, 4, -1)]
    assert place == 4 * 9 + 4


def test_a_star_convex_object_has_no_part_behind_something_else() -> None:
    image = np.full((40, 60, 3), 40, np.uint8)
    image[10:30, 5:20] = image[10:30, 40:55] = 200  # the same colour, far apart
    found = {}
    for name in ("graph_cut", "geodesic_star"):
        predictor = BASELINES[name](radius=3)
        predictor.set_image(image)
        found[name] = predictor.predict([Click(20, 12), Click(3, 30, positive=False)], None)
    assert found["graph_cut"][20, 47] == 1
    assert found["geodesic_star"][20, 47] == 0
    assert found["geodesic_star"][20, 12] == 1


def test_a_missing_library_is_named_with_what_to_install() -> None:
    with pytest.raises(
        ImportError, match=r'needs Nothing: pip install "napari-faseg\[benchmark\]"'
    ):
        import_extra("no_such_module", "Nothing")
