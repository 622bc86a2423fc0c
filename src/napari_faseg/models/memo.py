"""A short memory of the states that the newest prefixes of a click list led to."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

State = TypeVar("State")
N_KEPT = 3  # states; an undo followed by a new click finds its prefix among them


class PrefixMemo(Generic[State]):
    """Keeps the states of the last few prefixes, oldest forgotten first."""

    def __init__(self) -> None:
        self._states: dict[tuple[Hashable, ...], State] = {}

    def longest(self, rows: Sequence[Hashable]) -> tuple[int, State | None]:
        """Length and state of the longest known prefix of ``rows``; (0, None) if there is none."""
        for n in range(len(rows), 0, -1):
            state = self._states.get(tuple(rows[:n]))
            if state is not None:
                return n, state
        return 0, None

    def keep(self, rows: Sequence[Hashable], state: State) -> None:
        """Remember the state that ``rows`` led to."""
        self._states[tuple(rows)] = state
        while len(self._states) > N_KEPT:
            del self._states[next(iter(self._states))]
