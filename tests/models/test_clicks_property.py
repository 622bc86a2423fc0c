"""What must hold for every sequence of clicks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from napari_faseg.models import FASegNet
from tests.models.networks import HEIGHT, WIDTH, click_lists, image, tiny_network

CLOSE = {"atol": 2e-5, "rtol": 2e-5}
NETWORKS = {
    "click": tiny_network(),
    "dense": tiny_network(attention="dense"),
    "paper-like": tiny_network(attention="dense", previous_mask=False, out_channels=3),
    "euclidean": tiny_network(distance="euclidean", attention="none"),
}
networks = pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
few = settings(max_examples=15, deadline=None)


def from_scratch(net: FASegNet, clicks: Tensor, previous: Tensor | None = None) -> Tensor:
    with torch.inference_mode():
        return net.segment(net.encode(image()), clicks, previous)


@networks
@few
@given(clicks=click_lists())
def test_clicks_one_by_one_give_the_bits_of_all_at_once(net: FASegNet, clicks: Tensor) -> None:
    with torch.inference_mode():
        features = net.encode(image())
        for n in range(clicks.shape[1] + 1):
            grown = net.segment(features, clicks[:, :n])
        assert torch.equal(grown, from_scratch(net, clicks))


@networks
@few
@given(clicks=click_lists(min_size=2), data=st.data())
def test_the_order_of_clicks_does_not_matter(
    net: FASegNet, clicks: Tensor, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(clicks.shape[1])))
    expected = from_scratch(net, clicks)
    torch.testing.assert_close(from_scratch(net, clicks[:, order]), expected, **CLOSE)


@networks
@few
@given(clicks=click_lists(min_size=1))
def test_a_click_made_twice_changes_nothing(net: FASegNet, clicks: Tensor) -> None:
    twice = torch.cat([clicks, clicks[:, :1]], dim=1)
    assert torch.equal(from_scratch(net, twice), from_scratch(net, clicks))


@networks
@few
@given(clicks=click_lists(min_size=1), extra=click_lists(min_size=1, max_size=4))
def test_undo_gives_back_the_bits(net: FASegNet, clicks: Tensor, extra: Tensor) -> None:
    with torch.inference_mode():
        features = net.encode(image())
        before = net.segment(features, clicks)
        net.segment(features, torch.cat([clicks, extra], dim=1))
        assert torch.equal(net.segment(features, clicks), before)


@networks
@few
@given(clicks=click_lists(), n_padding=st.integers(1, 3))
def test_padding_is_no_click(net: FASegNet, clicks: Tensor, n_padding: int) -> None:
    padding = torch.zeros(1, n_padding, 3)
    padded = torch.cat([padding[:, :1], clicks, padding], dim=1)
    assert torch.equal(from_scratch(net, padded), from_scratch(net, clicks))


@networks
@few
@given(one=click_lists(min_size=3, max_size=3), other=click_lists(min_size=2, max_size=2))
def test_a_batch_of_two_is_two_batches_of_one(net: FASegNet, one: Tensor, other: Tensor) -> None:
    images, previous = image(batch=2), torch.rand(2, 1, HEIGHT, WIDTH)
    padded = torch.cat([other, torch.zeros(1, 1, 3)], dim=1)
    with torch.inference_mode():
        both = net.segment(net.encode(images), torch.cat([one, padded]), previous)
        first = net.segment(net.encode(images[:1]), one, previous[:1])
        second = net.segment(net.encode(images[1:]), other, previous[1:])
    torch.testing.assert_close(both, torch.cat([first, second]), **CLOSE)


@few
@given(clicks=click_lists())
def test_training_mode_of_autograd_gives_the_same_numbers(clicks: Tensor) -> None:
    net = NETWORKS["click"]
    with_graph = net.segment(net.encode(image()), clicks)
    torch.testing.assert_close(with_graph.detach(), from_scratch(net, clicks), **CLOSE)


@few
@given(clicks=click_lists(min_size=1))
def test_a_far_pixel_feels_a_click_of_its_own_sign_least_at_the_click(clicks: Tensor) -> None:
    net = NETWORKS["click"]
    with torch.inference_mode():
        features = net.encode(image())
        state = net.replay(features, clicks)
        stride = net.preset.attention_stride
        cells = torch.floor((clicks[0, :, :2] + 0.5) / stride).long()
        for scale in state.scales:
            for (row, column), sign in zip(cells.tolist(), clicks[0, :, 2].tolist(), strict=True):
                assert scale.squared[0, int(sign > 0), row, column] == 0
