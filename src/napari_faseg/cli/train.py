"""`faseg train`: fine-tune the network on own images, and say what it was worth."""

from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, get_args

import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from napari_faseg._words import counted
from napari_faseg.cli.interruption import told_when_interrupted
from napari_faseg.cli.options import DEVICE
from napari_faseg.cli.tables import show
from napari_faseg.datasets import Pictures, dataset_names, open_dataset
from napari_faseg.interaction import Predictor
from napari_faseg.interaction.tensors import choose_device
from napari_faseg.models import FASegNet, Host, build_host, load_model
from napari_faseg.models.hosts.torchvision import NAMES as WITH_OWN_ENCODER
from napari_faseg.models.presets import PRESETS as NETWORKS
from napari_faseg.models.presets import Preset
from napari_faseg.models.presets import find_preset as find_network
from napari_faseg.training import Report, TrainConfig, TrainingRun
from napari_faseg.training.board import Board
from napari_faseg.training.config import PRESETS, find_preset
from napari_faseg.training.pool import SourceKind
from napari_faseg.training.pretrained import hub_asked_once
from napari_faseg.training.processes import Precision, new_fabric
from napari_faseg.training.scores import Scores

IMAGENET, NOTHING = "imagenet", "nothing"
HOST = "deeplabv3plus"


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
    _refuse_idle(init, network=network, host=host, encoder=encoder)
    pictures = open_dataset(dataset, root, incomplete=skip_broken)
    if not isinstance(pictures, Pictures):
        raise ValueError(f"expected a data set of images with labels, got {dataset}")
    console = Console(stderr=True)
    with told_when_interrupted("the same command with --resume goes on"):
        config = _config(preset, steps=steps, minutes=minutes, seed=seed, batch_pixels=batch_pixels)
        run = TrainingRun(
            _begin(init, network or "default", host or HOST, encoder, config.seed),
            pictures,
            config,
            output,
            kind=kind,  # type: ignore[arg-type]
            share_held_out=held_out,
            resume=resume,
            fabric=new_fabric(str(choose_device(device)), precision),  # type: ignore[arg-type]
            workers=workers,
            on_broken=_tell_broken if skip_broken else None,
            guard=partial(_tell_measured, console),
        )
        if config.frozen_host and run.is_told_here:
            _warn_of_untrained(init, preset)
        _follow(run, console)
    if not run.is_told_here:
        return
    if run.n_small_objects:
        small = counted(run.n_small_objects, "object")
        typer.echo(f"{small} smaller than 4 x 4 pixels: hardly anything was learned", err=True)
    show(_compared(run.before, run.best))
    if run.best is not None and run.best.is_worse_than(run.before):
        typer.echo("the new weights take more clicks than those that they began with", err=True)
    typer.echo(f"{output}: the weights; {run.files.picture}: the course of the run", err=True)


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


def _warn_of_untrained(init: str, preset: str) -> None:
    """Say where a host that is not trained would stay so."""
    if init in (IMAGENET, NOTHING):
        typer.echo(
            f"--init {init} begins with a host that is not trained, unless it brings its weights, "
            f"and --preset {preset} leaves it so: --preset default trains it",
            err=True,
        )


def _begin(init: str, network: str, host: str, encoder: str | None, seed: int) -> FASegNet:
    if init not in (IMAGENET, NOTHING):
        return load_model(init)
    sizes = find_network(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # every process, and a run that is resumed, begins with the same
        model = FASegNet(host, preset=replace(sizes, encoder=encoder) if encoder else sizes)
    if init == IMAGENET:
        model.host.encoder.load_state_dict(_fetched(host, model.preset).encoder.state_dict())
    return model


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


def _config(preset: str, **given: float | None) -> TrainConfig:
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(find_preset(preset), **changes)  # type: ignore[arg-type]


def _follow(run: TrainingRun, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    console.quiet = not run.is_told_here
    with (
        Progress(*columns, console=console) as bars,
        closing(Board(run.files.board)) as board,
        closing(run.reports()) as reports,
    ):
        bar = bars.add_task("learning", total=1.0)
        for report in reports:
            bars.update(bar, completed=report.progress, description=_told(report))
            if run.is_told_here:
                board.add(report)
            if report.scores is not None:
                clicks = f"{report.scores.noc90:.2f} clicks to 0.90"
                bars.console.print(f"step {report.step}: {clicks}, before {run.before.noc90:.2f}")


def _told(report: Report) -> str:
    skipped = f", {report.n_skipped} skipped" if report.n_skipped else ""
    return f"step {report.step}: loss {report.loss:.3f}, IoU {report.iou:.3f}{skipped}"


def _compared(before: Scores, after: Scores | None) -> Table:
    table = Table("held-out objects", "before", "after", title=counted(before.n_objects, "object"))
    rows = {"NoC@85": "noc85", "NoC@90": "noc90", "IoU@1": "iou1", "IoU@3": "iou3", "IoU@5": "iou5"}
    for head, name in rows.items():
        values = (f"{getattr(scores, name):.3f}" if scores else "-" for scores in (before, after))
        table.add_row(head, *values)
    return table


def _tell_measured(console: Console, predictor: Predictor) -> Predictor:
    """Say what takes a while, and return the predictor."""
    console.print("counting the clicks on held-out objects ...")
    return predictor


def _tell_broken(what: str, error: Exception) -> None:
    typer.echo(f"{what} is left out: {error}", err=True)
