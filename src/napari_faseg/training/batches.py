"""Endless batches of training scenes, made in helper processes.

A scene is a function of the configuration, the number of its batch and its own place there,
however many processes make batches or learn from them: a run that was interrupted goes on with the
very batches that it would have had.
"""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from napari_faseg.training.augment import augmented
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.drafts import draft_of
from napari_faseg.training.pool import Pool
from napari_faseg.training.scenes import Scene, draw_scene

SCENE = 1  # tells the random numbers of a scene from those of its clicks


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
    unknown
        ``(b, 1, s, s)`` uint8, 1 where nobody knows; None where all is known.
    drafts
        ``(b · n, 1, s, s)`` uint8, 255 times the mask that clicks begin with; None
        where all are empty.
    """

    images: Tensor
    targets: Tensor
    whole: Tensor
    objects: Tensor
    unknown: Tensor | None = None
    drafts: Tensor | None = None

    def pixels(self, device: torch.device) -> Tensor:
        """Return the images as a network sees them, float in [0, 1]."""
        return self.images.to(device).float() / 255


@dataclass(frozen=True)
class Share:
    """What one of several processes that learn together has of every batch.

    Attributes
    ----------
    process
        Its number, from 0.
    n_processes
        Of the run; a batch has as many times the images that the configuration says.
    """

    process: int = 0
    n_processes: int = 1

    def places(self, n: int) -> range:
        """Return the places of its n things among those of all."""
        return range(self.process * n, (self.process + 1) * n)


WHOLE = Share()


def make_batch(pool: Pool, config: TrainConfig, number: int, share: Share = WHOLE) -> Batch:
    """Draw the batch of a number; its scenes have one of the sizes of the configuration."""
    if config.distinct_batches:
        number %= config.distinct_batches
    size = int(np.random.default_rng((config.seed, number)).choice(config.sizes))
    made = []
    with torch.random.fork_rng(devices=[]):
        for place in share.places(config.batch_size(size)):
            rng = np.random.default_rng((config.seed, number, place, SCENE))
            scene = draw_scene(
                pool,
                rng,
                size,
                config.targets,
                composites=config.composites,
                centred=config.centred,
                near=config.near,
            )
            torch.manual_seed(int(rng.integers(2**62)))
            image, masks = _changed(scene, config.augmentation)
            made.append((scene, image, masks, _drafts(scene, masks, rng)))
    return _collated(made)


def batches(
    pool: Pool, config: TrainConfig, *, first: int = 0, workers: int = 1, share: Share = WHOLE
) -> Generator[Batch, None, None]:
    """Yield the batches from a number on for ever, prepared ahead by ``workers`` processes."""
    generator = torch.Generator().manual_seed(config.seed)  # the global one is left alone
    loader = DataLoader(
        _Batches(pool, config, first, share),
        batch_size=None,
        num_workers=workers,
        generator=generator,
    )
    yield from loader


class _Batches(IterableDataset[Batch]):
    """The batches from a number on; a helper process makes its share of them."""

    def __init__(self, pool: Pool, config: TrainConfig, first: int, share: Share) -> None:
        self.pool = pool
        self.config = config
        self.first = first
        self.share = share

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        if worker:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the run, which ends them
            torch.set_num_threads(1)
        start, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        number = self.first + start
        while True:
            yield make_batch(self.pool, self.config, number, self.share)
            number += stride


def _collated(made: list[tuple[Scene, Tensor, Tensor, Tensor]]) -> Batch:
    scenes, images, masks, drafts = zip(*made, strict=True)
    n_targets = len(scenes[0].targets)
    stacked = torch.stack(masks)[:, :, None]  # (b, n targets + objects + known, 1, s, s)
    known = stacked[:, -1]
    return Batch(
        images=torch.stack(images),
        targets=stacked[:, :n_targets].flatten(0, 1),
        whole=torch.from_numpy(np.concatenate([s.whole for s in scenes])),
        objects=stacked[:, n_targets],
        unknown=None if bool(known.all()) else 1 - known,
        drafts=torch.cat(drafts)[:, None] if any(s.is_near for s in scenes) else None,
    )


def _drafts(scene: Scene, masks: Tensor, rng: np.random.Generator) -> Tensor:
    """Return what the clicks on each target begin with: nothing, but in a window near an object."""
    targets = masks[: len(scene.targets)]
    if not scene.is_near:
        return torch.zeros_like(targets)
    drafts = [draft_of(target.numpy() > 0, rng) for target in targets]
    return torch.from_numpy(np.stack(drafts))


def _changed(scene: Scene, augmentation: str) -> tuple[Tensor, Tensor]:
    """Return the image and, in a row, targets, objects and what is known; outside nothing is."""
    image = torch.from_numpy(np.ascontiguousarray(scene.image.transpose(2, 0, 1)))
    rows = np.concatenate([scene.targets, scene.objects[None], ~scene.unknown[None]])
    return augmented(augmentation, image, torch.from_numpy(rows.astype(np.uint8)))
