from dataclasses import replace
from typing import Any

import pytest
import torch

from napari_faseg.models import FASegNet
from napari_faseg.models.presets import PAPER
from tests.models.networks import HEIGHT, WIDTH, image, tiny_network, tiny_preset


@pytest.fixture(scope="module")
def net() -> FASegNet:
    return tiny_network()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (63, 64), (64, 64), (37, 129)])
def test_any_image_size_gives_logits_of_that_size(net: FASegNet, size: tuple[int, int]) -> None:
    with torch.inference_mode():
        features = net.encode(image(size=size))
        clicks = torch.tensor([[[0.0, 0.0, 1.0], [size[0] - 1, size[1] - 1, -1.0]]])
        assert net.segment(features, clicks).shape == (1, 1, *size)
        assert net.coarse(features).shape == (1, 1, *size)
        assert features.size == size


def test_a_hundred_clicks_are_taken(net: FASegNet) -> None:
    g = torch.Generator().manual_seed(0)
    places = torch.rand(1, 100, 2, generator=g) * torch.tensor([HEIGHT - 1, WIDTH - 1])
    signs = torch.where(torch.rand(1, 100, 1, generator=g) < 0.5, -1.0, 1.0)
    with torch.inference_mode():
        logits = net.segment(net.encode(image()), torch.cat([places, signs], 2))
    assert bool(logits.isfinite().all())


def test_a_longer_click_list_costs_only_its_new_clicks(
    net: FASegNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = []
    extend = FASegNet.extend

    def counted(self, features, state, click):  # type: ignore[no-untyped-def]
        added.append(tuple(click[0].tolist()))
        return extend(self, features, state, click)

    monkeypatch.setattr(FASegNet, "extend", counted)
    clicks = torch.tensor([[[3.0, 4.0, 1.0], [20.0, 9.0, -1.0], [40.0, 60.0, 1.0]]])
    with torch.inference_mode():
        features = net.encode(image())
        net.segment(features, clicks[:, :2])
        net.segment(features, clicks)
        net.segment(features, clicks[:, :1])
    assert added == [tuple(row) for row in clicks[0].tolist()]


def test_each_sign_of_click_moves_the_logit_of_the_guidance_apart(net: FASegNet) -> None:
    with torch.inference_mode():
        features = net.encode(image())
        click = torch.tensor([[[20.0, 30.0, 1.0]]])
        positive = net.segment(features, click)
        negative = net.segment(features, click * torch.tensor([1.0, 1.0, -1.0]))
        nothing = net.segment(features, click[:, :0])
    assert not torch.equal(positive, negative)
    assert not torch.equal(positive, nothing)


def test_the_previous_mask_is_used_by_the_default_and_not_by_the_paper(net: FASegNet) -> None:
    paper_like = tiny_network(previous_mask=False)
    previous, click = torch.ones(1, 1, HEIGHT, WIDTH), torch.tensor([[[20.0, 30.0, 1.0]]])
    with torch.inference_mode():
        for network, is_used in ((net, True), (paper_like, False)):
            features = network.encode(image())
            without = network.segment(features, click)
            assert torch.equal(network.segment(features, click, previous), without) != is_used


def test_no_previous_mask_is_a_mask_of_zeros(net: FASegNet) -> None:
    click = torch.tensor([[[20.0, 30.0, 1.0]]])
    with torch.inference_mode():
        features = net.encode(image())
        zeros = net.segment(features, click, torch.zeros(1, 1, HEIGHT, WIDTH))
        assert torch.equal(net.segment(features, click), zeros)


def test_one_encoding_serves_several_objects_of_each_image(net: FASegNet) -> None:
    clicks = torch.tensor([[[5.0, 5.0, 1.0]], [[30.0, 50.0, -1.0]]])
    with torch.inference_mode():
        features = net.encode(image())
        both = net.segment(features.repeated(2), clicks)
        apart = torch.cat([net.segment(features, clicks[:1]), net.segment(features, clicks[1:])])
    torch.testing.assert_close(both, apart, atol=1e-5, rtol=1e-5)


def test_the_refinement_of_the_paper_takes_c_plus_11_channels() -> None:
    net = FASegNet(preset=replace(PAPER, encoder="resnet18", attention="dense"))
    assert net.refinement.in_channels == net.host.decoder_channels + 11
    assert net.refinement.last.out_channels == 3


def test_an_embedding_cache_of_the_default_stays_below_64_bytes_per_pixel() -> None:
    net = FASegNet().eval()
    with torch.inference_mode():
        features = net.encode(torch.zeros(1, 3, 128, 128))
    kept = [features.refine, features.coarse]
    for scale in features.scales:
        kept += [scale.features, scale.embeddings]
    assert sum(t.numel() * t.element_size() for t in kept) <= 64 * 128 * 128


@pytest.mark.parametrize(
    ("shape", "message"),
    [((3, 8, 8), r"\(b, 3, h, w\)"), ((1, 4, 8, 8), "1, 4, 8, 8"), ((1, 3, 0, 8), "1, 3, 0, 8")],
)
def test_an_image_of_another_shape_is_refused(
    net: FASegNet, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        net.encode(torch.zeros(shape))


def test_an_image_of_whole_numbers_is_refused(net: FASegNet) -> None:
    with pytest.raises(ValueError, match="uint8"):
        net.encode(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("clicks", "message"),
    [
        (torch.zeros(2, 1, 3), r"\(1, n, 3\)"),
        (torch.zeros(1, 3), r"\(1, n, 3\)"),
        (torch.full((1, 1, 3), float("nan")), "finite"),
    ],
)
def test_clicks_that_cannot_be_are_refused(
    net: FASegNet, clicks: torch.Tensor, message: str
) -> None:
    with torch.inference_mode(), pytest.raises(ValueError, match=message):
        net.segment(net.encode(image()), clicks)


def test_a_previous_mask_of_another_size_is_refused(net: FASegNet) -> None:
    click = torch.tensor([[[20.0, 30.0, 1.0]]])
    with torch.inference_mode(), pytest.raises(ValueError, match="previous mask"):
        net.segment(net.encode(image()), click, torch.zeros(1, 1, 4, 4))


def test_an_unknown_preset_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"\['default', 'paper'\], got 'papper'"):
        FASegNet(preset="papper")


@pytest.mark.parametrize("place", [(-30.0, 5.0), (5.0, WIDTH + 20.0), (HEIGHT + 9.0, -9.0)])
def test_a_click_outside_the_encoded_image_counts_for_nothing(
    net: FASegNet, place: tuple[float, float]
) -> None:
    inside, outside = torch.tensor([[[20.0, 30.0, 1.0]]]), torch.tensor([[[*place, -1.0]]])
    with torch.inference_mode():
        features = net.encode(image())
        alone = net.segment(features, inside)
        assert torch.equal(net.segment(features, torch.cat([inside, outside], 1)), alone)


@pytest.mark.parametrize(
    "change", [{"distance": "x"}, {"attention": "y"}, {"out_channels": 0}], ids=str
)
def test_a_preset_that_cannot_be_built_names_the_choice(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"expected {next(iter(change))} (among|above)"):
        tiny_preset(**change)
