"""Host networks: whatever segments without clicks and lets us read its features.

A host turns an image into five feature levels, the map of its decoder and one class-agnostic
foreground logit (the coarse result I_C of Sun et al. 2022). It never sees a click, so one
pass serves every click on that image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.decoders.deeplabv3.decoder import DeepLabV3PlusDecoder
from torch import Tensor, nn

from napari_faseg.models.vgg import dilate_vgg

N_LEVELS = 5
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
LITE_MEAN = (127 / 255, 127 / 255, 127 / 255)
LITE_STD = (128 / 255, 128 / 255, 128 / 255)


@dataclass(frozen=True)
class HostOutput:
    """What a host says about one batch of images.

    Attributes
    ----------
    features
        Five maps, fine to coarse, ``(b, c_i, h_i, w_i)``: F_0 to F_4 of the paper.
    decoder
        ``(b, c, h', w')`` map of the decoder: I_F of the paper.
    logit
        ``(b, 1, h', w')`` foreground logit without any click: I_C of the paper.
    """

    features: tuple[Tensor, ...]
    decoder: Tensor
    logit: Tensor


class Host(nn.Module):
    """Base class of hosts: ``forward(image)`` gives a :class:`HostOutput`.

    Attributes
    ----------
    feature_channels
        Channels of the five feature levels.
    decoder_channels
        Channels of the decoder map.
    """

    feature_channels: tuple[int, ...]
    decoder_channels: int
    encoder: nn.Module

    def forward(self, image: Tensor) -> HostOutput:
        """Run the host on ``(b, 3, h, w)`` images in [0, 1], h and w multiples of 32."""
        raise NotImplementedError


class SmpHost(Host):
    """A network of ``segmentation_models_pytorch`` as a host.

    Parameters
    ----------
    network
        Its ``encoder``, ``decoder`` and ``segmentation_head`` are used.
    decoder_channels
        Channels of the decoder map.
    mean, std
        Per-channel normalisation that the encoder expects, for images in [0, 1].
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        network: nn.Module,
        decoder_channels: int,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        super().__init__()
        self.encoder = cast(nn.Module, network.encoder)
        self.decoder = cast(nn.Module, network.decoder)
        self.head = cast(nn.Sequential, network.segmentation_head)[0]
        channels = cast(Sequence[int], self.encoder.out_channels)
        self.feature_channels = tuple(channels[-N_LEVELS:])
        self.decoder_channels = decoder_channels
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> HostOutput:
        """Run the host on ``(b, 3, h, w)`` images in [0, 1], h and w multiples of 32."""
        image = ((image - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        features = self.encoder(image)
        decoded = self.decoder(features)
        return HostOutput(tuple(features[-N_LEVELS:]), decoded, self.head(decoded))


def build_host(
    architecture: str = "deeplabv3plus",
    encoder: str = "tu-tf_efficientnet_lite1",
    *,
    output_stride: int = 16,
    decoder_channels: int = 256,
    encoder_weights: str | None = None,
) -> Host:
    """Make a host by name.

    Parameters
    ----------
    architecture
        Name of an architecture, for now ``"deeplabv3plus"``.
    encoder
        Any encoder of ``segmentation_models_pytorch`` that can be dilated, or ``"vgg19"``.
    output_stride
        Stride of the coarsest feature level, 8 or 16.
    decoder_channels
        Channels of the decoder map I_F.
    encoder_weights
        Name of pretrained encoder weights to download (``"imagenet"``), or None for random ones.

    Raises
    ------
    ValueError
        If the architecture or the output stride is not known.
    """
    if architecture != "deeplabv3plus":
        raise ValueError(f"expected the host architecture 'deeplabv3plus', got {architecture!r}")
    if output_stride not in (8, 16):
        raise ValueError(f"expected an output stride of 8 or 16, got {output_stride}")
    rates = (12, 24, 36) if output_stride == 8 else (6, 12, 18)
    if encoder.startswith("vgg"):
        network = _deeplab_on_vgg(encoder, output_stride, decoder_channels, rates, encoder_weights)
    else:
        network = smp.DeepLabV3Plus(
            encoder,
            encoder_weights=encoder_weights,
            encoder_output_stride=output_stride,
            decoder_channels=decoder_channels,
            decoder_atrous_rates=rates,
        )
    lite = "efficientnet_lite" in encoder
    mean, std = (LITE_MEAN, LITE_STD) if lite else (IMAGENET_MEAN, IMAGENET_STD)
    return SmpHost(network, decoder_channels, mean, std)


def _deeplab_on_vgg(
    encoder: str,
    output_stride: int,
    channels: int,
    rates: tuple[int, int, int],
    weights: str | None,
) -> nn.Module:
    """DeepLabV3+ on a VGG, which the library refuses to dilate."""
    network: nn.Module = smp.Unet(encoder, encoder_weights=weights)
    network.encoder = dilate_vgg(cast(nn.Module, network.encoder), output_stride)
    network.decoder = DeepLabV3PlusDecoder(
        encoder_channels=network.encoder.out_channels,
        encoder_depth=N_LEVELS,
        out_channels=channels,
        atrous_rates=rates,
        output_stride=output_stride,
        aspp_separable=True,
        aspp_dropout=0.5,
    )
    network.segmentation_head = nn.Sequential(nn.Conv2d(channels, 1, kernel_size=1))
    return network
