"""Networks of known libraries as hosts, without saying which layers to read."""

from __future__ import annotations

from segmentation_models_pytorch.base import SegmentationModel
from torch import nn
from torchvision.models.segmentation import FCN, LRASPP, DeepLabV3

from napari_faseg.models.hosts.base import Host
from napari_faseg.models.hosts.smp import SmpHost
from napari_faseg.models.hosts.torchvision import torchvision_host


def as_host(network: nn.Module) -> Host:
    """Return a network as a host; a host is returned as it is.

    Parameters
    ----------
    network
        A `Host`, a network of ``segmentation_models_pytorch`` whose images are normalised as those
        of ImageNet, or of ``torchvision.models.segmentation``.

    Raises
    ------
    TypeError
        If it is another one.
    """
    if isinstance(network, Host):
        return network
    if isinstance(network, SegmentationModel):
        return SmpHost(network)
    if isinstance(network, FCN | DeepLabV3 | LRASPP):
        return torchvision_host(network)
    raise TypeError(
        "expected a Host or a network of segmentation_models_pytorch or torchvision, got "
        f"{type(network).__name__}: host_from_module makes a host of it"
    )
