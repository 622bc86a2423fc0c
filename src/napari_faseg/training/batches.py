"""Endless batches of training scenes, made in a helper process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset
from torchvision.transforms import v2

from napari_faseg.training.config import TrainConfig
from napari_faseg.training.pool import Pool
from napari_faseg.training.scenes import Scene, draw_scene


@dataclass(frozen=True)
class Batch:
    """Training examples.

    Attributes
    ----------
    images
        ``(b, 3, s, s)`` uint8.
    targets
        ``(b · n, 1, s, s)`` uint8, 1 where the wanted object is; n in a row of each image.
    whole
        ``(b · n,)`` bool, whether one click in the target says what is wanted.
    objects
        ``(b, 1, s, s)`` uint8, 1 where any annotated object is.
    """

    images: Tensor
    targets: Tensor
    whole: Tensor
    objects: Tensor


class SceneBatches(IterableDataset[Batch]):
    """Batches drawn from a pool; every batch draws one of the sizes of the configuration."""

    def __init__(self, pool: Pool, config: TrainConfig) -> None:
        self.pool = pool
        self.config = config
        self.colour = v2.Compose(
            [
                v2.RandomApply([v2.ColorJitter(0.3, 0.3, 0.3)], p=0.5),
                v2.RandomGrayscale(p=0.08),
                v2.RandomApply([v2.GaussianBlur(5, (0.1, 1.5))], p=0.1),
            ]
        )

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self.config.seed, worker.id if worker else 0))
        torch.set_num_threads(1 if worker else torch.get_num_threads())
        while True:
            size = int(rng.choice(self.config.sizes))
            n = self.config.batch_size(size)
            yield self._collate(
                [draw_scene(self.pool, rng, size, self.config.targets) for _ in range(n)]
            )

    def _collate(self, scenes: list[Scene]) -> Batch:
        images = [self.colour(_channels_first(s.image)) for s in scenes]
        targets = [torch.from_numpy(s.targets.astype(np.uint8))[:, None] for s in scenes]
        whole = torch.from_numpy(np.concatenate([s.whole for s in scenes]))
        objects = [torch.from_numpy(s.objects.astype(np.uint8))[None] for s in scenes]
        return Batch(torch.stack(images), torch.cat(targets), whole, torch.stack(objects))


def batches(pool: Pool, config: TrainConfig, *, workers: int = 1) -> Iterator[Batch]:
    """Yield batches for ever, prepared ahead by ``workers`` processes."""
    generator = torch.Generator().manual_seed(config.seed)
    loader = DataLoader(
        SceneBatches(pool, config), batch_size=None, num_workers=workers, generator=generator
    )
    yield from loader


def _channels_first(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
