import pytest
import torch
from torch import nn

from napari_faseg.models import RefinementNet
from napari_faseg.models.layers import ConvNorm


def randomised(net: nn.Module) -> nn.Module:
    torch.manual_seed(0)
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_mean, -1, 1)
            nn.init.uniform_(layer.running_var, 0.5, 2)
            nn.init.uniform_(layer.weight, 0.5, 2)
            nn.init.uniform_(layer.bias, -1, 1)
    return net


@pytest.mark.parametrize("training", [False, True])
def test_the_split_first_layer_is_the_unsplit_one(training: bool) -> None:
    net = randomised(RefinementNet(7, width=5, guide_channels=14)).train(training)
    guide, decoder = torch.randn(2, 14, 20, 24), torch.randn(2, 7, 20, 24)
    split = net.refine(guide, net.prepare(decoder))
    torch.testing.assert_close(split, net(guide, decoder), atol=1e-5, rtol=1e-5)


def test_a_folded_layer_is_convolution_normalisation_and_relu() -> None:
    layer = randomised(ConvNorm(3, 4, kernel_size=3, dilation=2)).eval()
    x = torch.randn(2, 3, 9, 9)
    plain = nn.functional.conv2d(x, layer.weight, padding=2, dilation=2)
    torch.testing.assert_close(layer(x), torch.relu(layer.norm(plain)))


def test_the_layers_are_those_of_table_1() -> None:
    net = RefinementNet(256, width=64, out_channels=3)
    layers = [net.first, *net.middle]
    kernels = [layer.weight.shape[-1] for layer in layers] + [net.last.kernel_size[0]]
    assert kernels == [1, 3, 3, 3, 3, 1]
    assert [layer.dilation for layer in layers] == [1, 2, 4, 8, 16]


def test_three_output_channels_are_averaged() -> None:
    net = RefinementNet(4, out_channels=3).eval()
    guide, decoder = torch.randn(1, 11, 8, 8), torch.randn(1, 4, 8, 8)
    hidden = net.middle(net.first(torch.cat([guide, decoder], 1)))
    torch.testing.assert_close(net(guide, decoder), net.last(hidden).mean(1, keepdim=True))


def test_layers_at_half_the_resolution_reach_twice_as_far() -> None:
    plain = randomised(RefinementNet(4, width=5)).eval()
    coarse = randomised(RefinementNet(4, width=5, coarse_width=6)).eval()
    reach = []
    for net in (plain, coarse):
        decoder = torch.zeros(1, 4, 160, 160, requires_grad=True)
        net(torch.zeros(1, 11, 160, 160), decoder)[0, 0, 80, 80].backward()
        touched = decoder.grad[0].abs().sum(0).nonzero()[:, 0]
        reach.append(int(touched.max() - touched.min()))
    assert reach[0] == 2 * (2 + 4 + 8 + 16)
    assert reach[1] >= 1.8 * reach[0]
