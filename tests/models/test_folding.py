from typing import TypeVar

import pytest
import torch
from torch import nn

from napari_faseg.models import (
    FASegNet,
    Host,
    HostOutput,
    build_host,
    host_from_module,
    plug_in,
)
from napari_faseg.models.folding import folded
from tests.models.networks import image, tiny_preset

N = TypeVar("N", bound=nn.Module)


def shaken(network: N) -> N:
    """Give every normalisation statistics of its own."""
    torch.manual_seed(0)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_mean, -0.1, 0.1)
            nn.init.uniform_(layer.running_var, 0.8, 1.2)
    return network.eval()


@pytest.mark.parametrize("encoder", ["tu-tf_efficientnet_lite0", "resnet18"])
def test_a_folded_host_has_no_normalisation_left_and_gives_the_same_numbers(encoder: str) -> None:
    host = shaken(build_host(encoder=encoder, decoder_channels=8))
    quick = folded(host)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in quick.modules())
    with torch.inference_mode():
        expected, got = host(image(size=(64, 96))), quick(image(size=(64, 96)))
    for a, b in zip(expected.features, got.features, strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(expected.logit, got.logit, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "encoder"),
    [
        ("linknet", "resnet18"),
        ("dpt", "tu-vit_tiny_patch16_224"),
        ("lraspp_mobilenet_v3_large", ""),
    ],
)
def test_folding_finds_the_layers_of_other_hosts_and_changes_no_answer(
    name: str, encoder: str
) -> None:
    net = shaken(FASegNet(name, preset=tiny_preset(encoder=encoder, decoder_channels=8)))
    quick, clicks = net.for_inference(), torch.tensor([[[9.0, 9.0, 1.0]]])
    with torch.inference_mode():
        expected, got = (n.segment(n.encode(image()), clicks) for n in (net, quick))
    torch.testing.assert_close(expected, got, atol=1e-3, rtol=1e-3)
    n_norms, n_left = (
        sum(isinstance(layer, nn.BatchNorm2d) for layer in n.host.modules()) for n in (net, quick)
    )
    assert n_left < 0.2 * n_norms


class Misleading(Host):
    """Declares a normalisation behind a convolution, and uses it before."""

    def __init__(self) -> None:
        super().__init__()
        self.feature_channels, self.decoder_channels = (3,) * 5, 3
        self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)

    def forward(self, x: torch.Tensor) -> HostOutput:
        y = self.conv(self.norm(x))
        return HostOutput((y,) * 5, y, y[:, :1])


def test_a_host_that_would_change_is_left_as_it_is() -> None:
    host = shaken(Misleading())
    assert folded(host) is host


def test_a_network_for_inference_answers_like_the_network_it_was_made_from() -> None:
    net = shaken(FASegNet(preset=tiny_preset(decoder_channels=8)))
    clicks = torch.tensor([[[9.0, 9.0, 1.0]]])
    with torch.inference_mode():
        expected, got = (n.segment(n.encode(image()), clicks) for n in (net, net.for_inference()))
    torch.testing.assert_close(expected, got, atol=1e-3, rtol=1e-3)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in net.host.modules())


class Narrow(nn.Module):
    """Declares a normalisation of another width behind a convolution, and uses it before."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.classify, self.norm = (
            nn.Conv2d(3, 8, 3, 2, 1),
            nn.Conv2d(8, 1, 1),
            nn.BatchNorm2d(8),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classify(self.norm(self.body(x)))


class WithoutStatistics(nn.Module):
    """Normalises every image by its own statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.norm = (
            nn.Conv2d(3, 8, 3, 2, 1),
            nn.BatchNorm2d(8, track_running_stats=False),
        )
        self.head = nn.Conv2d(8, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(self.body(x)))


class WithoutParameters(nn.Module):
    """Computes without anything that was learned."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.AvgPool2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x).mean(1, keepdim=True)


@pytest.mark.parametrize("kind", [Narrow, WithoutStatistics, WithoutParameters])
def test_a_network_whose_layers_cannot_be_folded_answers_for_inference_as_it_does(
    kind: type[nn.Module],
) -> None:
    net = plug_in(host_from_module(kind(), ["body"])).eval()
    clicks = torch.tensor([[[9.0, 9.0, 1.0]]])
    with torch.inference_mode():
        expected, got = (n.segment(n.encode(image()), clicks) for n in (net, net.for_inference()))
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)
