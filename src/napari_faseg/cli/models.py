"""`faseg models`: which weights there are."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

import napari_faseg
from napari_faseg.cli.tables import show
from napari_faseg.models import (
    WeightsInfo,
    available_weights,
    delete_weights,
    export_weights,
)

HASH_START = 12
BYTES_PER_MEGABYTE = 1_000_000


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    add: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Copy a file of weights, for napari to list it."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What --add calls it (the name of the file).")
    ] = None,
    delete: Annotated[
        str | None, typer.Option(metavar="NAME", help="Delete weights of your own.")
    ] = None,
    export: Annotated[
        str | None, typer.Option(metavar="NAME", help="Copy weights to the file --output.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File for --export (.safetensors).")] = None,
) -> None:
    """List the weights that can be used by name, or add, delete or copy some."""
    if name is not None and add is None:
        raise ValueError(f"expected --add FILE with --name, got --name {name} alone")
    if output is not None and export is None:
        raise ValueError(f"expected --export NAME with --output, got --output {output} alone")
    if add is not None:
        napari_faseg.add_weights(add, name)  # there alone torch is needed
        typer.echo(f"{name or add.stem}: added", err=True)
    if export is not None:
        if output is None:
            raise ValueError("expected --output FILE for the copy")
        export_weights(export, output)
        typer.echo(f"{output}: the weights {export}", err=True)
    if delete is not None:
        delete_weights(delete)
        typer.echo(f"{delete}: deleted", err=True)
    found = available_weights()
    if as_json:
        typer.echo(json.dumps([_as_json(weights) for weights in found], indent=2))
    else:
        show(_table(found))


def _as_json(weights: WeightsInfo) -> dict[str, object]:
    return {
        "name": weights.name,
        "path": str(weights.path),
        "size": weights.size,
        "sha256": weights.sha256,
        "description": weights.description,
    }


def _table(found: tuple[WeightsInfo, ...]) -> Table:
    table = Table("name", "megabytes", "sha256", "description")
    for weights in found:
        megabytes = f"{weights.size / BYTES_PER_MEGABYTE:.1f}"
        table.add_row(weights.name, megabytes, weights.sha256[:HASH_START], weights.description)
    return table
