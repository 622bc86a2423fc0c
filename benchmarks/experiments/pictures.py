"""The host alone beside the answer to clicks (figure 5): `python .../pictures.py --help`."""

from typing import Annotated

import numpy as np
import typer
from matplotlib.figure import Figure
from numpy.typing import NDArray
from study import Data, Device, Output, Sample, as_table, open_sets, write

from napari_faseg.datasets import Sample as Item
from napari_faseg.datasets import random_indices
from napari_faseg.evaluation import Rules, iou
from napari_faseg.evaluation.objects import click_on
from napari_faseg.interaction import Click, ClickSession, NetPredictor, to_rgb8

TITLES = ("image", "truth", "without a click", "with clicks")
TINT = np.array([255, 140, 0])


def main(
    data: Data,
    output: Output,
    weights: str = "default",
    sample: Sample = 3,
    clicks: Annotated[int, typer.Option(min=1, help="On every object.")] = 3,
    mode: str = "look",
    device: Device = "auto",
) -> None:
    """Draw random objects of each data set and write their overlaps."""
    predictor = NetPredictor.from_weights(weights, mode=mode, device=device)
    rows, figures = [], []
    for number, dataset in enumerate(open_sets(data), 1):
        items = [dataset[i] for i in random_indices(len(dataset), sample)]
        figure = Figure((12, 3 * len(items)), layout="constrained")
        panels = figure.subplots(len(items), len(TITLES), squeeze=False)
        for item, line in zip(items, panels, strict=True):
            before, after, clicked = answers(predictor, item, clicks)
            for panel, title, mask in zip(
                line, TITLES, (None, item.mask, before, after), strict=True
            ):
                panel.imshow(tinted(to_rgb8(item.image), mask))
                panel.set_title(title, fontsize=9)
                panel.axis("off")
            for click in clicked:
                line[3].plot(click.x, click.y, "o", color="lime" if click.positive else "red")
            overlaps = (iou(mask, item.mask, ignore=item.ignore) for mask in (before, after))
            rows.append([dataset.name, item.name, *(f"{value:.3f}" for value in overlaps)])
        picture = output.with_name(f"{output.stem}-{number}.png")
        figure.savefig(picture, dpi=150)
        figures.append(f"![Objects of {dataset.name}]({picture.name})\n")
    heads = ["data set", "object", "without a click", f"{clicks} clicks"]
    about = f"Weights {weights}, mode {mode}, {sample} random objects of each data set, IoU."
    write(output, "Without and with clicks", about, as_table(heads, rows), *figures)


def answers(
    predictor: NetPredictor, item: Item, n_clicks: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], tuple[Click, ...]]:
    """Return the (h, w) masks without a click and after the robot's clicks, and the clicks."""
    session = ClickSession(predictor)
    click_on(session, item, Rules(max_clicks=n_clicks, target=None))
    return predictor.coarse() > 0.5, session.mask, session.clicks


def tinted(rgb: NDArray[np.uint8], mask: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """Return an (h, w, 3) image with a mask in a colour over it."""
    shown = rgb.copy()
    if mask is not None:
        shown[mask] = (0.5 * shown[mask] + 0.5 * TINT).astype(np.uint8)
    return shown


if __name__ == "__main__":
    typer.run(main)
