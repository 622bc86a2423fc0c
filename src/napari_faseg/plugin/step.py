"""One thing that a person has asked for, which waits for its turn."""

from collections.abc import Callable
from dataclasses import dataclass

from psygnal import Signal

from napari_faseg.plugin.shown import Shown


@dataclass(eq=False)
class Step:
    """Something that has to be done, and what there was before it was asked for.

    `until` is the `order` of the last point, `threshold` the last threshold, and `n_adjusted` how
    often a person had changed it. What is no action changes nothing that can be seen. `follows` is
    a step of another plane that comes first. `leaves` says whether an object may be in progress
    afterwards; None: it leaves that one alone.
    """

    over = Signal()

    work: Callable[[], Shown]
    until: int
    threshold: float
    n_adjusted: int
    is_action: bool = True
    follows: "Step | None" = None
    leaves: bool | None = None
    is_over: bool = False

    def end(self) -> None:
        """Say that it was done, or failed."""
        self.is_over = True
        self.over.emit()
