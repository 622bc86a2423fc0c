"""Compare choices of the recipe: `python benchmarks/compare_training.py --help`.

Every variant is trained for the same number of steps with several seeds from an ImageNet encoder
and clicked on by the robot. Finished runs are kept in a file of lines, so that a comparison that
was interrupted goes on where it ended; the table is written after every run.
"""

import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from experiments.study import Kept, Recipe, clicked, spread
from methods import made_with

from napari_faseg.datasets import open_dataset
from napari_faseg.interaction import NetPredictor
from napari_faseg.models import FASegNet
from napari_faseg.models.presets import DEFAULT
from napari_faseg.training import fit
from napari_faseg.training.pretrained import load_encoder

SHOWN = ("noc85", "noc90", "iou1", "iou3", "noic")


@dataclass(frozen=True)
class Variant:
    """What differs from the recipe: in the network and in the training."""

    says: str
    network: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


VARIANTS = {
    "recipe": Variant("the recipe, lite1, last encoder block trained"),
    "no previous mask": Variant("no previous mask, no click maps", {"previous_mask": False}),
    "cross entropy": Variant("cross entropy and L1 for focal and region", {}, {"loss": "paper"}),
    "no windows": Variant("no windows around objects in training", {}, {"centred": 0.0}),
    "looks again": Variant("half of the first masks seen again", {}, {"look_again": 0.5}),
    "no composites": Variant("photographs as they are", {}, {"composites": False}),
    "frozen encoder": Variant("nothing of the encoder trained", {}, {"frozen_blocks": -1}),
    "whole encoder": Variant("all of the encoder trained", {}, {"frozen_blocks": 0}),
    "lite0": Variant("encoder lite0", {"encoder": "tu-tf_efficientnet_lite0"}),
    "lite2": Variant("encoder lite2", {"encoder": "tu-tf_efficientnet_lite2"}),
}
CLICKED = {  # the network of the recipe, clicked on in other ways
    "protocol windows": ("looks once, at the windows of the protocol", {"mode": "zoom"}),
    "whole image": ("looks once, at the whole image", {"mode": "once"}),
    "clicks may lose": ("without clicks that always win", {"obedient": False}),
}


@dataclass(frozen=True)
class Task:
    """One run: a variant with a seed, and all that a process needs for it."""

    name: str
    seed: int
    steps: int
    side: int
    images: int
    sample: int
    sources: tuple[str, ...]
    validation: Path
    encoders: Path
    cache: Path

    @property
    def key(self) -> str:
        """What tells it from other runs."""
        sizes = self.steps, self.side, self.images, self.sample
        return json.dumps([self.name, self.seed, *sizes, self.validation.name])


def main(
    sources: Annotated[list[str], typer.Argument(metavar="KIND:WEIGHT:PATH...")],
    encoders: Annotated[Path, typer.Option(help="Folder with lite0.pth, lite1.pth, lite2.pth.")],
    validation: Annotated[Path, typer.Option(help="Data set that the robot clicks on.")],
    output: Annotated[Path, typer.Option(help="Markdown file; runs lie beside it as .jsonl.")],
    cache: Annotated[Path, typer.Option(help="Folder for the decoded images.")],
    variant: Annotated[list[str] | None, typer.Option(help="Repeatable; default: all.")] = None,
    steps: Annotated[int, typer.Option(min=1)] = 300,
    side: Annotated[int, typer.Option(min=64, help="Of training windows, in pixels.")] = 256,
    images: Annotated[int, typer.Option(min=2, help="Of a batch.")] = 8,
    seeds: Annotated[int, typer.Option(min=1)] = 2,
    sample: Annotated[int, typer.Option(min=1, help="Objects that are clicked on.")] = 60,
    processes: Annotated[int, typer.Option(min=1, help="Runs at a time, a core each.")] = 1,
) -> None:
    """Train every variant with every seed and write the table."""
    tasks = [
        Task(name, seed, steps, side, images, sample, tuple(sources), validation, encoders, cache)
        for seed in range(seeds)
        for name in variant or VARIANTS
    ]
    done = Kept(output.with_suffix(".jsonl"))
    pool = ProcessPoolExecutor(processes, get_context("spawn"))
    with pool:
        running = {pool.submit(run, task): task for task in tasks if task.key not in done}
        for future in as_completed(running):
            key, found = running[future].key, future.result()
            done.keep(key, found)
            output.write_text(_table(tasks, done), encoding="utf-8")
            print(key, found, flush=True)
    output.write_text(_table(tasks, done), encoding="utf-8")


def run(task: Task) -> dict[str, dict[str, float]]:
    """Train and click; return what each way of clicking gave."""
    torch.set_num_threads(1)
    torch.manual_seed(task.seed)
    variant = VARIANTS[task.name]
    net = FASegNet(preset=replace(DEFAULT, **variant.network))
    load_encoder(net.host, task.encoders / f"{net.preset.encoder.rsplit('_', 1)[1]}.pth")
    batch_pixels = task.images * task.side**2
    recipe = Recipe(task.sources, task.cache, task.steps, task.side, batch_pixels, "cpu")
    config = recipe.config(task.seed, **variant.training)
    *_, report = fit(net, recipe.pool(), config, workers=0)
    about = {"minutes": report.seconds / 60, "loss": report.loss}
    found = {task.name: {**_clicked(report.average, task, {}), **about}}
    for name, (_, options) in CLICKED.items() if task.name == "recipe" else ():
        found[name] = _clicked(report.average, task, options)
    return found


def _clicked(net: FASegNet, task: Task, options: dict[str, Any]) -> dict[str, float]:
    quick = net.for_inference()
    quick.preset = replace(quick.preset, clicks_win=options.get("obedient", True))
    predictor = NetPredictor(quick, device="cpu", **options)
    dataset = open_dataset("folder", task.validation)
    curves = clicked(predictor, dataset, task.sample, name=task.name)
    ious = {f"iou{n}": curves.mean_iou(n) for n in (1, 3)}
    return {"noc85": curves.noc(0.85), "noc90": curves.noc(0.90), **ious, "noic": curves.noic()}


def _table(tasks: list[Task], done: Kept) -> str:
    first = tasks[0]
    about = (
        f"{first.steps} steps each of {first.images} scenes of {first.side} pixels from an "
        f"ImageNet encoder, {first.sample} random objects of "
        f"{first.validation.stem}, the same for all. Means over the seeds, in brackets the "
        f"lowest and the highest. {made_with()}"
    )
    heads = ["variant", "what differs", "NoC@85", "NoC@90", "IoU@1", "IoU@3", "NoIC", "seeds"]
    lines = ["# Choices of the recipe", "", about, ""]
    lines += [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    says = {name: variant.says for name, variant in VARIANTS.items()}
    says |= {name: text for name, (text, _) in CLICKED.items()}
    runs = [done[task.key] for task in tasks if task.key in done]
    for name in says:
        found = [scores[name] for scores in runs if name in scores]
        if found:
            cells = [spread([f[what] for f in found]) for what in SHOWN]
            lines.append(f"| {name} | {says[name]} | {' | '.join(cells)} | {len(found)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
