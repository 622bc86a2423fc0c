import json
from pathlib import Path

import pytest
import torch

from napari_faseg.models import (
    FASegNet,
    available_weights,
    library,
    load_model,
    read_card,
    save_model,
)
from tests.models.networks import TinyHost, image, tiny_preset


@pytest.fixture(scope="module")
def net() -> FASegNet:
    torch.manual_seed(0)
    return FASegNet(preset=tiny_preset(decoder_channels=8)).eval()


def segmented(net: FASegNet) -> torch.Tensor:
    with torch.inference_mode():
        return net.segment(net.encode(image()), torch.tensor([[[9.0, 9.0, 1.0]]]))


def test_a_saved_network_comes_back_with_its_preset_and_numbers(
    net: FASegNet, tmp_path: Path
) -> None:
    save_model(net, tmp_path / "net.safetensors", dtype=torch.float32)
    loaded = load_model(tmp_path / "net.safetensors")
    assert loaded.preset == net.preset
    assert torch.equal(segmented(loaded), segmented(net))


def test_half_precision_changes_little(net: FASegNet, tmp_path: Path) -> None:
    save_model(net, tmp_path / "net.safetensors")
    torch.testing.assert_close(
        segmented(load_model(tmp_path / "net.safetensors")), segmented(net), atol=0.02, rtol=0.02
    )


def test_a_number_too_large_for_the_type_is_refused(tmp_path: Path) -> None:
    net = FASegNet(preset=tiny_preset(decoder_channels=8))
    torch.nn.init.constant_(net.refinement.last.bias, 1e6)
    with pytest.raises(ValueError, match=r"refinement\.last\.bias"):
        save_model(net, tmp_path / "net.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["unet", "lraspp_mobilenet_v3_large"])
def test_a_file_records_the_name_of_the_host(host: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = FASegNet(host, preset=tiny_preset(encoder="resnet18", decoder_channels=8)).eval()
    save_model(net, tmp_path / "net.safetensors", dtype=torch.float32)
    loaded = load_model(tmp_path / "net.safetensors")
    assert loaded.host_name == host
    assert torch.equal(segmented(loaded), segmented(net))


def test_a_host_without_a_name_is_passed_again_and_filled(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = FASegNet(TinyHost(), preset=tiny_preset()).eval()
    path = tmp_path / "net.safetensors"
    save_model(net, path, dtype=torch.float32)
    host = TinyHost()
    loaded = load_model(path, host=host)
    assert loaded.host is host
    assert torch.equal(segmented(loaded), segmented(net))
    with pytest.raises(ValueError, match=r"net\.safetensors has no name: pass it as host="):
        load_model(path)
    other = TinyHost()
    other.head = torch.nn.Conv2d(6, 2, 1)
    with pytest.raises(ValueError, match=r"expected whole weights .*") as error:
        load_model(path, host=other)
    assert "\n" not in str(error.value)


def test_layers_that_share_their_numbers_are_saved_in_full_precision(tmp_path: Path) -> None:
    def host() -> TinyHost:
        made = TinyHost()
        made.twin = made.head  # the same numbers under two names
        return made

    net = FASegNet(host(), preset=tiny_preset()).eval()
    save_model(net, tmp_path / "net.safetensors", dtype=torch.float32)
    loaded = load_model(tmp_path / "net.safetensors", host=host())
    assert torch.equal(segmented(loaded), segmented(net))


def test_a_host_is_not_passed_where_the_file_names_one(net: FASegNet, tmp_path: Path) -> None:
    save_model(net, tmp_path / "net.safetensors")
    with pytest.raises(ValueError, match="is 'deeplabv3plus': pass none"):
        load_model(tmp_path / "net.safetensors", host=TinyHost())


def test_a_copy_for_inference_cannot_be_saved(net: FASegNet, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the network itself, got its copy for inference"):
        save_model(net.for_inference(), tmp_path / "net.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dtype", [torch.int8, torch.bool, torch.complex64])
def test_weights_are_not_saved_as_numbers_that_cannot_hold_them(
    dtype: torch.dtype, net: FASegNet, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"expected a type of floats, .*, got {dtype}"):
        save_model(net, tmp_path / "net.safetensors", dtype=dtype)
    assert list(tmp_path.iterdir()) == []


def test_weights_can_be_saved_as_floats_of_8_bits(net: FASegNet, tmp_path: Path) -> None:
    save_model(net, tmp_path / "net.safetensors", dtype=torch.float8_e5m2)
    weight = load_model(tmp_path / "net.safetensors").refinement.first.weight
    torch.testing.assert_close(weight, net.refinement.first.weight, rtol=0.13, atol=1e-4)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-100], lambda b: b[:40], lambda b: b"", lambda b: b"PK" * 99]
)
def test_a_damaged_file_is_refused_in_one_sentence(net: FASegNet, tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "net.safetensors"
    save_model(net, path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"expected .*weights of a FASegNet") as error:
        load_model(path)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="'nowhere'"):
        load_model("nowhere")


def test_packaged_weights_with_another_hash_are_refused(
    net: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(net, tmp_path / "net.safetensors", card={"seed": 3})
    entry = {"file": "net.safetensors", "sha256": "0" * 64, "description": "a test"}
    (tmp_path / "index.json").write_text(json.dumps({"tested": entry}))
    monkeypatch.setattr(library, "PACKAGED", tmp_path)
    monkeypatch.setattr(library, "INDEX", tmp_path / "index.json")
    (info,) = available_weights()
    assert (info.name, read_card(info.path)) == ("tested", {"seed": 3})
    with pytest.raises(ValueError, match="SHA-256 differs"):
        load_model("tested")
