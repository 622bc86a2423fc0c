"""What the experiments share: data, training, clicks, and tables that say what made them.

Finished runs are kept beside the table as a file of lines, so that an experiment that was
interrupted goes on where it ended.
"""

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from napari_faseg.datasets import Dataset, find_layout, open_dataset, random_indices
from napari_faseg.evaluation import Curves, evaluate_objects, iou
from napari_faseg.evaluation.report import markdown_table
from napari_faseg.interaction import NetPredictor, Predictor

sys.path.insert(0, str(Path(__file__).parents[1]))  # where these two lie
from methods import made_with

Data = Annotated[
    list[Path], typer.Option("--data", exists=True, help="Data set to click on; repeatable.")
]
Output = Annotated[Path, typer.Option(help="Markdown file; runs and figures lie beside it.")]
Seeds = Annotated[int, typer.Option(min=1, help="How many, from 0.")]
Sample = Annotated[int, typer.Option(min=1, help="Objects of each data set, at random.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda.")]
Weights = Annotated[list[str] | None, typer.Option(help="Predictor by name; repeatable.")]

SCORES: dict[str, Callable[[Curves], float]] = {  # what tables show of how masks got better
    "NoC@85": lambda curves: curves.noc(0.85),
    "NoC@90": lambda curves: curves.noc(0.90),
    "IoU@1": lambda curves: curves.mean_iou(1),
    "IoU@3": lambda curves: curves.mean_iou(3),
    "NoIC": lambda curves: curves.noic(),
}


def scores(curves: Curves) -> dict[str, float]:
    """Return what tables show."""
    return {name: float(score(curves)) for name, score in SCORES.items()}


def open_sets(places: Sequence[Path]) -> list[Dataset]:
    """Open data sets in the layout of a benchmark, or of one's own images with labels."""
    return [open_dataset(find_layout(place) or "folder", place) for place in places]


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


def as_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a markdown table."""
    return markdown_table([heads, ["---"] * len(heads), *rows])


def write(output: Path, title: str, about: str, *parts: str) -> None:
    """Write tables and figures with what made them: commit, versions, machine."""
    text = "\n".join((f"# {title}\n", f"{about} {made_with()}\n", *parts))
    output.write_text(text, encoding="utf-8")
    print(f"{output}: written", file=sys.stderr)
