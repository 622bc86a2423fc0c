"""A list of frozen steps: undo takes the last one away, redo puts it back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any
from weakref import WeakKeyDictionary

from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.objects import Change, FinishedObject

MASK_THRESHOLD = 0.5  # the mask is where the probability is larger, unless somebody says otherwise
HISTORY_BYTES = 2**30  # beyond this, the steps of the earliest objects are forgotten


class HistoryRoom:
    """The memory that the histories of some sessions may take together; for one thread at a time.

    Where it does not do, the oldest steps are forgotten, first of the session in which nothing was
    done for the longest time; the steps of an object in progress never are.
    """

    def __init__(self) -> None:
        self._histories: WeakKeyDictionary[History, None] = WeakKeyDictionary()

    @property
    def n_bytes(self) -> int:
        """How much they take now."""
        return sum(history.n_bytes for history in self._histories)

    def make_room(self, history: "History") -> None:
        """Forget what has to be forgotten after a step of one of them."""
        self._histories.pop(history, None)
        self._histories[history] = None  # the last in line now
        for each in list(self._histories):
            while self.n_bytes > HISTORY_BYTES and each.forget_oldest():
                pass


@dataclass(frozen=True, eq=False)
class Step:
    """The state of the object in progress after one action of the annotator.

    Parameters
    ----------
    clicks : tuple of Click
    probability : (h, w) float32
        In [0, 1], read-only.
    begins : bool
        True for the first step of an object.
    reopened : FinishedObject, optional
        The object that is being corrected, as it was when it was taken out of the labels.
    change : Change, optional
        What the action did to the labels.
    finished : FinishedObject, optional
        The object that the action committed.
    threshold : float
        The mask is where the probability is larger.
    adjusts : bool
        Whether the action changed the threshold and nothing else.
    classes : mapping
        What finished objects are called, by label.
    began : float
        When the work on the object began, in seconds of `time.monotonic`.
    asked : tuple of int
        How many clicks there were at each prediction that led to the probability, each beginning
        with the answer of the one before. 0 comes first where it began with a mask from elsewhere;
        a negative number says that the answer for so many clicks was read back from a file. None:
        the probability is 0.
    joined : bool
        Whether it is undone and redone with the step before it.
    """

    clicks: tuple[Click, ...]
    probability: Probability
    begins: bool
    reopened: FinishedObject | None = None
    change: Change | None = None
    finished: FinishedObject | None = None
    threshold: float = MASK_THRESHOLD
    adjusts: bool = False
    classes: Mapping[int, str] = field(default_factory=dict)
    began: float = 0.0
    asked: tuple[int, ...] = ()
    joined: bool = False

    @property
    def in_progress(self) -> bool:
        """Whether there is an object in progress."""
        return bool(self.clicks) or self.reopened is not None

    def next(self, **changes: Any) -> "Step":
        """Return the step after this one, of the same object, with some things changed."""
        ends = {"begins": False, "change": None, "finished": None}
        ends |= {"adjusts": False, "joined": False}
        return replace(self, **{**ends, **changes})


@dataclass(frozen=True, eq=False)
class Mark:
    """What a `History` held at one moment."""

    done: tuple[Step, ...]
    undone: tuple[Step, ...]
    n_forgotten: int


class History:
    """Steps that were done, steps that were undone, and the objects finished long ago.

    Parameters
    ----------
    first : Step
        The state before any action; it is never undone.
    finished : mapping of int to FinishedObject, optional
        Objects that were finished before, by label.
    room : HistoryRoom, optional
        Shared with other histories; one of its own unless given.

    Attributes
    ----------
    n_bytes : int
        What the probabilities of its steps take.
    """

    def __init__(
        self,
        first: Step,
        finished: Mapping[int, FinishedObject] | None = None,
        room: HistoryRoom | None = None,
    ) -> None:
        self._room = room or HistoryRoom()
        self.n_bytes = first.probability.nbytes
        self._done = [first]
        self._undone: list[Step] = []
        self._n_forgotten = 0
        self._before: Step | None = None  # the newest step when the action began that is going on
        self._finished_long_ago = dict(finished or {})

    @property
    def current(self) -> Step:
        """The newest step that was not undone."""
        return self._done[-1]

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take away."""
        return len(self._done) > 1

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to put back."""
        return bool(self._undone)

    def push(self, step: Step) -> None:
        """Add a step; what was undone before is gone."""
        self._done.append(step)
        self._undone.clear()
        self._count()
        self._room.make_room(self)

    def adjust(self, step: Step) -> None:
        """Add a step that changes the threshold; in a row they are one."""
        if self.can_redo or not self.current.adjusts or self.current is self._before:
            self.push(step)
        elif self._done[-2].threshold == step.threshold:
            self._done.pop()  # it is back where it was, with the same probability
        else:
            self._done[-1] = step

    def renew(self, step: Step) -> None:
        """Put a step in the place of the newest one, which is no action that `undo` takes back."""
        self._done[-1] = step
        self._count()

    def undo(self) -> list[Step]:
        """Take the newest step away, with those it is joined to; return them, newest first."""
        taken: list[Step] = []
        while not taken or (taken[-1].joined and self.can_undo):
            taken.append(self._done.pop())
        self._undone += taken
        return taken

    def redo(self) -> list[Step]:
        """Put the step that was undone last back, with those joined to it; return them in order."""
        put_back = [self._undone.pop()]
        while self._undone and self._undone[-1].joined:
            put_back.append(self._undone.pop())
        self._done += put_back
        return put_back

    def mark(self) -> Mark:
        """Return where it stands, for `return_to` and `join_since`."""
        self._before = self.current
        return Mark(tuple(self._done), tuple(self._undone), self._n_forgotten)

    def return_to(self, mark: Mark) -> None:
        """Be as it was, as if nothing had been done since."""
        self._done, self._undone = list(mark.done), list(mark.undone)
        self._n_forgotten, self._before = mark.n_forgotten, None
        self._count()

    def join_since(self, mark: Mark) -> None:
        """Make one action of the steps that were added since."""
        self._before = None
        there = mark.done[self._n_forgotten - mark.n_forgotten :]
        is_same = (a is b for a, b in zip(there, self._done, strict=False))
        n_kept = sum(1 for _ in takewhile(bool, is_same))  # fewer where some were undone since
        for place in range(n_kept + 1, len(self._done)):
            self._done[place] = replace(self._done[place], joined=True)

    def steps_of_object(self) -> Iterator[Step]:
        """Go through the steps of the object in progress, newest first."""
        for step in reversed(self._done):
            yield step
            if step.begins:
                return

    def finished(self, label: int) -> FinishedObject | None:
        """Return the object that was committed last with a label, if any was."""
        for step in reversed(self._done):
            if step.finished is not None and step.finished.label == label:
                return step.finished
        return self._finished_long_ago.get(label)

    def all_finished(self) -> dict[int, FinishedObject]:
        """Return for each label the object that was committed last with it."""
        newer = (step.finished for step in self._done if step.finished is not None)
        return self._finished_long_ago | {found.label: found for found in newer}

    def forget_oldest(self) -> bool:
        """Forget the oldest action; False if none is left that is not of the object in progress."""
        n_most = len(self._done) - sum(1 for _ in self.steps_of_object())
        for n in range(1, n_most + 1):
            if not any(step.joined for step in self._done[n + 1 : n + 2]):  # else a part would stay
                self._forget(n)
                return True
        return False

    def _forget(self, n: int) -> None:
        for oldest in self._done[:n]:
            if oldest.finished is not None:
                self._finished_long_ago[oldest.finished.label] = oldest.finished
        del self._done[:n]
        self._n_forgotten += n
        self._count()

    def _count(self) -> None:
        steps = (*self._done, *self._undone)
        self.n_bytes = sum({id(s.probability): s.probability.nbytes for s in steps}.values())
