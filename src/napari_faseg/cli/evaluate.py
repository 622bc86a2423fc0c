"""`faseg evaluate`: how many clicks the objects of data sets need, by one or several methods."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from napari_faseg.cli.evaluation_outputs import Outputs, write_drawn
from napari_faseg.cli.evaluation_run import Run, fingerprint
from napari_faseg.cli.evaluation_sets import open_sets, paired
from napari_faseg.cli.evaluation_table import as_table
from napari_faseg.cli.interruption import told_when_interrupted
from napari_faseg.cli.options import DEVICE, MODE, Mode, find_modules_here, read_zoom
from napari_faseg.cli.tables import show
from napari_faseg.datasets import dataset_names, open_dataset
from napari_faseg.evaluation import (
    BENCHMARK_TARGET,
    Rules,
    make_predictor,
    refuse_empty,
    report,
)
from napari_faseg.evaluation.baselines import BASELINES

PREDICTOR = typer.Option(
    metavar="NAME_OR_PATH",
    help=f"Weights (see `faseg models`), a file, {', '.join(BASELINES)}, or module:function, which "
    "returns another predictor; repeatable.",
)


def evaluate(
    dataset: Annotated[
        list[str], typer.Option(help=f"One of {', '.join(dataset_names())}; repeatable.")
    ],
    root: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Folder or zip archive of the data set; repeatable."),
    ] = None,
    predictor: Annotated[list[str] | None, PREDICTOR] = None,
    mode: Annotated[Mode, MODE] = Mode.LOOK,
    device: Annotated[str, DEVICE] = "auto",
    flip: Annotated[bool, typer.Option(help="Average with the mirrored image.")] = False,
    zoom_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIDE",
            help="Long side of a window in mode look or zoom (400; for DAVIS 600), or HxW: that "
            "size, whatever its shape, from the first click on (448x448; for DAVIS 672x672). The "
            "other rules of the mode stay.",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first objects.")] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="So many at random, the same ones every time.")
    ] = None,
    target: Annotated[
        float, typer.Option(min=0, max=1, help="Overlap at which the clicks on an object stop.")
    ] = BENCHMARK_TARGET,
    never_stop: Annotated[
        bool, typer.Option("--never-stop", help="Place all 20 clicks: exact IoU by click.")
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Click anywhere in the error, at random, not its middle."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes of this machine.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of a Dask cluster that does the work.")
    ] = None,
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Leave out and list what cannot be read.")
    ] = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="OUT", help="Numbers. A run that ends early goes on."),
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="OUT", help="A line for each object.")
    ] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", metavar="OUT", help="The table.")
    ] = None,
    comparison: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="A table of methods against data sets, in markdown."),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Overlap against clicks, as a picture.")
    ] = None,
    contact_sheet: Annotated[
        Path | None, typer.Option(metavar="OUT", help="The worst and best objects of the last run.")
    ] = None,
) -> None:
    """Let a robot click on every object of a data set and count its clicks."""
    names, places = predictor or ["default"], paired(dataset, root or [])
    find_modules_here()
    outputs = Outputs(json_file, csv_file, markdown_file, comparison, figure, contact_sheet)
    outputs.check(
        [*(place for _, place in places if place), *filter(Path.is_file, map(Path, names))]
    )
    zoom = read_zoom(zoom_size, mode)
    rules = Rules(target=None if never_stop else target, seed=seed)
    advice = "the same command " + ("goes on" if json_file else "with --json would go on")
    with told_when_interrupted(f"{advice} where it ended"), outputs.partial() as kept:
        sets = open_sets(places, partial(open_dataset, incomplete=skip_broken))
        for opened in sets:
            refuse_empty(opened.samples, opened.title)
        found = []
        for name in names:
            method = make_predictor(name, mode=mode.value, device=device, flip=flip, zoom=zoom)
            about = {
                "weights": fingerprint(name),
                "mode": mode.value,
                "flip": flip,
                "zoom": zoom and asdict(zoom),
            }
            for opened in sets:
                run = Run(
                    name, method, opened, rules, limit, sample, workers, scheduler, skip_broken
                )
                found.append(run.done(kept, about))
        options = {"flip": flip, "zoom": zoom_size, "seed": seed, "limit": limit, "sample": sample}
        try:
            outputs.write_tables(found, options)
            if figure is not None:
                write_drawn(figure, report.draw_curves(found))
            if contact_sheet is not None:
                sheet = report.draw_contact_sheet(found[-1], method, sets[-1].samples)
                write_drawn(contact_sheet, sheet)
        except BaseException:  # nobody else has the numbers
            show(as_table(found))
            raise
    show(as_table(found))  # last, since nobody may be reading it any more
