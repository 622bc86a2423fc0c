import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from napari_faseg.models import (
    FASegNet,
    available_weights,
    build_host,
    host_names,
    load_model,
    register_host,
)
from napari_faseg.models.hosts import registry
from tests.models.networks import TinyHost, image, tiny_preset

ENCODERS = ["tu-tf_efficientnet_lite1", "resnet50", "resnet101", "vgg19"]


@pytest.mark.parametrize("output_stride", [8, 16])
@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_encoder_gives_five_levels_at_its_output_stride(
    encoder: str, output_stride: int
) -> None:
    host = build_host(encoder=encoder, output_stride=output_stride, decoder_channels=16).eval()
    with torch.inference_mode():
        output = host(torch.rand(1, 3, 64, 96))
    strides = [64 // f.shape[2] for f in output.features]
    assert strides == [min(s, output_stride) for s in (2, 4, 8, 16, 32)]
    assert [96 // f.shape[3] for f in output.features] == strides
    assert tuple(f.shape[1] for f in output.features) == host.feature_channels
    assert output.decoder.shape[1] == host.decoder_channels == 16
    assert output.logit.shape == (1, 1, *output.decoder.shape[2:])


def test_a_dilated_vgg_keeps_the_weights_of_the_plain_one() -> None:
    with torch.device("meta"):
        host = build_host(encoder="vgg19", output_stride=8)
        plain = build_host(encoder="vgg19", output_stride=16)
    assert host.state_dict().keys() == plain.state_dict().keys()


def test_the_packaged_weights_fill_the_host_of_their_name_bit_for_bit() -> None:
    (path,) = (info.path for info in available_weights() if info.name == "default")
    stored, net = load_file(path), load_model()
    assert net.host_name == "deeplabv3plus"
    assert net.state_dict().keys() == stored.keys()
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, stored[name].to(tensor.dtype)), name


@pytest.mark.parametrize("host", host_names())
def test_every_host_takes_clicks_one_by_one_as_all_at_once(host: str) -> None:
    encoder = {"dpt": "tu-vit_tiny_patch16_224", "segformer": "mit_b0"}.get(host, "resnet18")
    torch.manual_seed(0)
    net = FASegNet(host, preset=tiny_preset(encoder=encoder, decoder_channels=32)).eval()
    clicks = torch.tensor([[[9.0, 9.0, 1.0], [30.0, 50.0, -1.0]]])
    with torch.inference_mode():
        features = net.encode(image())
        nothing = net.segment(features, clicks[:, :0])
        net.segment(features, clicks[:, :1])
        logits = net.segment(features, clicks)
        assert torch.equal(logits, net.segment(net.encode(image()), clicks))
    assert logits.shape == net.coarse(features).shape == (1, 1, *image().shape[-2:])
    assert not torch.equal(logits, nothing)
    assert len(features.scales) == len(net.host.feature_channels) <= 5
    assert net.refinement.guide_channels == 1 + 2 * len(features.scales) + 5


def test_a_pyramid_that_needs_larger_images_gets_them_and_shows_none_of_it() -> None:
    host = build_host("pan", "resnet18", decoder_channels=8).eval()
    with torch.inference_mode():
        output = host(torch.rand(1, 3, 64, 192))
    shapes = [tuple(level.shape[-2:]) for level in output.features]
    assert shapes == [(32, 96), (16, 48), (8, 24), (4, 12), (4, 12)]
    assert output.logit.shape[-2:] == (16, 48)


@pytest.mark.parametrize(
    ("host", "options", "message"),
    [
        ("unett", {}, "expected a host among deeplabv3, .*unetplusplus, upernet, got 'unett'"),
        ("unet", {"output_stride": 32}, "8 or 16, got 32"),
        ("pan", {"output_stride": 8}, "stride of 16 for the host 'pan', got 8"),
        ("fpn", {"decoder_channels": 8}, "32 times n for 'fpn', got 8"),
        ("unet", {"encoder": "resnet19"}, "got 'resnet19', near: resnet1"),
        ("unet", {"encoder": "tu-resnet19"}, "got 'tu-resnet19', near: tu-resnet"),
        ("dpt", {"encoder": "resnet18"}, "vision transformer .* got 'resnet18'"),
        ("dpt", {"encoder": "tu-resnet18"}, "vision transformer .* got 'tu-resnet18'"),
    ],
)
def test_what_cannot_be_built_is_refused_in_one_sentence(
    host: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as error:
        build_host(host, **{"encoder": "resnet18", **options})  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_a_registered_host_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_BUILDERS", dict(registry._BUILDERS))

    @register_host("tiny")
    def tiny(options: registry.HostOptions) -> TinyHost:
        return TinyHost()

    assert "tiny" in host_names()
    assert isinstance(FASegNet("tiny", preset=tiny_preset()).host, TinyHost)
    with pytest.raises(ValueError, match="a host called 'tiny' is registered already"):
        register_host("tiny")


def installed(folder: Path, package: str, entry: str, source: str = "") -> None:
    """Lay out a package with an entry point as an installer would."""
    about = folder / f"{package}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[napari_faseg.hosts]\n{entry}\n")
    (folder / f"{package}.py").write_text(source)


BROUGHT = """
from tests.models.networks import TinyHost

def make(options):
    return TinyHost() if options.decoder_channels == 64 else "no host"
"""


def test_a_package_brings_a_host_by_an_entry_point_that_is_imported_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "brings_a_host", "brought = brings_a_host:make", BROUGHT)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "brought" in host_names()
    assert "brings_a_host" not in sys.modules
    assert isinstance(FASegNet("brought", preset=tiny_preset()).host, TinyHost)
    with pytest.raises(TypeError, match="'brought' to make a Host, got str"):
        build_host("brought", decoder_channels=3)


def test_a_package_that_cannot_be_imported_or_brings_a_taken_name_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "brings_nothing", "gone = brings_nothing:make\nboth = brings_nothing:make")
    installed(tmp_path, "brings_it_too", "both = brings_it_too:make\nunet = brings_it_too:make")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        ImportError, match="host 'gone' of brings_nothing cannot be imported: .*make"
    ):
        build_host("gone")
    with pytest.raises(ValueError, match="one package .* got brings_it_too, brings_nothing"):
        build_host("both")
    assert build_host("unet", "resnet18", decoder_channels=8).decoder_channels == 2  # our own
