"""What the experiments share: data, training, clicks, and tables that say what made them.

Finished runs are kept beside the table as a file of lines, so that an experiment that was
interrupted goes on where it ended.
"""

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from napari_faseg.datasets import Dataset, find_layout, open_dataset, random_indices
from napari_faseg.evaluation import Curves, evaluate_objects, iou
from napari_faseg.interaction import NetPredictor, Predictor
from napari_faseg.interaction.tensors import choose_device
from napari_faseg.models import FASegNet, Host, build_host, load_model
from napari_faseg.models.presets import Preset
from napari_faseg.training import TrainConfig, fit
from napari_faseg.training.config import find_preset
from napari_faseg.training.pool import Pool
from napari_faseg.training.pretrained import load_encoder
from napari_faseg.training.processes import new_fabric

sys.path.insert(0, str(Path(__file__).parents[1]))  # where these two lie
from methods import made_with
from train_packaged import source

Sources = Annotated[list[str], typer.Option("--learn", metavar="KIND:WEIGHT:PATH", help="Repeat.")]
Data = Annotated[
    list[Path], typer.Option("--data", exists=True, help="Data set to click on; repeatable.")
]
Output = Annotated[Path, typer.Option(help="Markdown file; runs and figures lie beside it.")]
Cache = Annotated[Path, typer.Option(help="Folder for the decoded images.")]
Steps = Annotated[int, typer.Option(min=1, help="Of training.")]
Seeds = Annotated[int, typer.Option(min=1, help="How many, from 0.")]
Sample = Annotated[int, typer.Option(min=1, help="Objects of each data set, at random.")]
Side = Annotated[int, typer.Option(min=64, help="Of the training images, in pixels.")]
BatchPixels = Annotated[int, typer.Option(min=1, help="Of all images of a batch together.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda.")]
FrozenHost = Annotated[str | None, typer.Option("--host", help="Weights whose host is frozen.")]
Distinct = Annotated[int, typer.Option(min=1, help="Batches for a frozen host.")]
Weights = Annotated[list[str] | None, typer.Option(help="Predictor by name; repeatable.")]

SCORES: dict[str, Callable[[Curves], float]] = {  # what tables show of how masks got better
    "NoC@85": lambda curves: curves.noc(0.85),
    "NoC@90": lambda curves: curves.noc(0.90),
    "IoU@1": lambda curves: curves.mean_iou(1),
    "IoU@3": lambda curves: curves.mean_iou(3),
    "NoIC": lambda curves: curves.noic(),
}


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


def fill_encoder(host: Host, weights: Path | None) -> None:
    """Load pretrained weights of an encoder from a file, where there is one."""
    if weights is not None:
        load_encoder(host, weights)


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
    return {"frozen_host": True, "distinct_batches": distinct} if trained else {}


def what_is_trained(trained: str | None, distinct: int) -> str:
    """Return the sentence for a table about what `freezing` does."""
    if trained is None:
        return "The encoder is frozen but for its last block, as in the packaged recipe."
    return f"The host is that of the weights {trained}, frozen; {distinct} different batches."


def scores(curves: Curves) -> dict[str, float]:
    """Return what tables show."""
    return {name: float(score(curves)) for name, score in SCORES.items()}


def open_sets(places: Sequence[Path]) -> list[Dataset]:
    """Open data sets in the layout of a benchmark, or of one's own images with labels."""
    return [open_dataset(find_layout(place) or "folder", place) for place in places]


def as_predictor(net: FASegNet, device: str, **options: Any) -> NetPredictor:
    """Return a predictor with a trained network."""
    return NetPredictor(net.for_inference(), device=device, **options)


def clicked(
    predictor: Predictor,
    dataset: Dataset,
    sample: int,
    *,
    max_clicks: int = 20,
    target: float | None = 0.90,
    name: str = "",
) -> Curves:
    """Let the robot click on random objects, the same ones every time."""
    indices = random_indices(len(dataset), sample)
    found = evaluate_objects(
        predictor, dataset, indices=indices, max_clicks=max_clicks, target=target
    )
    mode = getattr(predictor, "mode", None)
    return Curves(tuple(found), max_clicks, target, name, dataset.name, mode)


def ious_by_click(predictor: NetPredictor, dataset: Dataset, sample: int, most: int) -> list[float]:
    """Return the mean IoU after 0, 1, ... clicks on random objects; none of them stops earlier."""
    without = []
    for index in random_indices(len(dataset), sample):
        item = dataset[index]
        predictor.set_image(item.image)
        without.append(iou(predictor.coarse() > 0.5, item.mask, ignore=item.ignore))
    curves = clicked(predictor, dataset, sample, max_clicks=most, target=None)
    return [float(np.mean(without)), *(curves.mean_iou(n) for n in range(1, most + 1))]


class Kept:
    """Results of finished runs in a file of lines.

    Parameters
    ----------
    path
        The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._done: dict[str, Any] = dict(json.loads(line) for line in lines)

    def __contains__(self, key: str) -> bool:
        return key in self._done

    def __getitem__(self, key: str) -> Any:
        return self._done[key]

    def keep(self, key: str, found: Any) -> None:
        """Add the result of a run."""
        self._done[key] = found
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, found]) + "\n")

    def found(self, key: Sequence[object], run: Callable[[], Any]) -> Any:
        """Return what is kept of a run, or else run it and keep it."""
        text = json.dumps(key, default=str)
        if text not in self:
            self.keep(text, run())
            print(text, self[text], flush=True)
        return self[text]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return the mean, and in brackets the lowest and the highest of several values."""
    mean = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def counted_seeds(n: int) -> str:
    """Return "1 seed", or "3 seeds"."""
    return f"{n} seed" if n == 1 else f"{n} seeds"


def as_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(output: Path, title: str, about: str, *parts: str) -> None:
    """Write tables and figures with what made them: commit, versions, machine."""
    text = "\n".join((f"# {title}\n", f"{about} {made_with()}\n", *parts))
    output.write_text(text, encoding="utf-8")
    print(f"{output}: written", file=sys.stderr)
