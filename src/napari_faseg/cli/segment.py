"""`faseg segment`: an image and clicks in, a label file out."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from napari_faseg import interaction
from napari_faseg._words import counted
from napari_faseg.cli.files import (
    check_labels_path,
    check_picture_path,
    read_image,
    write_labels,
    write_picture,
)
from napari_faseg.cli.kept_files import refuse_same, refuse_sources
from napari_faseg.cli.options import DEVICE, MODE, WEIGHTS, Mode
from napari_faseg.cli.picture import draw
from napari_faseg.interaction import Click, ClickSession, Predictor


def positive_click(text: str) -> Click:
    """Read "Y,X", pixels of the image counted from its upper left corner.

    Raises
    ------
    typer.BadParameter
        The text is anything else than two finite numbers and a comma.
    """
    try:
        y, x = map(float, text.split(","))
        return Click(y, x)
    except ValueError:
        raise typer.BadParameter(f"expected Y,X in pixels such as 120,85, got {text!r}") from None


def negative_click(text: str) -> Click:
    """Read "Y,X" as `positive_click` does, for a click beside the object."""
    return replace(positive_click(text), positive=False)


def segment(
    image: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, metavar="IMAGE", help="The image file.")
    ],
    output: Annotated[Path, typer.Option(help="Label file to write (.tif): 0 and 1.")],
    positive: Annotated[
        list[Click] | None,
        typer.Option(parser=positive_click, metavar="Y,X", help="A click on the object."),
    ] = None,
    negative: Annotated[
        list[Click] | None,
        typer.Option(parser=negative_click, metavar="Y,X", help="A click beside the object."),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Picture to write (.png): object and clicks.")
    ] = None,
    weights: Annotated[str, WEIGHTS] = "default",
    mode: Annotated[Mode, MODE] = Mode.LOOK,
    device: Annotated[str, DEVICE] = "auto",
) -> None:
    """Segment one object of an image from clicks.

    Repeat --positive and --negative as often as needed; the positive clicks are placed first.
    """
    clicks = [*(positive or ()), *(negative or ())]
    if not clicks:
        raise ValueError("expected at least one click, got none: add --positive Y,X")
    _check_outputs(image, output, picture)
    pixels = read_image(image)
    predictor = interaction.NetPredictor.from_weights(weights, mode=mode.value, device=device)
    mask = segment_object(predictor, pixels, clicks)
    labels = mask.astype(np.int32)
    write_labels(output, labels)
    if picture is not None:  # before anything is said, which nobody may be reading
        write_picture(picture, draw(pixels, labels, clicks))
    typer.echo(f"{output}: {int(mask.sum())} of {mask.size} pixels")
    if picture is not None:
        typer.echo(f"{picture}: the object and {counted(len(clicks), 'click')}")


def _check_outputs(image: Path, output: Path, picture: Path | None) -> None:
    check_labels_path(output)
    places = {"--output": output}
    if picture is not None:
        check_picture_path(picture)
        places["--picture"] = picture
    refuse_sources(places.values(), [image])
    refuse_same(places)


def segment_object(
    predictor: Predictor, image: NDArray[np.generic], clicks: list[Click]
) -> NDArray[np.bool_]:
    """Place the clicks one by one, as a person would, and return the last mask, (h, w)."""
    session = ClickSession(predictor)
    session.set_image(image)
    for click in clicks:
        session.add_click(click)
    return session.mask
