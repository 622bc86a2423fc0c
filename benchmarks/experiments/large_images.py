"""Objects of large images, from afar or at full size: `python .../large_images.py --help`."""

import statistics
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from study import Data, Device, Output, Sample, as_table, open_sets, write

from napari_faseg.datasets import Dataset, random_indices
from napari_faseg.datasets import Sample as Item
from napari_faseg.evaluation import iou, next_click
from napari_faseg.interaction import Click, NetPredictor

THRESHOLD = 0.49
N_CLICKS = 3
MOST_OF_A_FIELD = 8  # objects that are clicked on in one field
Side = Annotated[int, typer.Option(min=64, help="Longer side of every image, in pixels.")]
Fields = Annotated[
    bool, typer.Option("--fields", help="Lay images side by side instead of enlarging each.")
]


def main(
    data: Data,
    output: Output,
    side: Side = 1024,
    fields: Fields = False,
    sample: Sample = 60,
    device: Device = "auto",
) -> None:
    """Write a table with a row for each data set and each of both ways."""
    rows = []
    for dataset in open_sets(data):
        for afar in (True, False):
            predictor = NetPredictor.from_weights("default", device=device, afar=afar)
            items = islice(laid_out(dataset, side) if fields else enlarged(dataset, side), sample)
            found = [clicked_on(predictor, item) for item in items]
            means = [f"{statistics.mean(values):.3f}" for values in zip(*found, strict=True)]
            way = "from afar" if afar else f"at up to {min(1024, side)} pixels"
            rows.append([dataset.name, way, *means])
            print(*rows[-1], flush=True)
    heads = ["data set", "first seen", "first mask", *(f"IoU@{n + 1}" for n in range(N_CLICKS))]
    images = f"laid side by side to {side} x {side}" if fields else f"enlarged to {side} pixels"
    about = f"Mean IoU of {sample} random objects of each data set, images {images}."
    write(output, "Large images", about, as_table(heads, rows))


def clicked_on(predictor: NetPredictor, item: Item) -> list[float]:
    """Return the IoU of the first mask that is shown, and after each click."""
    predictor.set_image(item.image)
    clicks: list[Click] = []
    answer = None
    ious: list[float] = []
    for _ in range(N_CLICKS):
        mask = np.zeros(item.mask.shape, bool) if answer is None else answer > THRESHOLD
        click = next_click(mask, item.mask, ignore=item.ignore, clicked=tuple(clicks))
        if click is None:
            ious.append(ious[-1])
            continue
        clicks.append(click)
        looks = [look.probability for look in predictor.looks(clicks, answer)]
        answer = looks[-1]
        scored = [answer] if ious else [looks[0], answer]
        ious += [iou(found > THRESHOLD, item.mask, ignore=item.ignore) for found in scored]
    return ious


def enlarged(dataset: Dataset, side: int) -> Iterator[Item]:
    """Yield random objects, the longer side of their images that many pixels long."""
    for index in random_indices(len(dataset), len(dataset)):
        item = dataset[index]
        height, width = (round(n * side / max(item.mask.shape)) for n in item.mask.shape)
        image = Image.fromarray(item.image).resize((width, height), Image.Resampling.BICUBIC)
        mask = Image.fromarray(item.mask).resize((width, height), Image.Resampling.NEAREST)
        yield Item(item.name, np.asarray(image), np.asarray(mask))


def laid_out(dataset: Dataset, side: int) -> Iterator[Item]:
    """Yield some objects of fields of side x side pixels, made of random images as they are."""
    order = random_indices(len(dataset), len(dataset))
    rng = np.random.default_rng(0)
    items = (dataset[index] for index in cycle(order))
    while True:
        field = np.zeros((side, side, 3), np.uint8)
        found: list[tuple[str, int, int, np.ndarray]] = []
        top = 0
        while top < side:
            left = tallest = 0
            while left < side:
                item = next(items)
                colours = item.image if item.image.ndim > 2 else item.image[..., None]
                place = field[top : top + len(colours), left : left + colours.shape[1]]
                place[:] = colours[: place.shape[0], : place.shape[1], :3]
                if place.shape[:2] == item.mask.shape:
                    found.append((item.name, top, left, item.mask))
                left += colours.shape[1]
                tallest = max(tallest, len(colours))
            top += tallest
        for name, top, left, mask in (
            found[i] for i in rng.permutation(len(found))[:MOST_OF_A_FIELD]
        ):
            whole = np.zeros((side, side), bool)
            whole[top : top + len(mask), left : left + mask.shape[1]] = mask
            yield Item(name, field, whole)


if __name__ == "__main__":
    typer.run(main)
