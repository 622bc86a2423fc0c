"""`faseg train`: fine-tune the network on own images, and say what it was worth."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console

from napari_faseg import training
from napari_faseg._words import counted
from napari_faseg.cli.interruption import told_when_interrupted
from napari_faseg.cli.options import DEVICE
from napari_faseg.cli.tables import show
from napari_faseg.cli.training_progress import compared, follow
from napari_faseg.datasets import Pictures, dataset_names, open_dataset
from napari_faseg.interaction import Predictor
from napari_faseg.models.presets import PRESETS as NETWORKS
from napari_faseg.training.choices import IMAGENET, NOTHING, Precision, SourceKind
from napari_faseg.training.config import PRESETS, TrainConfig, find_preset


def train(
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join(dataset_names())}.")],
    output: Annotated[Path, typer.Option(help="Weights to write (.safetensors).")],
    root: Annotated[
        Path | None, typer.Option(exists=True, help="Folder or zip archive of the data set.")
    ] = None,
    init: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_PATH", help=f"Weights to begin with, or {IMAGENET}, or {NOTHING}."
        ),
    ] = "default",
    network: Annotated[
        str | None,
        typer.Option(help=f"Begun with {IMAGENET} or {NOTHING}: {', '.join(NETWORKS)}."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of that network: deeplabv3plus, unet, fpn, ..."),
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="Of that network in place of its own, such as resnet50.")
    ] = None,
    preset: Annotated[str, typer.Option(help=f"One of {', '.join(PRESETS)}.")] = "fine-tune",
    kind: Annotated[
        str, typer.Option(help=f"What the labels are: {', '.join(get_args(SourceKind))}.")
    ] = "instances",
    steps: Annotated[int | None, typer.Option(min=1, help="Steps at most.")] = None,
    batch_pixels: Annotated[
        int | None, typer.Option(min=1, help="Pixels of all images of a batch together.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0, help="Minutes at most.")] = None,
    held_out: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the images that measures, not teaches.")
    ] = 0.2,
    seed: Annotated[int | None, typer.Option(min=0, help="Of everything random.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Leave out and list what cannot be read.")
    ] = False,
    device: Annotated[str, DEVICE] = "auto",
    precision: Annotated[
        str, typer.Option(help=f"One of {', '.join(get_args(Precision))}.")
    ] = "auto",
    workers: Annotated[int, typer.Option(min=0, help="Processes that prepare images.")] = 1,
) -> None:
    """Train the network on images with labels, and count clicks before and after.

    Some images are held out: clicks on their objects tell whether it got better. Ctrl+C interrupts
    the run, --resume goes on with it.
    """
    if kind not in get_args(SourceKind):
        raise ValueError(f"expected one of {', '.join(get_args(SourceKind))}, got {kind!r}")
    pictures = open_dataset(dataset, root, incomplete=skip_broken)
    if not isinstance(pictures, Pictures):
        raise ValueError(f"expected a data set of images with labels, got {dataset}")
    console = Console(stderr=True)
    with told_when_interrupted("the same command with --resume goes on"):
        config = _config(preset, steps=steps, minutes=minutes, seed=seed, batch_pixels=batch_pixels)
        made_of = {"preset": network, "host": host, "encoder": encoder}
        run = training.TrainingRun(
            training.begin_network(init, **made_of, seed=config.seed),
            pictures,
            config,
            output,
            kind=kind,  # type: ignore[arg-type]
            share_held_out=held_out,
            resume=resume,
            fabric=training.new_fabric(device, precision),  # type: ignore[arg-type]
            workers=workers,
            on_broken=_tell_broken if skip_broken else None,
            guard=partial(_tell_measured, console),
        )
        if config.frozen_host and run.is_told_here:
            _warn_of_untrained(init, preset)
        follow(run, console)
    if not run.is_told_here:
        return
    if run.n_small_objects:
        small = counted(run.n_small_objects, "object")
        typer.echo(f"{small} smaller than 4 x 4 pixels: hardly anything was learned", err=True)
    show(compared(run.before, run.best))
    if run.best is not None and run.best.is_worse_than(run.before):
        typer.echo("the new weights take more clicks than those that they began with", err=True)
    typer.echo(f"{output}: the weights; {run.files.picture}: the course of the run", err=True)


def _warn_of_untrained(init: str, preset: str) -> None:
    """Say where a host that is not trained would stay so."""
    if init in (IMAGENET, NOTHING):
        typer.echo(
            f"--init {init} begins with a host that is not trained, unless it brings its weights, "
            f"and --preset {preset} leaves it so: --preset default trains it",
            err=True,
        )


def _config(preset: str, **given: float | None) -> TrainConfig:
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(find_preset(preset), **changes)  # type: ignore[arg-type]


def _tell_measured(console: Console, predictor: Predictor) -> Predictor:
    """Say what takes a while, and return the predictor."""
    console.print("counting the clicks on held-out objects ...")
    return predictor


def _tell_broken(what: str, error: Exception) -> None:
    typer.echo(f"{what} is left out: {error}", err=True)
