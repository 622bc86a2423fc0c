"""Hosts made of somebody's own network."""

from pathlib import Path

import pytest
import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn
from torchvision.models.segmentation import lraspp_mobilenet_v3_large

from napari_faseg.models import FASegNet, Host, HostOutput, as_host, host_from_module, plug_in
from napari_faseg.models.folding import folded
from napari_faseg.models.weights import load_model, save_model
from tests.models.networks import SmallUnet, image, tiny_network, tiny_preset

LEVELS = ["down1", "down2"]


def test_the_named_layers_are_read_while_the_network_runs() -> None:
    torch.manual_seed(0)
    network = SmallUnet().eval()
    host = host_from_module(
        network, LEVELS, decoder="up", output="head", mean=[0.2] * 3, std=[0.5] * 3
    )
    assert (host.feature_channels, host.decoder_channels) == ((4, 6), 4)
    x = image(size=(64, 64))
    with torch.inference_mode():
        seen = host(x)
        normalised = (x - 0.2) / 0.5
        fine = network.down1(normalised)
        torch.testing.assert_close(seen.features[0], fine)
        torch.testing.assert_close(seen.features[1], network.down2(fine))
        torch.testing.assert_close(seen.decoder, network.up(network.down2(fine)))
        torch.testing.assert_close(torch.sigmoid(seen.logit), network(normalised))
        whole = host_from_module(network, LEVELS, mean=[0.2] * 3, std=[0.5] * 3)
        assert torch.equal(whole(x).logit, network(normalised))
        assert torch.equal(whole(x).decoder, whole(x).features[-1])
    assert not any(layer._forward_hooks for layer in network.modules())


def test_a_network_for_grey_images_sees_the_mean_of_the_colours() -> None:
    network = SmallUnet(colours=1).eval()
    host = host_from_module(network, LEVELS, output="head", mean=[0.1], std=[2.0])
    x = image(size=(64, 64))
    with torch.inference_mode():
        expected = network.down1((x.mean(1, keepdim=True) - 0.1) / 2)
        torch.testing.assert_close(host(x).features[0], expected)


def test_being_tried_changes_nothing_of_the_network() -> None:
    network = SmallUnet().train()
    network.down2.eval()
    before = {name: t.clone() for name, t in network.state_dict().items()}
    modes = [m.training for m in network.modules()]
    host_from_module(network, LEVELS)
    assert all(torch.equal(t, before[name]) for name, t in network.state_dict().items())
    assert [m.training for m in network.modules()] == modes


@pytest.mark.parametrize("n_levels", [1, 2])
def test_a_network_of_few_levels_takes_clicks(n_levels: int) -> None:
    torch.manual_seed(0)
    host = host_from_module(SmallUnet(), LEVELS[:n_levels], decoder="up", output="head")
    net = FASegNet(host, preset=tiny_preset()).eval()
    clicks = torch.tensor([[[9.0, 9.0, 1.0], [30.0, 50.0, -1.0]]])
    with torch.inference_mode():
        features = net.encode(image())
        net.segment(features, clicks[:, :1])
        grown = net.segment(features, clicks)
        assert torch.equal(grown, net.segment(net.encode(image()), clicks))
    assert net.refinement.guide_channels == 1 + 2 * n_levels + 5


