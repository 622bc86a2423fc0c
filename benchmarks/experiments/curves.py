"""Overlap against clicks with the area under it (figure 3): `python .../curves.py --help`.

No run stops early, so that every point is the mean over all objects. Beside the areas stand the
share of clicks after the first that lose more than a point of overlap, and the largest fall of the
mean from one click to the next.
"""

from itertools import pairwise
from typing import Annotated

import typer
from study import Data, Device, Output, Sample, Weights, as_table, clicked, open_sets, write

from napari_faseg.evaluation import Curves, make_predictor, report

SHOWN = (1, 3, 5, 10, 20)


def main(
    data: Data,
    output: Output,
    weights: Weights = None,
    sample: Sample = 100,
    clicks: Annotated[int, typer.Option(min=1, help="On every object.")] = 20,
    mode: str = "look",
    device: Device = "auto",
) -> None:
    """Write a figure for each data set, and the table of all areas."""
    rows, figures = [], []
    for number, dataset in enumerate(open_sets(data), 1):
        found = []
        for name in weights or ["default"]:
            predictor = make_predictor(name, mode=mode, device=device)
            curves = clicked(predictor, dataset, sample, max_clicks=clicks, target=None, name=name)
            found.append(curves)
            ious = [f"{curves.mean_iou(n):.3f}" if n <= clicks else "-" for n in SHOWN]
            lost = f"{100 * curves.setbacks():.1f} %", f"{largest_fall(curves):.4f}"
            rows.append([dataset.name, name, f"{curves.auc().mean:.3f}", *ious, *lost])
            print(*rows[-1], flush=True)
        picture = output.with_name(f"{output.stem}-{number}.png")
        report.draw_curves(found).savefig(picture, dpi=150)
        figures.append(f"![Overlap against clicks on {dataset.name}]({picture.name})\n")
    heads = ["data set", "method", "AuC", *(f"IoU@{n}" for n in SHOWN), "setbacks", "largest fall"]
    about = f"{sample} random objects of each data set, {clicks} clicks on each, mode {mode}."
    write(output, "Overlap against clicks", about, as_table(heads, rows), *figures)


def largest_fall(curves: Curves) -> float:
    """Return how much the mean overlap falls at most from one click to the next, 0 if never."""
    ious = [curves.mean_iou(n) for n in range(1, curves.max_clicks + 1)]
    return max([0.0, *(before - after for before, after in pairwise(ious))])


if __name__ == "__main__":
    typer.run(main)
