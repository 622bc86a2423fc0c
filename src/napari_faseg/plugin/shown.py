"""The frozen picture of a session that the background thread hands to the window."""

from dataclasses import dataclass

from napari_faseg.interaction.arrays import Box, Labels, Mask, Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.summaries import ObjectSummary

NOWHERE: Box = (slice(0, 0), slice(0, 0))


@dataclass(frozen=True, eq=False)
class Shown:
    """What a session holds after an action: all that the window needs to know.

    Parameters
    ----------
    clicks : tuple of Click
        On the object in progress, oldest first.
    mask : (h, w) bool
        The object in progress.
    box : (slice, slice)
        The smallest box around the mask.
    probability : (h, w) float32
        Of the object in progress, in [0, 1].
    threshold : float
        The mask is where the probability is larger.
    labels : (h, w) int32
        The finished objects.
    labels_box : (slice, slice)
        The smallest box around what the action changed in the labels.
    objects : tuple of ObjectSummary
        The finished objects in numbers; the same tuple while nothing changes in it.
    next_label : int
        A label that no finished object has.
    reopened : int, optional
        The label of the object in progress, if it was finished before.
    can_undo, can_redo : bool
        Whether there is something to go back or forward to.
    finished : int, optional
        After `finish`, the label of the object that it finished, 0 if there was none.
    given_up : bool
        Whether `finish` gave the clicks up, because finished objects have all pixels of the mask.
    device : str
        Where the predictor works.
    notice : str
        What the predictor had to give up, "" where nothing.
    seconds : float
        How long the last change of the clicks took, NaN before the first.
    is_last : bool
        False where the predictor is still looking closer.
    recording : str
        What a person has to know about the recording of the session now; "" if nothing.
    is_good_news : bool
        Whether that only says that an earlier session goes on.
    folder : str
        Where the session is recorded, "" if nowhere.
    acts : bool
        Whether a person asked for something; False where painted pixels were taken over.
    last_action : object
        Another one than before where something was done, also if that cannot be seen.
    """

    clicks: tuple[Click, ...]
    mask: Mask
    box: Box
    probability: Probability
    threshold: float
    labels: Labels
    labels_box: Box
    objects: tuple[ObjectSummary, ...]
    next_label: int
    reopened: int | None
    can_undo: bool
    can_redo: bool
    finished: int | None
    device: str
    notice: str
    seconds: float
    given_up: bool = False
    is_last: bool = True
    recording: str = ""
    is_good_news: bool = False
    folder: str = ""
    acts: bool = True
    last_action: object = None

    @property
    def is_covered(self) -> bool:
        """Whether finished objects have all pixels of the mask of a new object."""
        is_new = self.reopened is None and self.box != NOWHERE
        return is_new and bool(self.labels[self.mask].all())


def why_nothing(shown: Shown) -> str:
    """Say why `finish` has finished nothing, and what to do."""
    if shown.given_up:
        return (
            "Nothing was finished: other objects have all pixels of the mask. "
            "Shift+click on one to go on with it, or undo to have the clicks back."
        )
    if shown.clicks:
        return "There is nothing to finish: no pixel is left. Click on the object, or undo."
    return "There is nothing to finish: click on an object first."
