"""`faseg export`: the objects of a recorded session, as a file that other programs read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from napari_faseg._words import counted
from napari_faseg.cli.files import check_place
from napari_faseg.cli.kept_files import refuse_sources
from napari_faseg.interaction.label_files import export_labels, export_stack
from napari_faseg.interaction.session_folder import StoredSession, read_session
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
    refuse_sources([output], sources_of([stored]))
    for sentence in stored.warnings:
        typer.echo(f"faseg: {sentence}", err=True)
    export_labels(stored, output)
    typer.echo(f"{output}: {counted(stored.state.n_objects, 'object')}")
    if stored.state.in_progress:
        typer.echo("The object in progress is not among them: finish it first.")


def sources_of(sessions: Iterable[StoredSession]) -> set[Path]:
    """Return the files of the images that sessions are about, where they say which."""
    known = (stored.about.facts.get("source") for stored in sessions)
    return {Path(str(source)) for source in known if source}


def _export_stack(folder: Path, output: Path) -> None:
    stack = read_stack(folder)
    refuse_sources([output], sources_of(stack.planes))
    for sentence in stack.warnings:
        typer.echo(f"faseg: {sentence}", err=True)
    export_stack(stack, output)
    n_objects = sum(stored.state.n_objects for stored in stack.planes)
    where = counted(len(stack.planes), "plane")
    typer.echo(f"{output}: {counted(n_objects, 'object')} on {where}")
    if any(stored.state.in_progress for stored in stack.planes):
        typer.echo("Objects in progress are not among them: finish them first.")
