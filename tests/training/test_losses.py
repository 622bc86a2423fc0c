import math
from collections.abc import Callable

import pytest
import torch

from napari_faseg.training import losses


def test_a_perfect_result_has_almost_no_loss() -> None:
    target = (torch.rand(2, 1, 8, 8) < 0.5).float()
    logits = 20 * (2 * target - 1)
    assert losses.normalised_focal(logits, target).max() < 1e-6
    assert losses.region(logits, target).max() < 1e-6


def test_the_region_loss_is_one_minus_the_overlap() -> None:
    target = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 2, 2)
    logits = torch.tensor([30.0, -30.0, 30.0, -30.0]).view(1, 1, 2, 2)
    assert losses.region(logits, target).item() == pytest.approx(2 / 3)


def test_the_focal_loss_weighs_as_much_as_the_plain_one_where_all_pixels_are_alike() -> None:
    target, logits = torch.ones(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    assert losses.normalised_focal(logits, target).item() == pytest.approx(math.log(2))


def test_the_focal_loss_cares_for_the_wrong_pixels() -> None:
    target = torch.ones(1, 1, 1, 2)
    logits = torch.tensor([3.0, -3.0]).view(1, 1, 1, 2).requires_grad_()
    losses.normalised_focal(logits, target).backward()
    right, wrong = logits.grad.abs().flatten().tolist()
    assert wrong > 100 * right


def test_guidance_channels_are_foreground_and_background_in_turn() -> None:
    target = torch.ones(1, 1, 8, 8)
    good = torch.tensor([20.0, -20.0] * 5).view(1, 10, 1, 1).expand(1, 10, 2, 2)
    assert losses.guidance(good, target).max() < 1e-6
    assert losses.guidance(-good, target).item() == pytest.approx(20)


def test_the_coarse_loss_compares_with_the_share_of_each_cell() -> None:
    target = torch.zeros(1, 1, 4, 4)
    target[..., :2] = 1
    logits = torch.tensor([20.0, -20.0]).view(1, 1, 1, 2)
    assert losses.coarse(logits, target).max() < 1e-6


@pytest.mark.parametrize(
    ("loss", "n_channels", "side"),
    [
        (losses.normalised_focal, 1, 8),
        (losses.cross_entropy, 1, 8),
        (losses.absolute, 1, 8),
        (losses.region, 1, 8),
        (losses.guidance, 4, 4),
        (losses.coarse, 1, 4),
    ],
)
def test_what_nobody_knows_changes_no_loss(
    loss: Callable[..., torch.Tensor], n_channels: int, side: int
) -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, n_channels, side, side)
    target, known = (torch.rand(2, 1, 8, 8) < 0.5).float(), torch.ones(2, 1, 8, 8)
    torch.testing.assert_close(loss(logits, target, known), loss(logits, target))
    known[..., :4] = 0
    other_target, other_logits = target.clone(), logits.clone()
    other_target[..., :4] = 1 - target[..., :4]
    other_logits[..., : side // 2] += 5
    one, other = loss(logits, target, known), loss(other_logits, other_target, known)
    torch.testing.assert_close(one, other)
    torch.testing.assert_close(one, loss(logits[..., side // 2 :], target[..., 4:]))


@pytest.mark.parametrize("loss", [losses.normalised_focal, losses.region, losses.coarse])
def test_where_nothing_is_known_a_loss_is_finite(loss: Callable[..., torch.Tensor]) -> None:
    nothing = torch.zeros(1, 1, 8, 8)
    assert loss(torch.randn(1, 1, 8, 8), nothing, nothing).isfinite()
