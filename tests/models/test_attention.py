import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_faseg.models import FeatureAwareAttention, attention
from napari_faseg.models.softmax import OnlineSoftmax

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**31 - 1)


def read(attended: OnlineSoftmax) -> torch.Tensor:
    """Return the attended values, ``(b, p, c)``."""
    return attended.weighted * attended.share(torch.ones(()))


@few
@given(seed=seeds, n=st.integers(1, 9), chunk=st.integers(1, 9))
def test_a_softmax_in_chunks_is_the_softmax_of_all(seed: int, n: int, chunk: int) -> None:
    g = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 6, n, generator=g, dtype=torch.float64) * 20
    values = torch.randn(2, n, 3, generator=g, dtype=torch.float64)
    running = OnlineSoftmax.empty(logits, channels=3, queries=6)
    for part, value in zip(logits.split(chunk, 2), values.split(chunk, 1), strict=True):
        running = running.absorb(part, value)
    torch.testing.assert_close(read(running), torch.softmax(logits, 2) @ values)


@few
@given(seed=seeds, n=st.integers(0, 5))
def test_click_attention_is_full_attention_with_every_other_key_masked(seed: int, n: int) -> None:
    g = torch.Generator().manual_seed(seed)
    module = FeatureAwareAttention(5).eval()
    features = torch.randn(1, 5, 6, 8, generator=g)
    scale = module.prepare(features)
    chosen = torch.randperm(48, generator=g)[:n]
    signs = torch.where(torch.rand(n, generator=g) < 0.5, -1.0, 1.0)
    clicks = module.start(scale)
    for cell, sign in zip(chosen, signs, strict=True):
        row_column = torch.stack([cell // 8, cell % 8])[None]
        clicks = module.extend(scale, clicks, row_column, sign[None])

    flat = scale.features.permute(0, 2, 3, 1).reshape(1, 48, 5)
    which = torch.zeros(48, dtype=torch.long)
    which[chosen] = (signs > 0).long()
    keys = module.key(flat) + module.key_sign[which]
    values = module.value(flat) + module.value_sign[which]
    valid = torch.zeros(1, 48, dtype=torch.bool)
    valid[0, chosen] = True
    masked = OnlineSoftmax.empty(flat, channels=5, queries=48)
    logits = module.match(scale.features, keys, torch.ones(1, dtype=torch.bool))
    masked = masked.absorb(logits.masked_fill(~valid[:, None], -torch.inf), values)
    torch.testing.assert_close(read(clicks.attended), read(masked), atol=1e-5, rtol=1e-5)


def test_dense_attention_does_not_depend_on_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    module = FeatureAwareAttention(6, attention="dense").eval()
    torch.nn.init.constant_(module.gamma, 1.0)
    features = torch.randn(2, 6, 9, 7)
    cells, signs = torch.tensor([[[1, 2], [5, 5]]] * 2), torch.tensor([[1.0, -1.0]] * 2)
    whole = module(features, cells, signs)
    monkeypatch.setattr(attention, "DENSE_CHUNK", 5)
    torch.testing.assert_close(module(features, cells, signs), whole, atol=1e-5, rtol=1e-5)


def test_attention_starts_as_if_it_were_not_there() -> None:
    torch.manual_seed(2)
    module = FeatureAwareAttention(4)
    assert module.gamma == 0
    features = torch.randn(1, 4, 5, 5)
    cells, signs = torch.tensor([[[1, 2]]]), torch.tensor([[1.0]])
    before = module(features, cells, signs)
    with torch.no_grad():
        module.value.weight.add_(1.0)
    assert torch.equal(module(features, cells, signs), before)


def test_gradients_reach_every_parameter_through_two_clicks() -> None:
    torch.manual_seed(3)
    module = FeatureAwareAttention(4)
    torch.nn.init.constant_(module.gamma, 0.5)
    cells = torch.tensor([[[1, 2], [4, 0]]])
    module(torch.randn(1, 4, 5, 5), cells, torch.tensor([[1.0, -1.0]])).square().sum().backward()
    without = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.any()]
    # The bias of a key shifts all logits of a query alike, so the softmax does not feel it.
    assert set(without) <= {"query.bias"}


@pytest.mark.parametrize(("kind", "n_unused"), [("click", 1), ("dense", 0), ("none", 0)])
def test_each_form_of_attention_has_only_the_layers_that_it_uses(kind: str, n_unused: int) -> None:
    module = FeatureAwareAttention(4, attention=kind)  # type: ignore[arg-type]
    if kind != "none":
        torch.nn.init.constant_(module.gamma, 0.5)
    cells, signs = torch.tensor([[[1, 2], [4, 0]]]), torch.tensor([[1.0, -1.0]])
    module(torch.randn(1, 4, 5, 5), cells, signs).square().sum().backward()
    unused = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert len(unused) <= n_unused, unused
