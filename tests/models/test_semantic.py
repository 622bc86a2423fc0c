"""Hosts that know classes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from napari_faseg.models import FASegNet, Host, HostOutput
from napari_faseg.models.semantic import any_object, class_odds, coarse_for
from tests.models.networks import HEIGHT, WIDTH, TinyHost, click_lists, image, tiny_preset

few = settings(max_examples=15, deadline=None)


class ThreeClasses(TinyHost):
    """Background, left half and right half."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(6, 3, 1)

    def forward(self, image: Tensor) -> HostOutput:
        seen = super().forward(image)
        h, w = image.shape[-2:]
        columns = torch.arange(w).expand(len(image), h, w)
        rows = torch.arange(h)[:, None].expand(len(image), h, w)
        classes = torch.where(rows < 16, 0, 1 + (columns >= 32).long())
        logit = 4.0 * nn.functional.one_hot(classes, 3).permute(0, 3, 1, 2).float()
        return HostOutput(seen.features, seen.decoder, logit + 0 * self.head.weight.sum())


def new_network(host: Host) -> FASegNet:
    torch.manual_seed(0)
    return FASegNet(host, preset=tiny_preset()).eval()


NET = new_network(ThreeClasses())
LEFT, RIGHT, TOP = [30.0, 10.0], [30.0, 50.0], [4.0, 20.0]


def probability(clicks: list[list[float]], net: FASegNet = NET) -> Tensor:
    with torch.inference_mode():
        features = net.encode(image())
        state = net.replay(features, torch.tensor([clicks]).reshape(1, -1, 3))
        return torch.sigmoid(coarse_for(features, state.clicks))[0, 0]


def is_on(found: Tensor, place: list[float]) -> bool:
    return bool(found[int(place[0]) // 4, int(place[1]) // 4] > 0.5)


def test_odds_are_the_logits_of_the_probabilities() -> None:
    logits = torch.randn(2, 5, 3, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(torch.sigmoid(class_odds(logits)), logits.softmax(1))
    assert bool(class_odds(1000 * logits).isfinite().all())


def test_without_a_background_an_object_is_where_any_class_is_likely() -> None:
    odds = class_odds(torch.tensor([[3.0, 0.0, 0.0], [0.0, 0.0, 2.0]])[:, :, None, None])
    assert torch.equal(any_object(odds, None)[:, 0, 0, 0], odds.amax(1)[:, 0, 0])
    torch.testing.assert_close(any_object(odds, 0), -odds[:, :1])


def test_without_a_click_everything_but_the_background_is_shown() -> None:
    shown = probability([])
    assert [is_on(shown, place) for place in (LEFT, RIGHT, TOP)] == [True, True, False]
    with torch.inference_mode():
        coarse = NET.coarse(NET.encode(image()))
    assert coarse.shape == (1, 1, HEIGHT, WIDTH)
    assert bool(coarse[0, 0, 30, 10] > 0 > coarse[0, 0, 4, 20])


@pytest.mark.parametrize(
    ("clicks", "expected"),
    [
        ([[*LEFT, 1]], [True, False, False]),
        ([[*RIGHT, 1]], [False, True, False]),
        ([[*TOP, 1]], [False, False, True]),
        ([[*LEFT, -1]], [True, True, False]),
        ([[*LEFT, 1], [34.0, 14.0, 1], [*RIGHT, 1]], [True, False, False]),
        ([[*LEFT, 1], [*RIGHT, 1], [34.0, 14.0, -1]], [False, True, False]),
    ],
)
def test_the_clicks_choose_the_class(clicks: list[list[float]], expected: list[bool]) -> None:
    shown = probability(clicks)
    assert [is_on(shown, place) for place in (LEFT, RIGHT, TOP)] == expected


@few
@given(clicks=click_lists(), extra=click_lists(min_size=1, max_size=3))
def test_clicks_one_by_one_and_undone_give_the_bits_of_all_at_once(
    clicks: Tensor, extra: Tensor
) -> None:
    with torch.inference_mode():
        features = NET.encode(image())
        for n in range(clicks.shape[1] + 1):
            grown = NET.segment(features, clicks[:, :n])
        NET.segment(features, torch.cat([clicks, extra], 1))
        assert torch.equal(NET.segment(features, clicks), grown)
        assert torch.equal(NET.segment(NET.encode(image()), clicks), grown)


@few
@given(clicks=click_lists(min_size=2), data=st.data())
def test_neither_order_nor_repetition_of_clicks_matters(
    clicks: Tensor, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(clicks.shape[1])))
    with torch.inference_mode():
        expected, shuffled, twice = (
            NET.segment(NET.encode(image()), rows)
            for rows in (clicks, clicks[:, order], torch.cat([clicks, clicks[:, :1]], 1))
        )
    torch.testing.assert_close(shuffled, expected, atol=2e-5, rtol=2e-5)
    assert torch.equal(twice, expected)


def test_each_image_of_a_batch_has_the_class_of_its_own_clicks() -> None:
    clicks = torch.tensor([[[*LEFT, 1.0]], [[*RIGHT, 1.0]], [[*TOP, -1.0]]])
    with torch.inference_mode():
        together = NET.segment(NET.encode(image()).repeated(3), clicks)
        apart = [NET.segment(NET.encode(image()), clicks[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(apart), atol=1e-5, rtol=1e-5)


def test_a_host_of_one_class_keeps_nothing_of_classes() -> None:
    net = new_network(TinyHost())
    with torch.inference_mode():
        features = net.encode(image())
        assert features.odds is None
        assert coarse_for(features, torch.tensor([[[*LEFT, 1.0]]])) is features.coarse
