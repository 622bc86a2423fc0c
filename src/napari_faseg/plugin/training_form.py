"""What the form of the training widget means, and how its numbers are told."""

from __future__ import annotations

from pathlib import Path

from napari.layers import Image, Labels

from napari_faseg import training
from napari_faseg._words import counted
from napari_faseg.datasets import Pictures, find_layout, open_dataset
from napari_faseg.plugin.layer_dataset import LayerDataset

SHOWN = (("NoC@85", "noc85"), ("NoC@90", "noc90"), ("IoU@1", "iou1"), ("IoU@3", "iou3"))
WORSE = "The new weights take more clicks\nthan those before: train longer."


def pictures_of(image: Image | None, objects: Labels | None, folder: Path | None) -> Pictures:
    """Return what is to be learned from: a data set on the disk, or else two layers.

    Raises
    ------
    ValueError
        If there is neither, or it cannot be trained on; the message says why.
    """
    if folder is not None and folder != Path():
        layout = find_layout(folder)
        if layout is None:
            raise ValueError(f"expected a data set such as images/ and labels/ in {folder}")
        opened = open_dataset(layout, folder)
        if isinstance(opened, Pictures):
            return opened
        raise ValueError(f"expected images with labels in {folder}, got a {layout}")
    if image is None or objects is None:
        raise ValueError("Choose images and labels with their objects, or a data set, first.")
    dataset = LayerDataset(image, objects)
    if dataset.n_pictures < 2:
        raise ValueError(
            f"expected a stack of at least 2 images, since some are held out, got one: {image.name}"
        )
    return dataset.as_it_is()  # somebody may go on with the objects meanwhile


def annotated(pictures: Pictures) -> Pictures:
    """Return what has objects of what is to be learned from, where it is layers; this may be slow.

    Most planes of a stack are no images yet: nobody has said where their objects are.

    Raises
    ------
    ValueError
        If fewer than two planes have objects.
    """
    if not isinstance(pictures, LayerDataset):
        return pictures
    found = pictures.annotated()
    if found.n_pictures < 2:
        n, n_all = found.n_pictures, pictures.n_pictures
        raise ValueError(
            f"expected objects on at least 2 of the {n_all} planes of {pictures.name}, since some "
            f"are held out, got them on {n or 'none'}: annotate {2 - n} more"
        )
    return found


def compared(before: training.Scores, best: training.Scores | None) -> str:
    """Return the scores before and after in a line each, and whether they have become worse."""
    head = f"held out: {counted(before.n_objects, 'object')}, before → after"
    lines = [
        f"{name}: {getattr(before, field):.2f} → "
        + ("…" if best is None else f"{getattr(best, field):.2f}")
        for name, field in SHOWN
    ]
    is_worse = best is not None and best.is_worse_than(before)
    return "\n".join([head, *lines, *([WORSE] if is_worse else [])])


def remaining(rows: tuple[training.Row, ...], share: float) -> str:
    """Return how far a run is and how long it will take, in words."""
    if not rows or share <= 0:
        return "Counting the clicks before …"
    seconds = rows[-1].seconds * (1 - share) / share
    left = f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
    return f"Step {rows[-1].step}, loss {rows[-1].loss:.2f}, {left} left"
