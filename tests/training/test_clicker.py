import numpy as np
import torch

from napari_faseg.training.clicker import simulate_clicks


def square(top: int, left: int, side: int) -> torch.Tensor:
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., top : top + side, left : left + side] = 1
    return mask


def test_a_first_click_is_positive_and_in_the_inner_half_of_the_object() -> None:
    target = square(16, 20, 24)
    for seed in range(50):
        y, x, sign = simulate_clicks(None, target, [np.random.default_rng(seed)])[0].tolist()
        assert sign == 1
        assert 20 <= y <= 35
        assert 24 <= x <= 39


def test_a_later_click_goes_to_the_deepest_error() -> None:
    target, found = square(4, 4, 10), square(4, 4, 10) + square(30, 30, 30)
    y, x, sign = simulate_clicks(found, target, [np.random.default_rng(0)])[0].tolist()
    assert sign == -1
    assert min(y, x) >= 30


def test_a_perfect_result_gets_no_click() -> None:
    target = square(4, 4, 10)
    assert simulate_clicks(target, target, [np.random.default_rng(0)]).tolist() == [[0, 0, 0]]


def test_careless_clicks_move_and_some_change_their_sign_but_stay_in_the_image() -> None:
    rng = np.random.default_rng(0)
    clicks = torch.cat([simulate_clicks(None, square(0, 0, 12), [rng], 1.0) for _ in range(200)])
    assert (clicks[:, :2] >= 0).all()
    assert (clicks[:, :2] <= 63).all()
    assert 15 <= int((clicks[:, 2] < 0).sum()) <= 70


def test_clicks_anywhere_reach_the_border_of_the_deepest_error_and_leave_it_not() -> None:
    rng, target = np.random.default_rng(0), square(4, 4, 6) + square(30, 30, 30)
    clicks = [simulate_clicks(None, target, [rng], anywhere=1.0)[0] for _ in range(400)]
    places = torch.stack(clicks)[:, :2]
    assert places.min() == 30
    assert places.max() == 59
    near_border = ((places < 33) | (places >= 57)).any(1).float().mean()
    assert 0.28 <= float(near_border) <= 0.44  # 36 % of the area


def test_a_share_of_the_clicks_lies_anywhere() -> None:
    rng, target = np.random.default_rng(0), square(30, 30, 30)
    clicks = [simulate_clicks(None, target, [rng], anywhere=0.5)[0] for _ in range(400)]
    places = torch.stack(clicks)[:, :2]
    near_border = ((places < 33) | (places >= 57)).any(1).float().mean()
    assert 0.12 <= float(near_border) <= 0.24


def test_there_is_no_click_where_nobody_knows() -> None:
    target, known = square(4, 4, 40) + square(50, 50, 10), 1 - square(0, 0, 46)
    for seed in range(20):
        click = simulate_clicks(None, target, [np.random.default_rng(seed)], known=known)
        y, x, sign = click[0].tolist()
        assert sign == 1
        assert min(y, x) >= 50
