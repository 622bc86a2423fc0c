"""All that a session holds at one moment, but for what could be undone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from napari_faseg.interaction.arrays import Labels, Mask, Probability, frozen
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.objects import FinishedObject


@dataclass(frozen=True, eq=False)
class SessionState:
    """What is kept of a session when its process ends.

    Parameters
    ----------
    threshold : float
        The mask is where the probability is larger.
    clicks : tuple of Click
        On the object in progress, oldest first.
    asked : tuple of int
        How many clicks there were at each prediction that led to the probability; see `Step`.
        None: the probability is 0.
    probability : (h, w) float32
        Of the object in progress, in [0, 1], read-only.
    reopened : FinishedObject, optional
        The object that is being corrected.
    labels : (h, w) int32
        The finished objects, read-only.
    finished : mapping of int to FinishedObject
        What is known of objects that were committed, by label.
    classes : mapping of int to str
        What finished objects are called, by label.
    seconds : float
        That the work on the object in progress has taken.
    """

    threshold: float
    clicks: tuple[Click, ...]
    asked: tuple[int, ...]
    probability: Probability
    reopened: FinishedObject | None
    labels: Labels
    finished: Mapping[int, FinishedObject]
    classes: Mapping[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def blank(cls, shape: tuple[int, int], threshold: float) -> Self:
        """Return the state in which a session of an image of some (h, w) begins."""
        nothing = frozen(np.zeros(shape, np.float32))
        return cls(threshold, (), (), nothing, None, frozen(np.zeros(shape, np.int32)), {})

    def thawed(self) -> Self:
        """Return the state with labels of its own, which `apply_changes` may write into."""
        return replace(self, labels=self.labels.copy())

    def without_progress(self) -> Self:
        """Return the state with the finished objects alone."""
        blank = self.blank(self.shape, self.threshold)
        return replace(blank, labels=self.labels, finished=self.finished, classes=self.classes)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        return self.labels.shape[0], self.labels.shape[1]

    @property
    def in_progress(self) -> bool:
        """Whether there is an object in progress."""
        return bool(self.clicks) or self.reopened is not None

    @property
    def mask(self) -> Mask:
        """The (h, w) mask of the object in progress."""
        return self.probability > np.float32(self.threshold)

    @property
    def n_objects(self) -> int:
        """How many labels there are."""
        return np.unique(self.labels[self.labels > 0]).size
