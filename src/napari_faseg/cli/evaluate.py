"""`faseg evaluate`: how many clicks the objects of data sets need, by one or several methods."""

import json
from pathlib import Path
from typing import Annotated

import typer
from matplotlib.figure import Figure
from rich.console import Console

from napari_faseg.cli.evaluation_run import Run, fingerprint
from napari_faseg.cli.evaluation_table import as_table
from napari_faseg.cli.files import check_folder, write_figure, write_text
from napari_faseg.cli.options import DEVICE, MODE, Mode, read_zoom
from napari_faseg.datasets import dataset_names, open_dataset
from napari_faseg.evaluation import (
    BENCHMARK_TARGET,
    Curves,
    PartialResults,
    Rules,
    make_predictor,
    report,
)
from napari_faseg.evaluation.baselines import BASELINES

PREDICTOR = typer.Option(
    metavar="NAME_OR_PATH",
    help=f"Weights (see `faseg models`), a file, or {', '.join(BASELINES)}; repeatable.",
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
    mode: Annotated[Mode, MODE] = Mode.ZOOM,
    device: Annotated[str, DEVICE] = "auto",
    flip: Annotated[bool, typer.Option(help="Average with the mirrored image.")] = False,
    zoom_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIDE",
            help="Long side of a window in mode zoom (400; for DAVIS 600), or HxW: that size, "
            "whatever its shape, from the first click on (448x448; for DAVIS 672x672).",
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
        int | None, typer.Option(help="Click anywhere in the error, at random, not its middle.")
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
    for path in (json_file, csv_file, markdown_file, comparison, figure, contact_sheet):
        if path is not None:
            check_folder(path)
    zoom = read_zoom(zoom_size, mode)
    sets = [open_dataset(name, place) for name, place in _paired(dataset, root or [])]
    rules = Rules(target=None if never_stop else target, seed=seed)
    partial = None if json_file is None else PartialResults(json_file.with_suffix(".partial.jsonl"))
    found: list[Curves] = []
    for name in predictor or ["default"]:
        method = make_predictor(name, mode=mode.value, device=device, flip=flip, zoom=zoom)
        about = {"weights": fingerprint(name), "mode": mode.value, "flip": flip, "zoom": zoom_size}
        for samples in sets:
            run = Run(name, method, samples, rules, limit, sample, workers, scheduler, skip_broken)
            found.append(run.done(partial, about))
    Console().print(as_table(found))
    _write_tables(found, flip, json_file, csv_file, markdown_file, comparison)
    if figure is not None:
        _write(figure, report.draw_curves(found))
    if contact_sheet is not None:
        _write(contact_sheet, report.draw_contact_sheet(found[-1], method, sets[-1]))
    if partial is not None:
        partial.remove()


def _paired(names: list[str], roots: list[Path]) -> list[tuple[str, Path | None]]:
    """Pair names of data sets with their roots; one name is for all the roots."""
    if not roots:
        return [(name, None) for name in names]
    if len(names) == 1:
        return [(names[0], place) for place in roots]
    if len(names) != len(roots):
        raise ValueError(
            f"expected a root for each data set, got {len(names)} data sets and {len(roots)} roots"
        )
    return list(zip(names, roots, strict=True))


def _write_tables(
    found: list[Curves],
    flip: bool,
    json_file: Path | None,
    csv_file: Path | None,
    markdown_file: Path | None,
    comparison: Path | None,
) -> None:
    rows = [{**curves.to_dict(), "flip": flip} for curves in found]
    numbers = json.dumps(rows if len(rows) > 1 else rows[0], indent=2) + "\n"
    texts = (
        (json_file, numbers),
        (csv_file, report.as_csv(found)),
        (markdown_file, report.as_markdown(found)),
        (comparison, report.as_comparison(found)),
    )
    for path, text in texts:
        if path is not None:
            write_text(path, text)
            typer.echo(f"{path}: written", err=True)


def _write(path: Path, drawn: Figure) -> None:
    write_figure(path, drawn)
    typer.echo(f"{path}: written", err=True)
