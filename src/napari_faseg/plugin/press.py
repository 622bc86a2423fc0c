"""A button of the mouse that went down: what it means if it comes up again without a drag."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction.clicks import Click
from napari_faseg.plugin.coordinates import Plane

DRAG_DISTANCE = 5  # pixels of the screen; from there on the mouse drags, as in napari


@dataclass(frozen=True, eq=False)
class Press:
    """A button that went down.

    Parameters
    ----------
    button : int
    picks : bool
        Whether Shift was held.
    start : (2,) array
        Where on the screen, in pixels.
    click : Click or None
        What it means if it is no drag; None where there can be no click.
    plane : Plane or None
        That was on screen.
    """

    button: int
    picks: bool
    start: NDArray[np.float64]
    click: Click | None
    plane: Plane | None

    @property
    def places(self) -> Click | None:
        """The click that is made if it is no drag; None with Shift, or where there can be none."""
        return None if self.picks else self.click

    def is_near(self, event: Any) -> bool:
        """Whether the mouse of an event is so near that this is no drag."""
        return bool(np.linalg.norm(self.start - np.array(event.pos)) < DRAG_DISTANCE)
