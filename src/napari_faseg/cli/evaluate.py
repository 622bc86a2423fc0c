"""`faseg evaluate`: how many clicks the objects of a data set need."""

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from napari_faseg.cli.files import check_folder, write_text
from napari_faseg.cli.options import DEVICE, MODE, WEIGHTS, Mode
from napari_faseg.datasets import dataset_names, open_dataset
from napari_faseg.evaluation import BENCHMARK_CLICKS, BENCHMARK_TARGET, Curves, evaluate_objects
from napari_faseg.interaction import NetPredictor

MEAN_IOU_AT = (1, 3, 5)


def evaluate(
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join(dataset_names())}.")],
    root: Annotated[
        list[Path],
        typer.Option(exists=True, help="Folder or zip archive of the data set; repeatable."),
    ],
    predictor: Annotated[str, WEIGHTS] = "default",
    mode: Annotated[Mode, MODE] = Mode.ZOOM,
    device: Annotated[str, DEVICE] = "auto",
    flip: Annotated[bool, typer.Option(help="Average with the mirrored image.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first objects.")] = None,
    target: Annotated[
        float, typer.Option(min=0, max=1, help="Overlap at which the clicks on an object stop.")
    ] = BENCHMARK_TARGET,
    never_stop: Annotated[
        bool, typer.Option("--never-stop", help="Place all 20 clicks: exact IoU by click.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="File for the numbers.")
    ] = None,
) -> None:
    """Let a robot click on every object of a data set and count its clicks."""
    if json_file is not None:
        check_folder(json_file)
    sets = [open_dataset(dataset, path) for path in root]
    stop = None if never_stop else target
    net = NetPredictor.from_weights(predictor, mode=mode.value, device=device, flip=flip)
    found = []
    for samples in sets:
        n_objects = min(limit or len(samples), len(samples))
        results = evaluate_objects(net, islice(samples, n_objects), target=stop)
        watched = tuple(track(results, samples.name, n_objects, console=Console(stderr=True)))
        curves = Curves(watched, BENCHMARK_CLICKS, stop, predictor, samples.name, mode.value)
        found.append(curves)
    Console().print(as_table(found))
    if json_file is not None:
        rows = [{**curves.to_dict(), "flip": flip} for curves in found]
        write_text(json_file, json.dumps(rows if len(rows) > 1 else rows[0], indent=2) + "\n")
        typer.echo(f"{json_file}: the same numbers", err=True)


def as_table(found: Sequence[Curves]) -> Table:
    """Return the numbers of evaluations, a column a data set, with the names of the field."""
    columns = [_measures(curves) for curves in found]
    table = Table("measure", *(curves.dataset for curves in found), title=found[0].predictor)
    for measure in columns[0]:
        table.add_row(measure, *(_as_text(column[measure]) for column in columns))
    return table


def _measures(curves: Curves) -> dict[str, object]:
    """Return the numbers of one evaluation by the names that the field gives them."""
    numbers = curves.to_dict()
    return {
        "objects": numbers["objects"],
        "NoC@80": numbers["noc80"],
        "NoC@85": numbers["noc85"],
        "NoC@90": numbers["noc90"],
        "NoF@90": numbers["nof90"],
        "NoF@90, the field's": numbers["nof90_ref"],
        "NoIC": numbers["noic"],
        **{f"IoU@{n}": curves.mean_iou(n) for n in MEAN_IOU_AT},
        "seconds per click": curves.seconds_per_click,
        "encode seconds": curves.encode_seconds,
    }


def _as_text(value: object) -> str:
    """Return a number as people read it; a dash for one that needs a higher target."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
