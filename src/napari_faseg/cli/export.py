"""`faseg export`: the objects of a recorded session, as a file that other programs read."""

from pathlib import Path
from typing import Annotated

import typer

from napari_faseg.cli.files import check_place
from napari_faseg.evaluation.disk_errors import naming
from napari_faseg.interaction.label_files import export_labels, export_stack
from napari_faseg.interaction.session_folder import counted, read_session
from napari_faseg.interaction.stack_folder import is_stack, read_stack

SESSION = typer.Argument(
    exists=True, file_okay=False, metavar="SESSION", help="The folder of a recorded session."
)


def export(
    session: Annotated[Path, SESSION],
    output: Annotated[
        Path, typer.Option(help="File to write: labels (.tif, .png) or COCO objects (.json).")
    ],
) -> None:
    """Write the finished objects of a recorded session to a file."""
    check_place(output)
    if is_stack(session):
        _export_stack(session, output)
        return
    stored = read_session(session)
    for sentence in stored.warnings:
        typer.echo(f"faseg: {sentence}", err=True)
    with naming(output):
        export_labels(stored, output)
    typer.echo(f"{output}: {stored.state.n_objects} objects")
    if stored.state.clicks:
        typer.echo("The object in progress is not among them: finish it first.")


def _export_stack(folder: Path, output: Path) -> None:
    stack = read_stack(folder)
    for sentence in stack.warnings:
        typer.echo(f"faseg: {sentence}", err=True)
    with naming(output):
        export_stack(stack, output)
    n_objects = sum(stored.state.n_objects for stored in stack.planes)
    typer.echo(f"{output}: {n_objects} objects on {counted(len(stack.planes), 'plane')}")
    if any(stored.state.clicks for stored in stack.planes):
        typer.echo("Objects in progress are not among them: finish them first.")
