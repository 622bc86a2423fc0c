"""The network that a run begins with: known weights, those of ImageNet, or random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from napari_faseg.models import FASegNet, Host, build_host, load_model
from napari_faseg.models.hosts.torchvision import NAMES as WITH_OWN_ENCODER
from napari_faseg.models.presets import Preset, find_preset
from napari_faseg.training.choices import IMAGENET, NOTHING
from napari_faseg.training.pretrained import hub_asked_once

HOST = "deeplabv3plus"


def begin_network(
    init: str,
    *,
    preset: str | None = None,
    host: str | None = None,
    encoder: str | None = None,
    seed: int = 0,
) -> FASegNet:
    """Return a network to train; the same one for the same choices, in every process.

    Parameters
    ----------
    init
        Weights, by name or file, or ``"imagenet"`` or ``"nothing"`` for a new network.
    preset, host, encoder
        Of a new network: a name of a preset (``"default"`` unless given), of a host
        (``"deeplabv3plus"``), and of an encoder in place of that of the preset.
    seed
        Of its random numbers.

    Raises
    ------
    ValueError
        If weights are to be of another network than their own, a host has its own encoder, or it
        takes no weights of ImageNet.
    FileNotFoundError
        If there are no such weights.
    OSError
        If weights of ImageNet can neither be downloaded nor were before.
    """
    _refuse_idle(init, network=preset, host=host, encoder=encoder)
    if init not in (IMAGENET, NOTHING):
        return load_model(init)
    sizes, host = find_preset(preset or "default"), host or HOST
    with _seeded(seed):
        model = FASegNet(host, preset=replace(sizes, encoder=encoder) if encoder else sizes)
    if init == IMAGENET:
        with _seeded(seed):
            fetched = _fetched(host, model.preset).encoder.state_dict()
        _refuse_untaught(host, model.host.encoder.state_dict(), fetched)
        model.host.encoder.load_state_dict(fetched)
    return model


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let every process, and a run that is resumed, begin with the same random numbers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _refuse_untaught(host: str, without: dict[str, Tensor], fetched: dict[str, Tensor]) -> None:
    """Refuse a host whose encoder is the same with weights of ImageNet and without them."""
    if all(torch.equal(tensor, without[name]) for name, tensor in fetched.items()):
        raise ValueError(
            f"expected a host that takes weights of {IMAGENET}, got {host}, which is the same "
            f"without them: --init {NOTHING} begins with it as it is"
        )


def _refuse_idle(init: str, **given: str | None) -> None:
    """Refuse choices that nothing would come of: another one has made them already."""
    idle = [f"--{name} {value}" for name, value in given.items() if value is not None]
    if idle and init not in (IMAGENET, NOTHING):
        raise ValueError(
            f"expected --init {IMAGENET} or {NOTHING} with {idle[0]}, got {init}: those weights "
            "have their own network"
        )
    host, encoder = given["host"], given["encoder"]
    if encoder is not None and host in WITH_OWN_ENCODER:
        raise ValueError(
            f"expected no --encoder with --host {host}, which has its own, got {encoder}: leave "
            "it out, or choose another host"
        )


def _fetched(host: str, sizes: Preset) -> Host:
    """Return a host whose encoder has weights of ImageNet, which a library downloads."""
    try:
        with hub_asked_once():
            return build_host(
                host,
                sizes.encoder,
                output_stride=sizes.output_stride,
                decoder_channels=sizes.decoder_channels,
                encoder_weights=IMAGENET,
            )
    except OSError as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise OSError(
            f"expected to download weights of {IMAGENET} for {host}, got: {reason}"
        ) from error
