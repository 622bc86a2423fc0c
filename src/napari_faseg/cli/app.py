"""The command `faseg` itself."""

from importlib.metadata import version
from typing import Annotated

import typer

from napari_faseg.cli.lazy_group import LazyGroup

app = typer.Typer(
    name="faseg",
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"napari-faseg {version('napari-faseg')}")
        raise typer.Exit


@app.callback()
def faseg(
    asked: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Segment any object with a few clicks, offline and without a GPU."""
