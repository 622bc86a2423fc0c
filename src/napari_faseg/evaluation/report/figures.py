"""Figures of evaluations: overlap against clicks, and the best and worst objects."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from skimage.segmentation import find_boundaries

from napari_faseg._words import counted
from napari_faseg.datasets import Dataset, Sample
from napari_faseg.evaluation.curves import Curves, ObjectResult
from napari_faseg.evaluation.objects import replayed_masks
from napari_faseg.interaction import Predictor, to_rgb

INCH = 3.0  # side of one panel
TRUTH, FOUND = "#ffd23f", "#00d5ff"
POSITIVE, NEGATIVE = "#29d66b", "#ff3b3b"
LEGEND = "yellow: truth, blue: found; green clicks add, red clicks remove"


def draw_curves(found: Sequence[Curves], figure: Figure | None = None) -> Figure:
    """Draw mean IoU against clicks, a panel for each data set, with the AuC in the legend.

    Runs that stop at a target keep the overlap that they stopped at.

    Parameters
    ----------
    found : sequence of Curves
    figure : Figure, optional
        To be cleared and drawn on; a new one unless given.
    """
    datasets = list(dict.fromkeys(curves.dataset for curves in found))
    if figure is None:
        figure = Figure(figsize=(1.6 * INCH * len(datasets), 1.4 * INCH), layout="constrained")
    figure.clear()
    panels = figure.subplots(1, len(datasets), squeeze=False)[0]
    for panel, dataset in zip(panels, datasets, strict=True):
        for curves in (c for c in found if c.dataset == dataset):
            clicks = range(1, curves.max_clicks + 1)
            ious = [curves.mean_iou(n) for n in clicks]
            panel.plot(clicks, ious, marker="o", markersize=3, label=_legend(curves))
        panel.set(title=dataset, xlabel="clicks", ylabel="mean IoU", ylim=(0, 1))
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.grid(alpha=0.3)
        panel.legend(loc="lower right", fontsize="small")
    return figure


def draw_contact_sheet(
    curves: Curves, predictor: Predictor, dataset: Dataset, *, n_objects: int = 6
) -> Figure:
    """Draw the worst objects above the best ones, with truth, mask and clicks.

    Worst are those with the most clicks, and among them the lowest last overlap. The clicks are
    made once more to get their masks.

    Parameters
    ----------
    curves : Curves
        Of the predictor on the data set.
    predictor : Predictor
    dataset : Dataset
    n_objects : int
        In each of the two rows, at most; half of all where these are few.
    """
    ranked = sorted(curves.results, key=lambda r: (-len(r.ious), r.ious[-1]))
    n = min(n_objects, max(1, len(ranked) // 2))  # no object is among both
    rows = ranked[:n], ranked[::-1][:n]
    figure = Figure(figsize=(INCH * max(n, 2), INCH * 2.2), layout="constrained")
    for panels, results in zip(figure.subplots(2, n, squeeze=False), rows, strict=True):
        for panel, result in zip(panels, results, strict=True):
            draw_object(panel, predictor, dataset[result.index], result)
    title = f"{curves.predictor} on {curves.dataset}: the worst above the best\n{LEGEND}"
    figure.suptitle(title, fontsize="medium", wrap=True)
    return figure


def draw_object(panel: Axes, predictor: Predictor, sample: Sample, result: ObjectResult) -> None:
    """Draw an object with the outline of truth and mask, and its clicks."""
    found = replayed_masks(predictor, sample, result.clicks)[-1]
    picture = to_rgb(sample.image).copy()
    for mask, colour in ((sample.mask, TRUTH), (found, FOUND)):
        outline = find_boundaries(mask, mode="thick")
        picture[outline] = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    panel.imshow(np.clip(picture, 0, 1))
    for click in result.clicks:
        colour = POSITIVE if click.positive else NEGATIVE
        panel.plot(click.x, click.y, "o", color=colour, markersize=5, markeredgecolor="white")
    name = result.name.encode(errors="backslashreplace").decode()  # of a file, of any bytes
    n_clicks = counted(len(result.ious), "click")
    panel.set_title(f"{name}\n{n_clicks}, {result.ious[-1]:.2f}", fontsize=8)
    panel.axis("off")


def _legend(curves: Curves) -> str:
    return f"{curves.predictor} ({curves.auc().mean:.3f})"
