"""Gradients of dilated convolutions in half precision on a CPU."""

from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn

from napari_faseg.training.dilated import sound_gradients

CPU = torch.device("cpu")
CELLS = 40  # of a side; with fewer, torch takes other ways


def gradient(layer: nn.Conv2d, images: Tensor, *, rough: bool) -> Tensor:
    """Return the gradient of the weights for a random sum of what a layer says."""
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=rough), sound_gradients(CPU):
        said = layer(images)
    factors = torch.randn(said.shape, generator=torch.manual_seed(1))
    (found,) = torch.autograd.grad((said.float() * factors).sum(), layer.weight)
    return found


@pytest.mark.parametrize(("channels", "groups", "dilation"), [(24, 1, 2), (64, 64, 6), (24, 1, 1)])
def test_gradients_in_half_precision_are_nearly_the_exact_ones(
    channels: int, groups: int, dilation: int
) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, groups=groups)
    images = torch.randn(2, channels, CELLS, CELLS).contiguous(memory_format=torch.channels_last)
    exact, rough = (gradient(layer, images, rough=rough) for rough in (False, True))
    assert not torch.equal(rough, exact)
    assert (rough - exact).abs().max() < 0.02 * exact.abs().max()


def test_what_comes_out_lies_in_memory_as_what_goes_in() -> None:
    images = torch.randn(1, 8, 6, 6).contiguous(memory_format=torch.channels_last)
    weight = torch.randn(8, 8, 3, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16), sound_gradients(CPU):
        for dilation in (1, 2, (2, 2)):
            found = nn.functional.conv2d(images, weight, padding=dilation, dilation=dilation)
            assert found.is_contiguous(memory_format=torch.channels_last)
            assert found.shape == images.shape


def test_exact_numbers_are_left_as_they_are() -> None:
    assert isinstance(sound_gradients(CPU), nullcontext)
