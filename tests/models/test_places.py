import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_faseg.models.places import place_maps, squared_distances

GRID = (8, 9)
click = st.tuples(st.floats(0, 31), st.floats(0, 35), st.sampled_from([-1.0, 1.0]))


def maps_of(*row: float, nearness: float = 16.0) -> torch.Tensor:
    squared = squared_distances(torch.tensor([row]), GRID)
    return torch.cat(place_maps(squared, radius=5.0, nearness=nearness), dim=1)


@given(click)
def test_a_disk_holds_the_cells_within_its_radius(row: tuple[float, float, float]) -> None:
    y, x, sign = row
    rows, columns = torch.meshgrid(
        torch.arange(8) * 4 + 1.5, torch.arange(9) * 4 + 1.5, indexing="ij"
    )
    inside = ((rows - y) ** 2 + (columns - x) ** 2).sqrt() <= 5.0
    maps = maps_of(*row)[0]
    assert int((maps[0 if sign > 0 else 1] != inside.float()).sum()) <= 1  # rounding on the rim
    assert not maps[1 if sign > 0 else 0].any()


def test_nearness_is_one_at_the_click_and_one_half_at_its_distance() -> None:
    maps = maps_of(5.5, 5.5, 1.0)[0]
    assert maps[2, 1, 1] == 1
    assert maps[2, 1, 5] == pytest.approx(0.5)
    assert not maps[3].any()


def test_no_click_leaves_no_trace() -> None:
    assert not maps_of(5.5, 5.5, 0.0).any()


@pytest.mark.parametrize(("nearness", "n"), [(0.0, 2), (16.0, 4)])
def test_nearness_can_be_left_out(nearness: float, n: int) -> None:
    assert maps_of(1.0, 2.0, -1.0, nearness=nearness).shape[1] == n
