"""`faseg replay`: whether the clicks of a recorded session still give its objects."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from napari_faseg import interaction
from napari_faseg.cli.export import SESSION
from napari_faseg.cli.files import read_image
from napari_faseg.cli.options import DEVICE
from napari_faseg.interaction import Predictor, ZoomIn
from napari_faseg.interaction.about import About
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.recorded_view import (
    RecordedView,
    read_as_napari,
    read_as_scikit_image,
)
from napari_faseg.interaction.reproduction import ReplayedObject, replay_objects
from napari_faseg.interaction.session_folder import StoredSession, read_session
from napari_faseg.interaction.stack_folder import is_stack, name_of, read_stack
from napari_faseg.models import weights_sha256

EARLIER = {  # facts of a session, and what a part of its objects was made with then
    "earlier_views": "another contrast or other channels",
    "earlier_predictors": "other weights or settings, or less sharply, when memory was short",
}
TOLERANCE = 1e-6  # of the pixels: another processor rounds the last bit of a logit otherwise


def replay(
    session: Annotated[Path, SESSION],
    image: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The image, if it lies elsewhere now."),
    ] = None,
    device: Annotated[str, DEVICE] = "auto",
) -> None:
    """Answer the recorded clicks once more, and compare the objects pixel by pixel.

    The exit code is 0 where they are the same but for one pixel of a million, else 1. Of a stack,
    that is so on each plane.
    """
    found = [_replay(stored, plane, image, device) for plane, stored in _sessions(session)]
    n_objects, n_replayed, n_different, n_pixels = (
        np.reshape(found, (-1, 4)).astype(int).sum(axis=0)
    )
    typer.echo(
        f"{n_replayed} of {n_objects} objects replayed: {n_different} of {n_pixels} pixels differ"
    )
    if any(different > pixels * TOLERANCE for _, _, different, pixels in found):
        raise typer.Exit(1)


def _sessions(folder: Path) -> list[tuple[str, StoredSession]]:
    """Return what the session in a folder is called, and it; of a stack, those of its planes."""
    if is_stack(folder):
        return [(f"{name_of(stored.about)}: ", stored) for stored in read_stack(folder).planes]
    return [("", read_session(folder))]


def _replay(
    stored: StoredSession, plane: str, image: Path | None, device: str
) -> tuple[int, int, int, int]:
    """Replay a session; return how many objects, how many replayed, and pixels that differ."""
    for sentence in stored.warnings:
        typer.echo(f"faseg: {plane}{sentence}", err=True)
    for fact, others in EARLIER.items():
        if stored.about.facts.get(fact):
            sentence = f"a part of these objects was made with {others}"
            typer.echo(f"faseg: {plane}{sentence}", err=True)
    file = image or source_of(stored.about)
    is_of_napari = "view" in stored.about.facts
    found = read_image(file, read_as_napari if is_of_napari else read_as_scikit_image)
    pixels = seen_image(stored.about, found)
    predictor = recorded_predictor(stored.about, device)
    predictor.set_image(pixels)
    numbers = []
    for replayed in replay_objects(stored.state, predictor):
        typer.echo(f"{plane}{told(replayed)}")
        numbers.append(replayed.n_different)
    replayable = [n for n in numbers if n is not None]
    return len(numbers), len(replayable), sum(replayable), stored.state.labels.size


def source_of(about: About) -> Path:
    """Return where the image was; ValueError if that was not recorded."""
    if "source" not in about.facts:
        raise ValueError("expected --image FILE: the session does not say where its image is")
    return Path(about.facts["source"])


def seen_image(about: About, image: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an image as the predictor of the session saw it, refusing another image."""
    if "view" not in about.facts:
        about.image.check(ImageIdentity.of(image))
        return image
    view = RecordedView.from_dict(about.facts["view"])
    plane = view.plane(image)
    about.image.check(ImageIdentity.of(plane))
    return view.shown(plane)


def recorded_predictor(about: About, device: str) -> Predictor:
    """Return the predictor that answered the clicks.

    Raises
    ------
    ValueError
        If it was of another kind, or its weights are others now.
    """
    # What is not told of was not there yet.
    later = ("steady", "near", "cascade", "afar", "exact", "alike")
    options: dict[str, Any] = dict.fromkeys(later, False)
    options |= about.facts.get("predictor", {})
    kind, weights, sha256 = (options.pop(name, None) for name in ("kind", "weights", "sha256"))
    if kind != interaction.NetPredictor.__name__ or weights is None:
        raise ValueError(f"expected a session of a NetPredictor with weights, got one of {kind}")
    if weights_sha256(weights) != sha256:
        raise ValueError(f"expected the weights of SHA-256 {sha256}, got others called {weights}")
    zoom = options.pop("zoom", None)
    if zoom is not None:
        target = zoom["target"]
        options["zoom"] = ZoomIn(
            **{**zoom, "target": target if isinstance(target, int) else tuple(target)}
        )
    return interaction.NetPredictor.from_weights(weights, device=device, **options)


def told(replayed: ReplayedObject) -> str:
    """Return how an object came out, as a line of text."""
    if replayed.n_different is None:
        return f"object {replayed.label}: {replayed.n_pixels} pixels, not made by clicks alone"
    return f"object {replayed.label}: {replayed.n_different} of {replayed.n_pixels} pixels differ"
