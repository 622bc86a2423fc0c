"""Weights as files: safetensors with a JSON header that says what network they are for."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse
from safetensors.torch import save as serialise
from torch import Tensor

from napari_faseg._durable import replace_file
from napari_faseg.models.faseg import FASegNet
from napari_faseg.models.hosts import Host
from napari_faseg.models.hosts.base import check_host
from napari_faseg.models.library import available_weights, checked_content, new_weights_path
from napari_faseg.models.presets import Preset

HEADER = "napari_faseg"
FORMAT = 1


def load_model(
    name_or_path: str | Path = "default", *, device: str = "cpu", host: Host | None = None
) -> FASegNet:
    """Load a network, ready to predict.

    Parameters
    ----------
    name_or_path
        Name among :func:`~napari_faseg.available_weights`, or a file written by :func:`save_model`.
    device
        Name that torch knows.
    host
        For weights whose host has no name: one like that they were saved with, which is filled
        with its numbers.

    Raises
    ------
    FileNotFoundError
        If there is neither such a name nor such a file.
    ValueError
        If the file is damaged or made for another program, or the host is missing, another one,
        or not needed.
    TypeError
        If what is passed as host is none.
    """
    if host is not None:
        check_host(host)
    known = {info.name: info for info in available_weights()}
    info = known.get(str(name_or_path))
    path = info.path if info else Path(name_or_path)
    if not path.is_file():
        raise FileNotFoundError(
            f"expected weights among {sorted(known)} or a file, got {str(name_or_path)!r}"
        )
    content = checked_content(info) if info else path.read_bytes()
    return _build(content, path, host).to(device).eval()


def add_weights(path: str | Path, name: str | None = None) -> None:
    """Copy a file of weights, whole or not at all, to where they are known by a name.

    Parameters
    ----------
    path
        A file written by :func:`save_model` or by a training run.
    name
        That of the file unless given.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, made for another program or for a host without a name; or if the
        name is none, or is taken.
    """
    source = Path(path)
    if not source.is_file():
        raise FileNotFoundError(f"expected a file of weights, got {str(path)!r}")
    content = source.read_bytes()
    _build(content, source, None)
    target = new_weights_path(source.stem if name is None else name)
    replace_file(target, lambda part: part.write_bytes(content))


def read_card(path: str | Path) -> dict[str, object]:
    """Return what a file of weights says about its training data, recipe and scores.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged or made for another program.
    """
    return dict(_header(Path(path).read_bytes(), Path(path))["card"])


def save_model(
    model: FASegNet,
    path: str | Path,
    *,
    card: Mapping[str, object] | None = None,
    dtype: torch.dtype = torch.float16,
) -> None:
    """Write a network to a file, whole or not at all.

    Parameters
    ----------
    model
        Whatever its host; one that was not made by name is needed again to load the file.
    path
        File to write; its folder must exist.
    card
        What to say about the training: data, recipe, scores. Anything that JSON knows.
    dtype
        Type of the stored numbers: floats.

    Raises
    ------
    ValueError
        If it is a copy for inference, ``dtype`` is none of floats, or a number does not fit it.
    """
    if model.is_for_inference:
        raise ValueError("expected the network itself, got its copy for inference")
    if not dtype.is_floating_point:
        raise ValueError(f"expected a type of floats, such as torch.float16, got {dtype}")
    header = {
        "format": FORMAT,
        "host": model.host_name,
        "frozen_host": model.frozen_host,
        "preset": asdict(model.preset),
        "card": dict(card or {}),
    }
    tensors = {name: _stored(name, t, dtype) for name, t in model.state_dict().items()}
    content = serialise(tensors, {HEADER: json.dumps(header)})
    replace_file(Path(path), lambda part: part.write_bytes(content))


def _stored(name: str, tensor: Tensor, dtype: torch.dtype) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
    stored = tensor.detach().cpu().to(dtype, copy=True).contiguous()  # layers may share one
    if not bool(stored.float().isfinite().all()):  # a float of 8 bits cannot tell
        raise ValueError(f"expected numbers that fit {dtype} in {name}, got larger ones")
    return stored


def _build(content: bytes, path: Path, host: Host | None) -> FASegNet:
    """Make the network that the content of a file describes."""
    header = _header(content, path)
    name: str | None = header.get("host")
    if (name is None) == (host is None):
        known = "has no name: pass it as host=..." if host is None else f"is {name!r}: pass none"
        raise ValueError(f"the host of the weights in {path} {known}")
    try:
        preset = header["preset"] | {"regions": tuple(header["preset"]["regions"])}
        model = FASegNet(
            name or host,  # type: ignore[arg-type]  # one of them is given
            preset=Preset(**preset),
            frozen_host=bool(header.get("frozen_host", False)),
        )
        tensors = {k: t.float() if t.is_floating_point() else t for k, t in parse(content).items()}
        model.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, TypeError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"expected whole weights of a FASegNet in {path}: {reason}") from error
    return model


def _header(content: bytes, path: Path) -> dict[str, Any]:
    """Read the JSON header without the tensors."""
    try:
        (length,) = struct.unpack("<Q", content[:8])
        header: dict[str, Any] = json.loads(
            json.loads(content[8 : 8 + length])["__metadata__"][HEADER]
        )
        known = header["format"] == FORMAT
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"expected weights of a FASegNet, got another file: {path}") from error
    if not known:
        raise ValueError(f"expected weights of format {FORMAT} in {path}, got {header['format']}")
    return header
