"""`faseg demo`: the first thing to try, without a network connection."""

import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from napari_faseg import interaction
from napari_faseg.cli.files import write_labels, write_picture
from napari_faseg.cli.picture import draw
from napari_faseg.demo import segment_demo

LABELS, PICTURE = "faseg-demo-labels.tif", "faseg-demo-picture.png"

# The command line may not import napari, so that it works on a server, and Qt ends the whole
# process when there is no display: the window is a process of its own, named here as text.
WINDOW = (sys.executable, "-m", "napari_faseg.plugin.demo_window")


def demo(
    window: Annotated[bool, typer.Option(help="Open napari, or write files instead.")] = True,
    output: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("faseg-demo"),
) -> None:
    """Segment a sample photograph from stored clicks and show the result in napari."""
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(f"expected a folder for the files, got the file {output}")
    if window:
        typer.echo("Opening napari; close its window to come back.")
        reason = why_not_shown(WINDOW)
        if reason is None:
            return
        typer.echo(f"No window can be opened here ({reason}), so the result goes to files.")
    write_demo(output)


def why_not_shown(command: tuple[str, ...]) -> str | None:
    """Run the window until it is closed; return why it failed, or None when it did not."""
    shown = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if shown.returncode == 0:
        return None
    lines = shown.stderr.strip().splitlines() or [f"exit code {shown.returncode}"]
    return next((line for line in lines if line.startswith("qt.qpa")), lines[-1]).strip()


def write_demo(folder: Path) -> None:
    """Write labels and a picture under names that no file of somebody's own has, and say so."""
    shown = segment_demo(interaction.NetPredictor.from_weights())
    folder.mkdir(parents=True, exist_ok=True)
    labels, drawn = folder / LABELS, folder / PICTURE
    write_labels(labels, shown.labels)
    picture = draw(shown.image, shown.labels, chain.from_iterable(shown.clicks))
    write_picture(drawn, picture)
    typer.echo(f"{labels}: {shown.labels.max()} objects")
    typer.echo(f"{drawn}: the objects and their clicks")
