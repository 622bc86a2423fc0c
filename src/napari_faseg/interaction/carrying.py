"""An object that goes on in another image: the next plane of a stack, the next moment."""

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.arrays import Mask
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.depth import deepest_pixel
from napari_faseg.interaction.session import ClickSession


def carry(session: ClickSession, label: int, mask: Mask, *, overwrite: bool = False) -> None:
    """Begin an object with the mask that it has in another image, and one click in its middle.

    The mask becomes an object, which is reopened and clicked on where it is deepest: one action
    that `undo` takes back. Whatever is raised, by the predictor too, changes nothing.

    Parameters
    ----------
    session : ClickSession
        Of the image in which the object goes on; without an object in progress.
    label : int
        Of the object, which none in the session has.
    mask : (h, w) bool
        Where the object lies in the other image.
    overwrite : bool
        Whether it takes pixels of finished objects.

    Raises
    ------
    ValueError
        If the label is taken, or no pixel is left of the mask.
    RuntimeError
        If an object is in progress.
    """
    labels = session.labels
    if session.in_progress:
        raise RuntimeError(f"commit or reset the object in progress before carrying {label} on")
    if (labels == label).any():
        raise ValueError(f"object {label} is here already: reopen it")
    free = mask if overwrite else mask & (labels == 0)
    if not free.any():
        raise ValueError(f"other objects have all pixels that object {label} would begin with")
    with session.one_action():
        session.set_labels(np.where(free, np.int32(label), labels))
        session.reopen(label)
        session.add_click(Click(*deepest_pixel(free)))


def overlap(labels: NDArray[np.integer], label: int, index: tuple[slice | int, ...]) -> bool:
    """Say whether an object of a stack goes on in a plane next to one that has it.

    Parameters
    ----------
    labels : (..., h, w) array
        Of the stack; its axes in any order.
    label : int
        Of the object.
    index : tuple of slice or int
        Of the plane: an index for each axis that has a slider.
    """
    here = labels[index] == label
    for axis, at in enumerate(index):
        for beside in () if isinstance(at, slice) else (at - 1, at + 1):
            if 0 <= beside < labels.shape[axis]:
                there = labels[(*index[:axis], beside, *index[axis + 1 :])] == label
                if (here & there).any():
                    return True
    return False
