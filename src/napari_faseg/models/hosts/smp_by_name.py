"""The architectures of ``segmentation_models_pytorch`` as hosts, by their names there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any, cast

import segmentation_models_pytorch as smp
import timm
from segmentation_models_pytorch.decoders.deeplabv3.decoder import DeepLabV3PlusDecoder
from torch import nn

from napari_faseg.models.hosts.base import IMAGENET_MEAN, IMAGENET_STD, MOST_LEVELS, Host
from napari_faseg.models.hosts.registry import Builder, HostOptions, register_host
from napari_faseg.models.hosts.smp import SmpHost
from napari_faseg.models.hosts.vgg import dilate_vgg

LITE_MEAN = (127 / 255, 127 / 255, 127 / 255)
LITE_STD = (128 / 255, 128 / 255, 128 / 255)
TIMM = "tu-"  # begins the names of encoders that come from timm
GROUPS = 32  # of the group norms in an FPN
PATCHES = (8, 16, 32)  # sides in pixels that the decoder of a DPT can bring to its own strides


def _pyramid(options: HostOptions) -> dict[str, Any]:
    """Return channels that halve from stride 16 to 1: those asked for are at stride 4."""
    widest = 4 * options.decoder_channels
    return {"decoder_channels": tuple(max(1, widest >> i) for i in range(MOST_LEVELS))}


def _fpn(options: HostOptions) -> dict[str, Any]:
    channels = options.decoder_channels
    if channels % GROUPS:
        raise ValueError(f"expected decoder_channels of {GROUPS} times n for 'fpn', got {channels}")
    return {"decoder_pyramid_channels": 2 * channels, "decoder_segmentation_channels": channels}


def _dilated(options: HostOptions) -> dict[str, Any]:
    return {
        "encoder_output_stride": options.output_stride,
        "decoder_channels": options.decoder_channels,
        "decoder_atrous_rates": _rates(options),
    }


def _rates(options: HostOptions) -> tuple[int, int, int]:
    return (12, 24, 36) if options.output_stride == 8 else (6, 12, 18)


def _pan(options: HostOptions) -> dict[str, Any]:
    stride = options.output_stride
    if stride != 16:
        raise ValueError(f"expected an output stride of 16 for the host 'pan', got {stride}")
    return {"encoder_output_stride": stride, "decoder_channels": options.decoder_channels}


def _dpt(options: HostOptions) -> dict[str, Any]:
    widths = tuple(options.decoder_channels * n for n in (1, 2, 4, 4))
    return {
        "decoder_intermediate_channels": widths,
        "decoder_fusion_channels": options.decoder_channels,
        "dynamic_img_size": True,
    }


SIZES: dict[str, Callable[[HostOptions], dict[str, Any]]] = {
    "unet": _pyramid,
    "unetplusplus": _pyramid,
    "manet": _pyramid,
    "linknet": lambda _: {},
    "fpn": _fpn,
    "pspnet": lambda options: {"psp_out_channels": options.decoder_channels},
    "deeplabv3": _dilated,
    "deeplabv3plus": _dilated,
    "pan": _pan,
    "upernet": lambda options: {"decoder_channels": options.decoder_channels},
    "segformer": lambda options: {"decoder_segmentation_channels": options.decoder_channels},
    "dpt": _dpt,
}


def _builder(name: str) -> Builder:
    def build(options: HostOptions) -> Host:
        network = _network(name, options)
        return SmpHost(network, *_normalisation(options.encoder, network))

    return build


def _network(name: str, options: HostOptions) -> nn.Module:
    encoder, weights = options.encoder, options.encoder_weights
    _refuse_unknown(encoder)
    if name == "deeplabv3plus" and encoder.startswith("vgg"):
        return _deeplab_on_vgg(options)
    sizes = SIZES[name](options)
    fetched = weights if weights is None or not encoder.startswith(TIMM) else True
    make = partial(smp.create_model, name, encoder, fetched, **sizes)
    network: nn.Module = _on_transformer(make, encoder) if name == "dpt" else make()
    return network


def _on_transformer(make: Callable[[], nn.Module], encoder: str) -> nn.Module:
    """Make a DPT, refusing encoders that are no vision transformer, or cut images otherwise."""
    try:
        network = make()
    except (TypeError, ValueError):
        network = None
    if network is None or cast(nn.Module, network.encoder).output_stride not in PATCHES:
        raise ValueError(
            "expected a vision transformer with patches of 8, 16 or 32 pixels, such as "
            f"'tu-vit_tiny_patch16_224', as the encoder of the host 'dpt', got {encoder!r}"
        )
    return network


def _normalisation(encoder: str, network: nn.Module) -> tuple[Sequence[float], Sequence[float]]:
    """Return mean and standard deviation of the images that an encoder was trained on."""
    if "efficientnet_lite" in encoder:
        return LITE_MEAN, LITE_STD
    model = getattr(network.encoder, "model", None)
    known: dict[str, Any] = getattr(model, "pretrained_cfg", None) or {}
    return known.get("mean", IMAGENET_MEAN), known.get("std", IMAGENET_STD)


def _deeplab_on_vgg(options: HostOptions) -> nn.Module:
    """DeepLabV3+ on a VGG, which the library refuses to dilate."""
    channels, stride = options.decoder_channels, options.output_stride
    network: nn.Module = smp.Unet(options.encoder, encoder_weights=options.encoder_weights)
    network.encoder = dilate_vgg(cast(nn.Module, network.encoder), stride)
    network.decoder = DeepLabV3PlusDecoder(
        encoder_channels=network.encoder.out_channels,
        encoder_depth=MOST_LEVELS,
        out_channels=channels,
        atrous_rates=_rates(options),
        output_stride=stride,
        aspp_separable=True,
        aspp_dropout=0.5,
    )
    network.segmentation_head = nn.Sequential(nn.Conv2d(channels, 1, kernel_size=1))
    return network


for _name in SIZES:
    register_host(_name)(_builder(_name))


def _refuse_unknown(encoder: str) -> None:
    """Refuse an encoder of an unknown name; the message has those that are spelt alike."""
    if encoder.startswith(TIMM):
        name = encoder.removeprefix(TIMM)
        if timm.is_model(name.split(".")[0]):
            return
        near = [TIMM + found for found in get_close_matches(name, timm.list_models())]
    else:
        names = smp.encoders.get_encoder_names()
        if encoder in names:
            return
        near = get_close_matches(encoder, names)
    advice = f", near: {', '.join(near)}" if near else ""
    raise ValueError(f"expected an encoder of segmentation_models_pytorch, got {encoder!r}{advice}")
