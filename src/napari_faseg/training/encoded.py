"""Batches with what a frozen host says about them, which is computed once and kept on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import TypeAlias

import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file, save_file
from torch import Tensor

from napari_faseg.models import FASegNet, HostOutput
from napari_faseg.training.batches import Batch, batches
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.pool import Pool
from napari_faseg.training.processes import share_of

Encoded: TypeAlias = tuple[Batch, HostOutput | None]
PARTS = ("images", "targets", "whole", "objects", "unknown", "drafts")  # of a batch


def encoded_batches(
    model: FASegNet,
    pool: Pool,
    config: TrainConfig,
    first: int,
    fabric: Fabric,
    workers: int,
    folder: Path | None,
) -> Iterator[Encoded]:
    """Yield the batches from a number on for ever, and what the host says where it is frozen.

    Parameters
    ----------
    model
        Its host is asked.
    pool, config, workers
        See `batches`.
    first
        Number of the first batch.
    fabric
        Whose share of every batch it is, and where the host is asked.
    folder
        Where the distinct batches are kept, about 2 MB an image of 256 x 256 pixels; None: they are
        made again, and the host is asked again.
    """
    n = config.distinct_batches
    drawn = batches(pool, config, first=first, workers=workers, share=share_of(fabric))
    with closing(drawn) as fresh:  # its processes end when there is nothing new to draw
        if not n or folder is None:
            yield from ((batch, None) for batch in fresh)
            return
        paths = [folder / f"batch-{i}-{fabric.global_rank}.safetensors" for i in range(n)]
        for number, batch in enumerate(islice(fresh, n), first):
            _keep(paths[number % n], batch, _asked(model, batch, fabric))
            yield _kept(paths[number % n], fabric)  # as it will come again, to the bit
    for number in count(first + n):
        yield _kept(paths[number % n], fabric)


@torch.no_grad()
def _asked(model: FASegNet, batch: Batch, fabric: Fabric) -> HostOutput:
    with fabric.autocast():
        return model.run_host(batch.pixels(fabric.device))


def _keep(path: Path, batch: Batch, seen: HostOutput) -> None:
    maps = {f"level{i}": level for i, level in enumerate(seen.features)}
    maps |= {"decoder": seen.decoder, "logit": seen.logit}
    tensors = {name: value.half().cpu() for name, value in maps.items()}
    parts = {name: getattr(batch, name) for name in PARTS}
    tensors |= {name: value for name, value in parts.items() if value is not None}
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)


def _kept(path: Path, fabric: Fabric) -> Encoded:
    tensors = load_file(path)
    batch = Batch(**{name: tensors[name] for name in PARTS if name in tensors})

    def read(name: str) -> Tensor:
        return tensors[name].to(fabric.device).float()

    n_levels = sum(name.startswith("level") for name in tensors)
    levels = tuple(read(f"level{i}") for i in range(n_levels))
    return batch, HostOutput(levels, read("decoder"), read("logit"))
