import pytest
import torch

from napari_faseg.models import build_host

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


def test_an_unknown_architecture_or_stride_is_refused() -> None:
    with pytest.raises(ValueError, match="'deeplabv3plus', got 'unett'"):
        build_host("unett")
    with pytest.raises(ValueError, match="8 or 16, got 32"):
        build_host(output_stride=32)
