import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_faseg.models.obedience import MARGIN, obey
from tests.models.networks import HEIGHT, WIDTH, enlarged, image, separate_clicks, tiny_network


@settings(max_examples=60, deadline=None)
@given(clicks=separate_clicks(), seed=st.integers(0, 999))
def test_every_clicked_pixel_gets_its_own_sign(clicks: torch.Tensor, seed: int) -> None:
    logits = torch.randn(1, 1, 16, 20, generator=torch.Generator().manual_seed(seed)) * 5
    obeyed = enlarged(obey(logits, clicks))
    for y, x, sign in clicks[0].tolist():
        assert sign * obeyed[0, 0, int(y), int(x)] > 0.8 * MARGIN


def test_logits_that_agree_with_the_clicks_are_left_alone() -> None:
    logits = torch.full((1, 1, 8, 8), 2.0)
    assert obey(logits, torch.tensor([[[9.0, 9.0, 1.0]]])) is logits
    assert obey(logits, torch.zeros(1, 0, 3)) is logits


def test_the_correction_stays_near_the_click() -> None:
    logits = torch.full((1, 1, 40, 40), 2.0)
    obeyed = enlarged(obey(logits, torch.tensor([[[40.0, 40.0, -1.0]]])))
    assert obeyed[0, 0, 40, 40] < 0
    assert (obeyed[0, 0, :, 90:] > 1.99).all()


def test_each_image_of_a_batch_obeys_its_own_clicks() -> None:
    logits = torch.full((2, 1, 8, 8), 2.0)
    clicks = torch.tensor([[[9.0, 9.0, -1.0]], [[9.0, 9.0, 0.0]]])
    obeyed = obey(logits, clicks)
    assert obeyed[0].min() < 0
    assert torch.equal(obeyed[1], logits[1])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_network_obeys_a_click_and_only_where_it_is_asked_to(sign: float) -> None:
    click = torch.tensor([[[HEIGHT // 2, WIDTH // 2, sign]]])
    with torch.inference_mode():
        for win, expected in ((True, True), (False, None)):
            net = tiny_network(clicks_win=win)
            torch.nn.init.constant_(net.refinement.last.bias, -9 * sign)
            logits = net.segment(net.encode(image()), click)
            at_click = sign * logits[0, 0, HEIGHT // 2, WIDTH // 2]
            assert (at_click > 0) == bool(expected)


def test_contradicting_clicks_give_the_same_bits_in_any_order() -> None:
    logits = torch.zeros(1, 1, 12, 18)
    clicks = torch.tensor([[[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [1.0, 0.0, 1.0]]])
    expected = obey(logits, clicks)
    for order in itertools.permutations(range(3)):
        assert torch.equal(obey(logits, clicks[:, list(order)]), expected)
