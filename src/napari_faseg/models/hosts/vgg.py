"""Dilation of VGG encoders, which ``segmentation_models_pytorch`` refuses to do."""

from __future__ import annotations

from typing import cast

from torch import nn


def dilate_vgg(encoder: nn.Module, output_stride: int) -> nn.Module:
    """Let the deep levels of a VGG encoder keep the resolution of ``output_stride``.

    The last pools lose their stride (two of them for stride 8, one for stride 16), and the
    convolutions behind each such pool are dilated so that their receptive field stays.

    Parameters
    ----------
    encoder
        A VGG encoder of ``segmentation_models_pytorch``; changed in place and returned.
    output_stride
        8 or 16.
    """
    layers = cast(nn.Sequential, encoder.features)
    pools = [i for i, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)]
    unstrided = pools[-2:] if output_stride == 8 else pools[-1:]
    dilation = 1
    for i, layer in enumerate(layers):
        if i in unstrided:
            layers[i] = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
            dilation *= 2
        elif isinstance(layer, nn.Conv2d) and dilation > 1:
            layer.dilation = (dilation, dilation)
            layer.padding = (dilation, dilation)
    return encoder
