"""What the painters of the planes of one Labels layer have to know of each other."""

from collections import defaultdict
from typing import Self

from napari.layers import Labels

from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.fitting_labels import checked_largest


class SharedLabels:
    """The labels that the planes of a layer have had, and whose turn it is in its history.

    Parameters
    ----------
    largest : int
        The largest label that the layer begins with.

    Attributes
    ----------
    is_writing : bool
        Whether one of the painters is writing.
    n_strokes : int
        How many were painted by hand since a painter last wrote, and not undone.
    n_strokes_undone : int
        How many of them were undone, and not redone.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._seen: dict[Plane, int] = {}
        self._given: defaultdict[Plane, set[int]] = defaultdict(set)
        self._reserved: dict[Plane, int] = {}
        self.is_writing = False
        self.forget_strokes()

    @classmethod
    def of(cls, layer: Labels) -> Self:
        """Look through the labels of a layer that is there.

        Raises
        ------
        ValueError
            If one is the largest that there can be, which leaves room for no new one, or negative.
        """
        largest = checked_largest(layer)
        return cls(largest if layer.data.ndim > 2 else 0)

    def forget_strokes(self) -> None:
        """Take no stroke back any more: there is something newer in the history of the layer."""
        self.n_strokes = self.n_strokes_undone = 0

    def give(self, plane: Plane, label: int) -> None:
        """Give a label to a plane: whether its object is undone or not, no other plane gets it.

        One that was there before, or is also on another plane, is given to none.
        """
        if label > self._largest and not self.given_beside(plane, {label}):
            self._given[plane].add(label)

    def given_beside(self, plane: Plane, labels: set[int]) -> list[int]:
        """Return those of some labels that were given to other planes, in order."""
        others = (given for each, given in self._given.items() if each != plane)
        return sorted(labels & set().union(*others))

    def see(self, plane: Plane, largest: int) -> None:
        """Remember the largest label on a plane, whoever put it there."""
        self._seen[plane] = largest

    def reserve(self, plane: Plane, label: int) -> None:
        """Keep a label for an object of a plane that may be finished before it is seen."""
        self._reserved[plane] = label

    def release(self, plane: Plane) -> None:
        """Keep no label for a plane any more but those that it has had."""
        self._reserved.pop(plane, None)

    def see_all(self, largest: int) -> None:
        """Remember the largest label of the layer."""
        self._largest = max(self._largest, largest)

    def free(self, plane: Plane, wanted: int) -> int:
        """Return a label for an object of a plane.

        Parameters
        ----------
        plane : Plane
        wanted : int
            One that is free on the plane. A plane that had it once gets it back, any other gets it
            only if it is larger than all labels of the layer.
        """
        if wanted in self._given[plane]:
            return wanted
        return max(wanted, self._largest_beside(plane) + 1)

    def _largest_beside(self, plane: Plane) -> int:
        given = ((each, max(labels, default=0)) for each, labels in self._given.items())
        known = (*given, *self._seen.items(), *self._reserved.items())
        return max([self._largest, *(label for each, label in known if each != plane)])
