"""Where a run computes, how precisely, and how the processes that learn together agree.

Each process has its share of every batch. A sequence of clicks calls several methods of the
network, so that gradients are averaged here, once and in one piece, when a sequence is over.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import cast, get_args

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from napari_faseg.interaction.tensors import choose_device
from napari_faseg.training.batches import Share
from napari_faseg.training.choices import Precision


def new_fabric(device: str = "cpu", precision: Precision = "auto") -> Fabric:
    """Return what a run computes on, the other processes of its launcher included.

    Started by ``torchrun`` or ``fabric run``, a process joins the others.

    Parameters
    ----------
    device
        ``"auto"``, or a name that torch knows: ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.
    precision
        ``"32-true"``, ``"bf16-mixed"``, or ``"auto"``: the latter where a CUDA device has it.

    Raises
    ------
    ValueError
        If torch cannot use such a device, or the precision is another one.
    """
    if precision not in get_args(Precision):
        raise ValueError(f"expected one of {', '.join(get_args(Precision))}, got {precision!r}")
    chosen = choose_device(device)
    if precision == "auto":
        has_bf16 = chosen.type == "cuda" and torch.cuda.is_bf16_supported()
        precision = "bf16-mixed" if has_bf16 else "32-true"
    if "LT_CLI_USED" in os.environ:  # `fabric run` has chosen all but the precision
        fabric = Fabric(precision=None if "LT_PRECISION" in os.environ else precision)
    else:
        devices, machines = _placed(chosen)
        fabric = Fabric(
            accelerator=chosen.type, precision=precision, devices=devices, num_nodes=machines
        )
    fabric.launch()
    return fabric


def share_of(fabric: Fabric) -> Share:
    """Return which part of every batch this process learns from."""
    return Share(fabric.global_rank, fabric.world_size)


def mean_of(fabric: Fabric, numbers: Sequence[Tensor]) -> list[float]:
    """Return the means of some scalars over all processes, the same in each."""
    together: list[float] = _mean(
        fabric, torch.stack([n.detach().float() for n in numbers])
    ).tolist()
    return together


def average_gradients(fabric: Fabric, parameters: Iterable[nn.Parameter]) -> None:
    """Put the mean over all processes in the place of every gradient."""
    if fabric.world_size == 1:
        return
    learning = [p for p in parameters if p.requires_grad]
    given = [torch.zeros_like(p) if p.grad is None else p.grad for p in learning]
    together = _mean(fabric, torch.cat([g.flatten() for g in given]))
    means = torch.split(together, [g.numel() for g in given])
    for parameter, mean in zip(learning, means, strict=True):
        parameter.grad = mean.view_as(parameter)


def _mean(fabric: Fabric, values: Tensor) -> Tensor:
    return cast(Tensor, fabric.all_reduce(values, reduce_op="mean"))


def _placed(device: torch.device) -> tuple[int | list[int], int]:
    """Return the processes on a machine, or the device of the only one, and how many machines."""
    if "LOCAL_WORLD_SIZE" not in os.environ:
        chosen: int | None = device.index  # torch says that it is never None
        return (1 if chosen is None else [chosen]), 1
    here = int(os.environ["LOCAL_WORLD_SIZE"])
    return here, int(os.environ["WORLD_SIZE"]) // here
