"""The command `faseg`: the list of its commands."""

from importlib.metadata import version
from typing import Annotated

import typer

from napari_faseg.cli.demo import demo
from napari_faseg.cli.errors import in_one_sentence
from napari_faseg.cli.evaluate import evaluate
from napari_faseg.cli.export import export
from napari_faseg.cli.models import models
from napari_faseg.cli.replay import replay
from napari_faseg.cli.segment import segment
from napari_faseg.cli.train import train

app = typer.Typer(
    name="faseg",
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


for command in (segment, models, demo, evaluate, train, export, replay):
    app.command()(in_one_sentence(command))