@pytest.mark.parametrize(
    ("features", "options", "message"),
    [
        (["down3"], {}, "expected a layer of SmallUnet, got 'down3'; near: down2, down1"),
        (["zzz"], {}, "got 'zzz'; near: down1, down1.0"),
        (LEVELS, {"decoder": "upp"}, "got 'upp'; near: up"),
        (LEVELS, {"output": "heads"}, "got 'heads'; near: head"),
        ([], {}, "expected 1 to 5 feature layers, got 0"),
        (["down1"] * 6, {}, "expected 1 to 5 feature layers, got 6"),
        (["down2", "down1"], {}, r"from fine to coarse, got widths \[16, 32\]"),
        (["pooled"], {}, r"\(b, c, h, w\) map from 'pooled', got shape \(1, 1536\)"),
        (["never"], {}, "map from 'never', which never ran"),
        (LEVELS, {"background": 1}, "background among the 1 classes, got 1"),
        (LEVELS, {"mean": [0.5], "std": [0.5]}, "expected a network for images of shape .1, 1, 64"),
        (LEVELS, {"mean": [0.5] * 2}, "3 numbers each for mean and std, or 1, got 2 and 3"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    features: list[str], options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as error:
        host_from_module(SmallUnet(), features, **options)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_a_network_that_returns_no_map_is_told_so() -> None:
    with pytest.raises(ValueError, match="map from 'the network', got OrderedDict: name the la"):
        host_from_module(
            lraspp_mobilenet_v3_large(weights=None, weights_backbone=None), ["backbone.1"]
        )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_network_of_other_numbers_than_images_is_told_so(dtype: torch.dtype) -> None:
    library = smp.Unet("resnet18", encoder_weights=None)
    message = rf"expected a network of torch.float32, got {dtype}: network.float\(\) makes one"
    for make in (lambda: host_from_module(SmallUnet().to(dtype), LEVELS),
                 lambda: as_host(library.to(dtype))):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            make()


def test_a_network_on_another_device_is_tried_there() -> None:
    host = host_from_module(SmallUnet().to("meta"), LEVELS, output="head")
    assert host(torch.rand(1, 3, 64, 64, device="meta")).logit.shape == (1, 1, 32, 32)


def test_a_network_of_a_library_for_other_channels_is_told_so_at_once() -> None:
    grey = smp.Unet("resnet18", encoder_weights=None, in_channels=1)
    with pytest.raises(ValueError, match="each channel that the network takes, 1, got 3"):
        plug_in(grey)
    assert as_host(grey, mean=[0.5], std=[0.2])(image(size=(64, 64))).logit.shape[1] == 1


class Chosen(SmallUnet):
    """A network that returns the number of a class, and no logits."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).argmax(1, keepdim=True)


def test_a_network_that_returns_numbers_of_classes_is_told_so() -> None:
    with pytest.raises(ValueError, match=r"from 'the network', got whole numbers, torch.int64"):
        host_from_module(Chosen(), LEVELS)


def test_one_name_in_the_place_of_several_is_told_so() -> None:
    with pytest.raises(TypeError, match="a list of names of layers as features, got 'down1'"):
        host_from_module(SmallUnet(), "down1")


def test_a_host_that_was_frozen_is_frozen_when_it_is_loaded(tmp_path: Path) -> None:
    def host() -> Host:
        return host_from_module(SmallUnet(), LEVELS, output="head")

    save_model(plug_in(host(), preset=tiny_preset()), tmp_path / "a.safetensors")
    again = load_model(tmp_path / "a.safetensors", host=host())
    assert again.frozen_host
    assert not any(parameter.requires_grad for parameter in again.host.parameters())
    save_model(FASegNet(host(), preset=tiny_preset()), tmp_path / "b.safetensors")
    assert not load_model(tmp_path / "b.safetensors", host=host()).frozen_host


def test_a_host_of_six_levels_is_refused() -> None:
    host = host_from_module(SmallUnet(), LEVELS)
    host.feature_channels = (4,) * 6
    with pytest.raises(ValueError, match="1 to 5 feature levels, got 6"):
        FASegNet(host, preset=tiny_preset())


def test_folding_never_changes_what_a_layer_is_read_for() -> None:
    """A convolution that is read before its normalisation must not be folded with it."""
    network = SmallUnet()
    nn.init.uniform_(network.down1[1].running_mean, -1, 1)
    before = host_from_module(network, ["down1.0"], output="head").eval()
    after = host_from_module(network, ["down1.1"], output="head").eval()
    assert folded(before) is before
    assert folded(after) is not after


class Flat(Host):
    """A host with a single, unusual map."""

    def __init__(self) -> None:
        super().__init__()
        self.feature_channels, self.decoder_channels = (3,), 3
        self.encoder = nn.Identity()

    def forward(self, image: Tensor) -> HostOutput:
        return HostOutput((image,), image, image[:, :1])


def test_a_plugged_in_host_stays_as_it_is_in_training_mode() -> None:
    network = SmallUnet()
    net = plug_in(host_from_module(network, LEVELS, output="head"), preset=tiny_preset())
    net.train()
    assert net.fusion.training
    assert not any(m.training for m in network.modules())
    assert not any(p.requires_grad for p in network.parameters())
    assert all(p.requires_grad for p in net.refinement.parameters())


def test_networks_of_known_libraries_are_plugged_in_as_they_are() -> None:
    network = lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=21)
    net = plug_in(network, preset=tiny_preset()).eval()
    with torch.inference_mode():
        assert net.encode(image()).odds.shape[1] == 21
    assert plug_in(Flat(), preset=tiny_preset()).host.feature_channels == (3,)


def test_the_normalisation_and_the_background_of_a_known_network_can_be_said() -> None:
    network = smp.Unet("resnet18", encoder_weights=None, classes=4).eval()
    plain, other = as_host(network), as_host(network, mean=[0.0] * 3, std=[2.0] * 3, background=3)
    x = image(size=(64, 64))
    with torch.inference_mode():
        torch.testing.assert_close(other(x).logit, network(x / 2))
        assert not torch.equal(plain(x).logit, other(x).logit)
    assert (plain.background, other.background) == (0, 3)
    with pytest.raises(ValueError, match="background among the 4 classes, got 4"):
        as_host(network, background=4)


def test_any_other_network_is_refused_with_what_to_do() -> None:
    with pytest.raises(TypeError, match="got SmallUnet: host_from_module makes a host of it"):
        plug_in(SmallUnet())


class OneSize(SmallUnet):
    """Stands for a network that takes images of one size, as vision transformers do."""

    def forward(self, x: Tensor) -> Tensor:
        raise AssertionError("Input height (64) doesn't match model (224).\nand more")


def test_a_network_that_takes_images_of_one_size_alone_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"expected a network for images .*model \(224\)\.$"):
        host_from_module(OneSize(), LEVELS)


@pytest.mark.parametrize("std", [(0.0, 1.0, 1.0), (float("nan"), 1.0, 1.0), (-1.0, 1.0, 1.0)])
def test_a_normalisation_that_divides_by_no_positive_number_is_refused(
    std: tuple[float, ...],
) -> None:
    with pytest.raises(ValueError, match="finite numbers for mean, and above 0 for std, got"):
        host_from_module(SmallUnet(), LEVELS, std=std)


@pytest.mark.parametrize("host", [nn.Linear(1, 1), None, 3])
def test_what_is_no_host_is_refused_by_its_type(host: object) -> None:
    with pytest.raises(TypeError, match=f"expected a Host or its name, got {type(host).__name__}"):
        FASegNet(host)  # type: ignore[arg-type]


def test_weights_are_filled_into_a_host_and_into_no_other_network(tmp_path: Path) -> None:
    save_model(tiny_network(), tmp_path / "a.safetensors")
    with pytest.raises(TypeError, match="expected a Host or its name, got Linear"):
        load_model(tmp_path / "a.safetensors", host=nn.Linear(1, 1))  # type: ignore[arg-type]
