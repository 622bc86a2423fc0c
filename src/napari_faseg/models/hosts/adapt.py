"""Networks of known libraries as hosts, without saying which layers to read."""

from __future__ import annotations

from collections.abc import Sequence

from segmentation_models_pytorch.base import SegmentationModel
from torch import nn
from torchvision.models.segmentation import FCN, LRASPP, DeepLabV3

from napari_faseg.models.hosts.base import IMAGENET_MEAN, IMAGENET_STD, Host
from napari_faseg.models.hosts.smp import SmpHost
from napari_faseg.models.hosts.torchvision import torchvision_host


def as_host(
    network: nn.Module,
    *,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    background: int | None = 0,
) -> Host:
    """Return a network as a host; a host is returned as it is.

    Parameters
    ----------
    network
        A `Host`, or a network of ``segmentation_models_pytorch`` or of
        ``torchvision.models.segmentation``.
    mean, std
        Normalisation that it expects, for images in [0, 1]; that of ImageNet unless given.
    background
        Which of several classes is no object; None: each of them is one.

    Raises
    ------
    TypeError
        If it is another one.
    ValueError
        If the background is none of its classes, the network takes other images than the
        normalisation gives, or is not of 32-bit floats.
    """
    if isinstance(network, Host):
        return network
    if isinstance(network, SegmentationModel):
        return SmpHost(network, mean, std, background)
    if isinstance(network, FCN | DeepLabV3 | LRASPP):
        return torchvision_host(network, mean, std, background)
    raise TypeError(
        "expected a Host or a network of segmentation_models_pytorch or torchvision, got "
        f"{type(network).__name__}: host_from_module makes a host of it"
    )
