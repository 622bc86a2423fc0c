"""The segmentation networks of torchvision as hosts, by the names that they have there."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from torchvision.models import get_model

from napari_faseg.models.hosts.base import IMAGENET_MEAN, IMAGENET_STD, Host
from napari_faseg.models.hosts.module import host_from_module
from napari_faseg.models.hosts.registry import Builder, HostOptions, register_host

NAMES = (
    "fcn_resnet50",
    "fcn_resnet101",
    "deeplabv3_resnet50",
    "deeplabv3_resnet101",
    "deeplabv3_mobilenet_v3_large",
    "lraspp_mobilenet_v3_large",
)
RESNET_LEVELS = ("relu", "layer1", "layer2", "layer3", "layer4")
MOBILENET_LEVELS = ("1", "3", "6", "12", "16")  # the ends of its stages


def torchvision_host(
    network: nn.Module,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    background: int | None = 0,
) -> Host:
    """Make a host of a segmentation network of torchvision, its classes included.

    Parameters
    ----------
    network
        One of ``torchvision.models.segmentation``; its auxiliary classifier is not used.
    mean, std
        Normalisation that it expects, for images in [0, 1].
    background
        Which of several classes is no object; None: each of them is one.
    """
    levels = RESNET_LEVELS if hasattr(network.backbone, "layer4") else MOBILENET_LEVELS
    return host_from_module(
        network,
        features=[f"backbone.{level}" for level in levels],
        decoder=_before_logits(network),
        output="classifier",
        encoder="backbone",
        mean=mean,
        std=std,
        background=background,
    )


def _before_logits(network: nn.Module) -> str:
    """Return the name of the last layer with an activation."""
    named = network.get_submodule("classifier").named_children()
    return [
        f"classifier.{name}" for name, layer in named if name == "cbr" or isinstance(layer, nn.ReLU)
    ][-1]


def _builder(name: str) -> Builder:
    def build(options: HostOptions) -> Host:
        backbone = None if options.encoder_weights is None else "DEFAULT"
        return torchvision_host(
            get_model(name, weights=None, weights_backbone=backbone, num_classes=1)
        )

    return build


for _name in NAMES:
    register_host(_name)(_builder(_name))
