"""Our part in front of somebody else's network."""

from __future__ import annotations

from torch import nn

from napari_faseg.models.faseg import FASegNet
from napari_faseg.models.hosts import as_host
from napari_faseg.models.presets import Preset


def plug_in(host: nn.Module, *, preset: str | Preset = "default") -> FASegNet:
    """Make a trained segmentation network interactive.

    The network stays as it is, whatever the training: only the attention and the refinement learn,
    and without them it goes on to segment as it did.

    Parameters
    ----------
    host
        A `Host`, such as `host_from_module` makes of any network, or a network of
        ``segmentation_models_pytorch`` or ``torchvision.models.segmentation``. It is frozen.
    preset
        Sizes of our part, see `FASegNet`.

    Returns
    -------
    FASegNet
        To be trained with `fit`, best with ``TrainConfig(frozen_host=True)``.

    Raises
    ------
    TypeError
        If it is another network.
    """
    return FASegNet(as_host(host), preset=preset, frozen_host=True)
