"""What finished objects are called, by label, and what becomes of it when labels change."""

from collections.abc import Collection, Mapping

from napari_faseg.interaction.arrays import Labels
from napari_faseg.interaction.objects import whole_label
from napari_faseg.interaction.summaries import labels_in

Names = Mapping[int, str]


def called(names: Names, label: int, text: str) -> Names:
    """Return the names with one more, or without one where the text is empty.

    Raises
    ------
    TypeError
        If the text is none.
    """
    if not isinstance(text, str):
        raise TypeError(f"expected the name of a class as text, got {text!r}")
    named = {**names, whole_label(label): text.strip()}
    return {key: name for key, name in named.items() if name}


def without(names: Names, labels: Collection[int]) -> Names:
    """Return the names but those of some labels."""
    return {key: text for key, text in names.items() if key not in labels}


def moved(names: Names, label: int, new_label: int) -> Names:
    """Return the names after an object got another label, whoever had that one before."""
    if label == new_label:
        return names
    rest = without(names, [new_label])
    return {new_label if key == label else key: text for key, text in rest.items()}


def after_replacing(names: Names, before: Labels, after: Labels, reopened: int | None) -> Names:
    """Return the names of objects that were there before and are there still.

    Parameters
    ----------
    names
        Before.
    before, after : (h, w) int32
        The labels before and after others took their place.
    reopened
        The label of the object in progress, which keeps its name while it is in neither.
    """
    if not names:
        return names
    there = {*labels_in(before)} & {*labels_in(after)} | {reopened}
    return {key: text for key, text in names.items() if key in there}
