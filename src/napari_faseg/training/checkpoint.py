"""A training run on disk: whatever it takes to go on as if it had never stopped.

Batches and clicks are functions of the configuration and the step, so that no random state has to
be kept: weights, their moving average, and the optimiser's moments are all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import Tensor
from torch.optim import Optimizer

from napari_faseg._durable import replace_file
from napari_faseg.models import FASegNet
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.schedule import MovingAverage
from napari_faseg.training.scores import Scores

HEADER = "napari_faseg_training"
FORMAT = 1


@dataclass(frozen=True)
class LastStep:
    """What a step gave; for the attributes see `Report`."""

    loss: float
    losses: Mapping[str, float]
    iou: float
    n_clicks: int
    learning_rates: tuple[float, ...]
    images_per_second: float
    scores: Scores | None = None


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes
    ----------
    step
        Steps done.
    seconds
        That they took, over all the times that the run was started.
    n_skipped
        Steps that changed nothing because their loss was not finite.
    start
        Fingerprint of the weights that the run began with; empty where nobody knows.
    untold
        What the last step gave, where nobody has heard of it yet; a run that goes on begins by
        telling it, and by measuring where that was due.
    """

    step: int = 0
    seconds: float = 0.0
    n_skipped: int = 0
    start: str = ""
    untold: LastStep | None = None


@dataclass(frozen=True)
class Parts:
    """What learns in a run; loading a checkpoint fills it in place."""

    model: FASegNet
    average: MovingAverage
    optimiser: Optimizer


def save_checkpoint(
    path: Path, parts: Parts, progress: Progress, config: TrainConfig, data: str
) -> None:
    """Write a checkpoint, whole or not at all.

    Parameters
    ----------
    path
        File to write; an older checkpoint stays until the new one is safe.
    parts, progress
        Of the run.
    config
        Its configuration.
    data
        Fingerprint of what it learns from.
    """
    header = {
        "format": FORMAT,
        "step": progress.step,
        "seconds": progress.seconds,
        "n_skipped": progress.n_skipped,
        "start": progress.start,
        "untold": None if progress.untold is None else asdict(progress.untold),
        "n_averaged": parts.average.n_updates,
        "config": config.to_dict(),
        "data": data,
    }
    content = serialise(_tensors(parts), {HEADER: json.dumps(header)})
    replace_file(path, lambda part: part.write_bytes(content))


def load_checkpoint(path: Path, parts: Parts, config: TrainConfig, data: str) -> Progress:
    """Put a run into the state of a checkpoint and return how far it had come.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is damaged, or of another configuration, network or data; the message says which.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no run to go on with at {path}")
    header, tensors = _read(path, with_tensors=True)
    _refuse_other_config(header, config, path)
    if header["data"] != data:
        raise ValueError(f"{path} is of a run on other data: go on with those, or start afresh")
    try:
        _fill(parts, tensors, int(header["n_averaged"]))
    except (RuntimeError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path} is of a run of another network: {reason}") from error
    return _progress(header)


def refuse_other_run(path: Path, model: FASegNet, config: TrainConfig) -> None:
    """Refuse a network and a configuration that the run of a checkpoint has not begun with.

    Raises
    ------
    ValueError
        If they are others, or the checkpoint is damaged.
    """
    header, _ = _read(path, with_tensors=False)
    _refuse_other_config(header, config, path)
    if header.get("start", "") not in ("", weights_fingerprint(model)):
        raise ValueError(
            f"expected the weights that the run of {path} began with, got others: "
            "begin with those, or start afresh"
        )


def weights_fingerprint(model: FASegNet) -> str:
    """Return what tells the weights of a network from others."""
    whole = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        whole.update(tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return whole.hexdigest()


def _read(path: Path, *, with_tensors: bool) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})[HEADER])
            names = file.keys() if with_tensors else ()
            return header, {name: file.get_tensor(name) for name in names}
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"expected a whole checkpoint of a run in {path}, got {error!r}"
        ) from error


def _progress(header: dict[str, Any]) -> Progress:
    untold = header.get("untold")
    if untold is not None:
        scores, rates = untold["scores"], tuple(untold["learning_rates"])
        scores = None if scores is None else Scores(**scores)
        untold = LastStep(**untold | {"scores": scores, "learning_rates": rates})
    return Progress(
        step=int(header["step"]),
        seconds=float(header["seconds"]),
        n_skipped=int(header["n_skipped"]),
        start=header.get("start", ""),
        untold=untold,
    )


def _tensors(parts: Parts) -> dict[str, Tensor]:
    found = {f"model/{k}": t for k, t in parts.model.state_dict().items()}
    found |= {f"average/{k}": t for k, t in parts.average.network.state_dict().items()}
    for index, moments in parts.optimiser.state_dict()["state"].items():
        found |= {f"optimiser/{index}/{k}": t for k, t in moments.items()}
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in found.items()}


def _fill(parts: Parts, tensors: dict[str, Tensor], n_averaged: int) -> None:
    groups: dict[str, dict[str, Tensor]] = {"model": {}, "average": {}}
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        kind, rest = name.split("/", 1)
        if kind == "optimiser":
            index, moment = rest.split("/", 1)
            moments.setdefault(int(index), {})[moment] = tensor
        else:
            groups[kind][rest] = tensor
    parts.model.load_state_dict(groups["model"])
    parts.average.network.load_state_dict(groups["average"])
    parts.average.n_updates = n_averaged
    own = parts.optimiser.state_dict()
    parts.optimiser.load_state_dict({"state": moments, "param_groups": own["param_groups"]})


def _refuse_other_config(header: dict[str, Any], config: TrainConfig, path: Path) -> None:
    if header.get("format") != FORMAT:
        raise ValueError(f"expected format {FORMAT} in {path}, got {header.get('format')}")
    wanted = config.to_dict()
    different = [name for name in wanted if header["config"].get(name) != wanted[name]]
    if different:
        values = ", ".join(f"{n} {header['config'].get(n)!r}" for n in different)
        raise ValueError(f"{path} is of a run with {values}: go on with that, or start afresh")
