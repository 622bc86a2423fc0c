"""Clicks of a careless annotator: `python .../careless.py --help`.

The protocol's robot clicks on the deepest wrong pixel. People do not: they click somewhere in
it, a few pixels off, and now and then on the wrong side.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
import typer
from study import (
    Data,
    Device,
    Kept,
    Output,
    Sample,
    Seeds,
    Weights,
    as_table,
    open_sets,
    spread,
    write,
)

from napari_faseg._words import counted
from napari_faseg.datasets import Dataset, random_indices
from napari_faseg.datasets import Sample as Item
from napari_faseg.evaluation import BENCHMARK_THRESHOLD, iou, make_predictor, next_click
from napari_faseg.interaction import Click, ClickSession, Predictor

TARGETS = (0.85, 0.90)
Change: TypeAlias = Callable[[Click, np.random.Generator, tuple[int, int]], Click]


@dataclass(frozen=True)
class Annotator:
    """How somebody clicks: where in the error, and what becomes of it."""

    says: str
    is_random: bool = True
    is_anywhere: bool = False
    change: Change = lambda click, rng, shape: click  # noqa: ARG005


def moved(pixels: float) -> Change:
    """Return a change of place by a normally distributed distance, within the image."""

    def change(click: Click, rng: np.random.Generator, shape: tuple[int, int]) -> Click:
        y, x = np.array([click.y, click.x]) + rng.normal(0, pixels, 2)
        return replace(click, y=float(y.clip(0, shape[0] - 1)), x=float(x.clip(0, shape[1] - 1)))

    return change


def wrong(share: float) -> Change:
    """Return a change of sign of a share of the clicks."""

    def change(click: Click, rng: np.random.Generator, shape: tuple[int, int]) -> Click:  # noqa: ARG001
        return replace(click, positive=click.positive ^ bool(rng.random() < share))

    return change


ANNOTATORS = {
    "careful": Annotator("the deepest wrong pixel, as in the protocol", is_random=False),
    "anywhere": Annotator("anywhere in the wrong region", is_anywhere=True),
    "trembling": Annotator("moved by 5 pixels on each axis (standard deviation)", change=moved(5)),
    "confused": Annotator("5 % of the clicks on the wrong side", change=wrong(0.05)),
}


def main(
    data: Data,
    output: Output,
    weights: Weights = None,
    sample: Sample = 100,
    seeds: Seeds = 1,
    clicks: Annotated[int, typer.Option(min=1, help="On every object at most.")] = 20,
    mode: str = "look",
    device: Device = "auto",
) -> None:
    """Let every annotator click with every method and write the table."""
    kept, rows, sets = Kept(output.with_suffix(".jsonl")), [], open_sets(data)
    for name in weights or ["default"]:
        predictor = make_predictor(name, mode=mode, device=device)
        for place, dataset in zip(data, sets, strict=True):
            for kind, annotator in ANNOTATORS.items():
                key = [name, mode, place, sample, clicks, kind]
                run = partial(measured, predictor, dataset, annotator, sample, clicks)
                drawn = range(seeds if annotator.is_random else 1)
                found = [kept.found([*key, seed], partial(run, seed)) for seed in drawn]
                cells = [spread(values) for values in zip(*found, strict=True)]
                rows.append([dataset.name, name, kind, annotator.says, *cells])
    heads = ["data set", "method", "annotator", "clicks are", "NoC@85", "NoC@90", "IoU at the end"]
    about = (
        f"{sample} random objects of each data set, the same for all, at most {clicks} clicks, "
        f"{counted(seeds, 'seed')}, mode {mode}."
    )
    write(output, "Careless annotators", about, as_table(heads, rows))


def measured(
    predictor: Predictor,
    dataset: Dataset,
    annotator: Annotator,
    sample: int,
    most: int,
    seed: int,
) -> list[float]:
    """Return the mean number of clicks to both targets, and the mean IoU after the last."""
    session = ClickSession(predictor, threshold=BENCHMARK_THRESHOLD)
    found = []
    for index in random_indices(len(dataset), sample):
        rng = np.random.default_rng((seed, index))
        ious = ious_of(session, dataset[index], annotator, most, rng)
        reached = [next((n for n, v in enumerate(ious, 1) if v >= t), most) for t in TARGETS]
        found.append([*reached, ious[-1]])
    return [float(value) for value in np.mean(found, axis=0)]


def ious_of(
    session: ClickSession, item: Item, annotator: Annotator, most: int, rng: np.random.Generator
) -> list[float]:
    """Click on an object until it is good enough, and return the overlap after each click."""
    session.set_image(item.image)
    ious: list[float] = []
    while len(ious) < most and not (ious and ious[-1] >= max(TARGETS)):
        click = next_click(
            session.mask,
            item.mask,
            ignore=item.ignore,
            clicked=session.clicks,
            rng=rng if annotator.is_anywhere else None,
        )
        if click is None:
            raise ValueError(f"expected pixels that count in {item.name}, got ignored ones only")
        session.add_click(annotator.change(click, rng, item.mask.shape))
        ious.append(iou(session.mask, item.mask, ignore=item.ignore))
    return ious


if __name__ == "__main__":
    typer.run(main)
