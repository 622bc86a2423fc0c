"""Options that several commands share."""

from enum import StrEnum

import typer


class Mode(StrEnum):
    """What the network looks at: a window around the object, or the whole image once."""

    ZOOM = "zoom"
    ONCE = "once"


WEIGHTS = typer.Option(metavar="NAME_OR_PATH", help="Weights: see `faseg models`, or a file.")
MODE = typer.Option(help="zoom: finer on small objects. once: one look, faster clicks.")
DEVICE = typer.Option(help="auto, cpu, cuda, cuda:1, mps.")
