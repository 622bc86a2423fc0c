import math

import pytest
import torch

from napari_faseg.models.distance import NO_CLICK, FeatureDistance
from napari_faseg.models.layers import at_cells


@pytest.fixture
def distance() -> FeatureDistance:
    torch.manual_seed(0)
    module = FeatureDistance(4, dim=3)
    torch.nn.init.constant_(module.bias, 0.25)
    return module


def test_the_distance_of_a_click_to_itself_is_exactly_zero(distance: FeatureDistance) -> None:
    embeddings = distance.embeddings(torch.randn(1, 4, 6, 7) * 50)
    squared = distance.squared(embeddings, torch.tensor([[2, 5]]))
    assert squared[0, 0, 2, 5] == 0
    assert squared.min() == 0


def test_the_bounded_distance_is_the_printed_formula(distance: FeatureDistance) -> None:
    squared = torch.tensor([0.0, 0.5, 3.0]).view(1, 1, 1, 3).expand(1, 2, 1, 3)
    printed = [1 - 2 / (1 + math.exp(x + 0.25)) for x in (0.0, 0.5, 3.0)]
    torch.testing.assert_close(distance.bounded(squared)[0, 0, 0], torch.tensor(printed))


def test_huge_distances_stay_finite(distance: FeatureDistance) -> None:
    assert torch.equal(distance.bounded(torch.full((1, 2, 1, 1), 1e30)), torch.ones(1, 2, 1, 1))


@pytest.mark.parametrize("kind", ["trainable", "euclidean"])
def test_without_clicks_both_distances_are_one_and_the_probability_is_a_half(kind: str) -> None:
    distance = FeatureDistance(4, kind=kind)  # type: ignore[arg-type]
    d_0, d_1, probability = distance(torch.full((1, 2, 3, 3), NO_CLICK))[0]
    assert (d_0 == 1).all()
    assert (d_1 == 1).all()
    assert (probability == 0.5).all()


def test_near_a_positive_click_the_foreground_is_more_probable(distance: FeatureDistance) -> None:
    squared = torch.tensor([4.0, 0.5]).view(1, 2, 1, 1)  # negative, positive
    assert distance(squared)[0, 2, 0, 0] > 0.5


def test_a_larger_region_can_only_bring_pixels_nearer() -> None:
    torch.manual_seed(1)
    narrow, wide = FeatureDistance(4, regions=(1,)), FeatureDistance(4, regions=(1, 3, 5))
    wide.load_state_dict(narrow.state_dict())
    features, cell = torch.randn(2, 4, 8, 8), torch.tensor([[3, 3], [0, 7]])
    near = wide.squared(wide.embeddings(features), cell)
    assert (near <= narrow.squared(narrow.embeddings(features), cell)).all()


def test_the_euclidean_distance_is_that_of_the_embedding() -> None:
    torch.manual_seed(2)
    module = FeatureDistance(4, dim=3, regions=(1,), kind="euclidean")
    features, cell = torch.randn(1, 4, 5, 5), torch.tensor([[1, 4]])
    e = module.embed(features)
    expected = (e - at_cells(e, cell[:, None]).permute(0, 2, 1)[..., None]).norm(dim=1)
    squared = module.squared(module.embeddings(features), cell).expand(1, 2, 5, 5)
    torch.testing.assert_close(module.bounded(squared)[:, 0], expected, atol=1e-4, rtol=1e-4)


def test_no_region_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one region"):
        FeatureDistance(4, regions=())
