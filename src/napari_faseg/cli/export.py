"""`faseg export`: the objects of a recorded session, as a file that other programs read."""

from pathlib import Path
from typing import Annotated

import typer

from napari_faseg.cli.files import check_place
from napari_faseg.evaluation.disk_errors import naming
from napari_faseg.interaction.label_files import export_labels
from napari_faseg.interaction.session_folder import read_session

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
    stored = read_session(session)
    for sentence in stored.warnings:
        typer.echo(f"faseg: {sentence}", err=True)
    with naming(output):
        export_labels(stored, output)
    typer.echo(f"{output}: {stored.state.n_objects} objects")
    if stored.state.clicks:
        typer.echo("The object in progress is not among them: finish it first.")
