"""What can be asked of a session, and changes nothing in it."""

import numpy as np

from napari_faseg.interaction.arrays import Labels, Mask, Probability, frozen
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.history import History
from napari_faseg.interaction.state import SessionState


class SessionView:
    """The properties of a `ClickSession`."""

    def __init__(self) -> None:
        self._history: History | None = None
        self._labels: Labels = np.zeros((0, 0), np.int32)
        self._threshold = 0.5

    @property
    def clicks(self) -> tuple[Click, ...]:
        """The clicks on the object in progress, oldest first."""
        return self._history.current.clicks if self._history else ()

    @property
    def probability(self) -> Probability:
        """The (h, w) float32 probability of the object in progress, in [0, 1]."""
        return self._steps.current.probability

    @property
    def mask(self) -> Mask:
        """The (h, w) bool mask of the object in progress."""
        return frozen(self.probability > self._threshold)

    @property
    def labels(self) -> Labels:
        """The (h, w) int32 labels of the finished objects; 0 is background."""
        self._steps  # noqa: B018  refuses where no image is set
        return self._labels

    @property
    def next_label(self) -> int:
        """The label that `commit` gives: of the reopened object, or one more than the largest."""
        reopened = self._steps.current.reopened
        return reopened.label if reopened else int(self._labels.max()) + 1

    @property
    def in_progress(self) -> bool:
        """Whether there is an object that `commit` or `reset` would end."""
        current = self._steps.current
        return bool(current.clicks) or current.reopened is not None

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to take back."""
        return self._history is not None and self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether `redo` has something to bring back."""
        return self._history is not None and self._history.can_redo

    @property
    def state(self) -> SessionState:
        """All that the session holds now, but for what could be undone."""
        step = self._steps.current
        return SessionState(
            threshold=self._threshold,
            clicks=step.clicks,
            asked=step.asked,
            probability=step.probability,
            reopened=step.reopened,
            labels=self._labels,
            finished=self._steps.all_finished(),
        )

    @property
    def _steps(self) -> History:
        if self._history is None:
            raise RuntimeError("set an image first: this session has none")
        return self._history
