"""Options that several commands share."""

import re
import sys
from dataclasses import replace
from enum import StrEnum

import typer

from napari_faseg.interaction import ZoomIn
from napari_faseg.interaction.windows import usual_rules

SMALLEST_ZOOM = 32  # pixels


class Mode(StrEnum):
    """What the network looks at, see `NetPredictor`."""

    LOOK = "look"
    ZOOM = "zoom"
    ONCE = "once"


def read_zoom(text: str | None, mode: Mode) -> ZoomIn | None:
    """Return the zoom-in of the option `--zoom-size`: "600" or "448x448"; None for None.

    The other rules are those of the mode.

    Raises
    ------
    ValueError
        If it is neither, or the mode has no zoom.
    """
    if text is None:
        return None
    if mode is Mode.ONCE:
        raise ValueError(f"expected --mode look or zoom for a zoom size, got {mode.value}")
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text)
    sides = [] if match is None else [int(side) for side in match.groups() if side]
    if not sides or min(sides) < SMALLEST_ZOOM:
        raise ValueError(
            f"expected a zoom size like 600 or 448x448, at least {SMALLEST_ZOOM}, got {text}"
        )
    usual = usual_rules(mode.value)
    if len(sides) == 1:
        return replace(usual, target=sides[0])
    return replace(usual, target=(sides[0], sides[1]), n_skipped=-1)


def find_modules_here() -> None:
    """Let modules in the working folder be imported, as `python -m` does."""
    if "" not in sys.path:
        sys.path.insert(0, "")


WEIGHTS = typer.Option(metavar="NAME_OR_PATH", help="Weights: see `faseg models`, or a file.")
MODE = typer.Option(
    help="look: closer where it helps. zoom: the windows of benchmarks. once: the whole image."
)
DEVICE = typer.Option(help="auto, cpu, cuda, cuda:1, mps.")
