"""What the experiments that train networks share: their options, the recipe, the seeds."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import torch
import typer
from study import Data, Device, Kept, Output, Sample, Seeds, as_table, open_sets, write
from train_packaged import fill_encoder, source

from napari_faseg.datasets import Dataset
from napari_faseg.interaction import NetPredictor
from napari_faseg.interaction.tensors import choose_device
from napari_faseg.models import FASegNet, Host, build_host, load_model
from napari_faseg.models.presets import Preset
from napari_faseg.training import TrainConfig, fit
from napari_faseg.training.config import find_preset
from napari_faseg.training.pool import Pool
from napari_faseg.training.processes import new_fabric

Sources = Annotated[list[str], typer.Option("--learn", metavar="KIND:WEIGHT:PATH", help="Repeat.")]
Cache = Annotated[Path, typer.Option(help="Folder for the decoded images.")]
Steps = Annotated[int, typer.Option(min=1, help="Of training.")]
Side = Annotated[int, typer.Option(min=64, help="Of the training images, in pixels.")]
BatchPixels = Annotated[int, typer.Option(min=1, help="Of all images of a batch together.")]
FrozenHost = Annotated[str | None, typer.Option("--host", help="Weights whose host is frozen.")]
Distinct = Annotated[int, typer.Option(min=1, help="Batches for a frozen host.")]

Found = TypeVar("Found")


@dataclass(frozen=True)
class Recipe:
    """How networks are trained, the same for all that are compared."""

    sources: Sequence[str]
    cache: Path
    steps: int
    side: int
    batch_pixels: int
    device: str

    def config(self, seed: int, **changes: Any) -> TrainConfig:
        """Return the packaged recipe at this size, with changes."""
        sizes = {"sizes": (self.side,), "batch_pixels": self.batch_pixels}
        limits = {"steps": self.steps, "minutes": 0.0, "seed": seed}
        warm_up = {"warmup_steps": min(100, max(1, self.steps // 10))}
        return replace(find_preset("default"), **{**sizes, **limits, **warm_up, **changes})

    def pool(self) -> Pool:
        """Return what is learned from."""
        return Pool([source(text) for text in self.sources], self.cache)

    def trained(self, net: FASegNet, seed: int, **changes: Any) -> FASegNet:
        """Train a network and return the moving average of its weights."""
        fabric, config = new_fabric(str(choose_device(self.device))), self.config(seed, **changes)
        *_, report = fit(net, self.pool(), config, fabric=fabric, workers=0)
        return report.average


@dataclass(frozen=True)
class Trial:
    """One experiment: what is learned from and clicked on, and with how many seeds."""

    recipe: Recipe
    data: Sequence[Path]
    sample: int
    seeds: int
    output: Path

    @cached_property
    def sets(self) -> list[Dataset]:
        """The data sets that are clicked on."""
        return open_sets(self.data)

    @cached_property
    def _kept(self) -> Kept:
        return Kept(self.output.with_suffix(".jsonl"))

    def runs(self, key: Sequence[object], run: Callable[[int], Found]) -> list[Found]:
        """Return what a run gives with each seed, kept or new.

        Parameters
        ----------
        key
            What tells the run from others of the experiment; the sizes are added.
        run
            Takes the seed, which torch has been given already.
        """
        recipe = self.recipe
        sizes = recipe.steps, recipe.side, recipe.batch_pixels, self.sample
        whole = [*key, *sizes, *recipe.sources, *self.data]
        return [
            self._kept.found([seed, *whole], partial(_seeded, run, seed))
            for seed in range(self.seeds)
        ]

    def predictor(self, net: FASegNet, **options: Any) -> NetPredictor:
        """Return a predictor with a trained network."""
        return NetPredictor(net.for_inference(), device=self.recipe.device, **options)

    @property
    def about(self) -> str:
        """The sizes in words."""
        recipe, several = self.recipe, f"{self.seeds} seeds (lowest and highest in brackets)"
        return (
            f"{recipe.steps} steps of {recipe.side} pixels, "
            f"{'1 seed' if self.seeds == 1 else several}, {self.sample} random objects of each "
            "data set, the same for all."
        )

    def write(
        self, title: str, about: str, heads: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> None:
        """Write the table, with what is to be known about it beside the sizes."""
        write(self.output, title, f"{self.about} {about}".strip(), as_table(heads, rows))


def _seeded(run: Callable[[int], Found], seed: int) -> Found:
    torch.manual_seed(seed)
    return run(seed)


def trains(n_seeds: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command of a function whose first argument is a `Trial`: it has its options, too.

    Parameters
    ----------
    n_seeds
        How many seeds there are unless somebody says otherwise.
    """

    def as_command(main: Callable[..., None]) -> Callable[..., None]:
        def command(
            learn: Sources,
            data: Data,
            output: Output,
            cache: Cache,
            steps: Steps = 1000,
            seeds: Seeds = n_seeds,
            sample: Sample = 100,
            side: Side = 256,
            batch_pixels: BatchPixels = 8 * 256 * 256,
            device: Device = "cpu",
            **own: Any,
        ) -> None:
            recipe = Recipe(tuple(learn), cache, steps, side, batch_pixels, device)
            main(Trial(recipe, tuple(data), sample, seeds, output), **own)

        shared = list(inspect.signature(command).parameters.values())[:-1]
        options = [*shared, *list(inspect.signature(main).parameters.values())[1:]]
        command.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
        command.__annotations__ = {option.name: option.annotation for option in options}
        command.__doc__ = main.__doc__
        return command

    return as_command


def host_for(sizes: Preset, encoder: Path | None, trained: str | None) -> Host:
    """Return the host of trained weights, or else a new one, pretrained where there is a file."""
    if trained is not None:
        return load_model(trained).host
    host = build_host(
        encoder=sizes.encoder,
        output_stride=sizes.output_stride,
        decoder_channels=sizes.decoder_channels,
    )
    fill_encoder(host, encoder)
    return host


def freezing(trained: str | None, distinct: int) -> dict[str, Any]:
    """Return what to change in the recipe where the host is trained already."""
    return frozen(distinct) if trained else {}


def frozen(distinct: int) -> dict[str, Any]:
    """Return what to change in the recipe for a frozen host, seen with so many batches; 0: all."""
    return {"frozen_host": True, "distinct_batches": distinct}


def what_is_trained(trained: str | None, distinct: int) -> str:
    """Return the sentence for a table about what `freezing` does."""
    if trained is None:
        return "The encoder is frozen but for its last block, as in the packaged recipe."
    return f"The host is that of the weights {trained}, frozen; {distinct} different batches."
