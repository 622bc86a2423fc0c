import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from napari_faseg.models.obedience import MARGIN, obey, values_at
from napari_faseg.models.reach import RADIUS, reach
from tests.models.networks import HEIGHT, WIDTH, enlarged, image, separate_clicks, tiny_network

SIDE = 40  # cells of 4 pixels


def two_halves() -> Tensor:
    """Return (1, 3, SIDE / 2, SIDE / 2) embeddings: what is left and what is right differ."""
    embeddings = torch.zeros(1, 3, SIDE // 2, SIDE // 2)
    embeddings[..., SIDE // 4 :] = 3.0
    return embeddings


def clicks(*rows: tuple[float, float, int]) -> Tensor:
    return torch.tensor([rows], dtype=torch.float32)


AGREES = (150.0, 150.0, 1)


def test_a_contradicted_click_reaches_what_looks_like_it_and_nothing_else() -> None:
    logits = torch.full((1, 1, SIDE, SIDE), 2.0)
    change = reach(logits, clicks(AGREES, (80.0, 70.0, -1)), two_halves()) - logits
    at_click, above, beside = change[0, 0, 20, 17], change[0, 0, 14, 17], change[0, 0, 20, 23]
    assert at_click < -2.9
    assert above < 0.2 * at_click  # 24 pixels away, 1.5 standard deviations
    assert abs(beside) < 0.01  # as far away, but of the other half
    further = reach(logits, clicks(AGREES, (80.0, 70.0, -1)), torch.zeros(1, 3, 20, 20)) - logits
    assert further[0, 0, 20, 23] < 0.2 * further[0, 0, 20, 17]
    assert abs(further[0, 0, :, 17 + int(5 * RADIUS / 4) :]).max() < 0.01


def test_a_first_click_and_clicks_that_agree_leave_the_logits_alone() -> None:
    logits = torch.full((1, 1, SIDE, SIDE), 2.0)
    for few in (torch.zeros(1, 0, 3), clicks((80.0, 70.0, -1)), clicks(AGREES, (9.0, 9.0, 1))):
        assert reach(logits, few, two_halves()) is logits
    padded = clicks((80.0, 70.0, -1), (0.0, 0.0, 0))
    assert reach(logits, padded, two_halves()) is logits


def test_each_image_of_a_batch_has_its_own_clicks() -> None:
    logits = torch.full((2, 1, SIDE, SIDE), 2.0)
    rows = torch.cat([clicks(AGREES, (80.0, 70.0, -1)), clicks((80.0, 70.0, -1), (0.0, 0.0, 0))])
    corrected = reach(logits, rows, two_halves().expand(2, -1, -1, -1))
    assert torch.allclose(corrected[:1], reach(logits[:1], rows[:1], two_halves()), atol=1e-5)
    assert torch.equal(corrected[1], logits[1])


def test_clicks_in_any_order_give_the_same_bits() -> None:
    logits = torch.zeros(1, 1, SIDE, SIDE)
    rows = clicks((0.0, 0.0, 1), (0.0, 0.0, -1), (50.0, 90.0, 1))
    expected = reach(logits, rows, two_halves())
    for order in itertools.permutations(range(3)):
        assert torch.equal(reach(logits, rows[:, list(order)], two_halves()), expected)


@settings(max_examples=60, deadline=None)
@given(rows=separate_clicks(), seed=st.integers(0, 999))
def test_every_clicked_pixel_gets_its_own_sign_whatever_it_looks_like(
    rows: Tensor, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(1, 1, 16, 20, generator=generator) * 5
    embeddings = torch.randn(1, 3, 8, 10, generator=generator)
    obeyed = enlarged(obey(reach(logits, rows, embeddings), rows))
    for y, x, sign in rows[0].tolist():
        assert sign * obeyed[0, 0, int(y), int(x)] > 0.8 * MARGIN


def test_a_network_reaches_only_where_it_is_asked_to_and_the_original_stays() -> None:
    net = tiny_network()
    further = net.reaching()
    torch.nn.init.constant_(net.refinement.last.bias, -9)
    rows = clicks((HEIGHT // 2, WIDTH // 3, 1), (HEIGHT // 3, WIDTH // 2, 1))
    with torch.inference_mode():
        features = net.encode(image())
        plain, reached = net.segment(features, rows), further.segment(features, rows)
        first = further.segment(features, rows[:, :1])
        assert torch.equal(first, net.segment(features, rows[:, :1]))
    assert (reached > 0).sum() > (plain > 0).sum() > 0
    assert not net.is_reaching
    assert further.refinement is net.refinement


def test_many_clicks_correct_as_much_as_they_would_in_one_sum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = torch.Generator().manual_seed(1)
    places = torch.rand(1, 50, 2, generator=generator) * 4 * SIDE
    rows = torch.cat([places, torch.ones(1, 50, 1)], dim=2)
    logits = torch.full((1, 1, SIDE, SIDE), -2.0)
    reached = reach(logits, rows, two_halves())
    monkeypatch.setattr("napari_faseg.models.reach.AT_ONCE", 50)
    assert torch.allclose(reached, reach(logits, rows, two_halves()), atol=1e-4)
    corrected = obey(reached, rows)
    at_clicks = values_at(corrected, rows)
    assert at_clicks.min() > 0.8 * MARGIN
    assert at_clicks.max() < 5 * MARGIN  # each lack is filled once
