"""What an action changed in a session, as values that JSON can hold, and the way back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isnan, nan
from typing import Any

import numpy as np

from napari_faseg.interaction.arrays import Labels, frozen
from napari_faseg.interaction.clicks import Click, checked_clicks
from napari_faseg.interaction.objects import LARGEST_LABEL, Change, FinishedObject, whole_label
from napari_faseg.interaction.packing import (
    box_from_list,
    box_to_list,
    pack_labels,
    pack_mask,
    pack_probability,
    unpack_labels,
    unpack_mask,
    unpack_probability,
)
from napari_faseg.interaction.state import SessionState

Changes = dict[str, Any]
TILE_ROWS = 256  # of labels that are kept, and would be lost, together


def changes_between(before: SessionState, after: SessionState) -> Changes:
    """Return what `apply_changes` needs to make the one state of the other; {} if nothing."""
    changes: Changes = {}
    if after.threshold != before.threshold:
        changes["threshold"] = after.threshold
    if changes or after.probability is not before.probability or after.clicks != before.clicks:
        changes["open"] = _open_to_dict(after)
    if after.reopened is not before.reopened:
        changes["reopened"] = object_to_dict(after.reopened) if after.reopened else None
    if after.labels is not before.labels:
        change = Change.between(before.labels, after.labels)
        if change.after.size:
            changes["labels"] = [pack_labels(change.box, change.after)]
    if after.classes != before.classes:
        changes["classes"] = _classes_to_dict(after)
    return changes | _changed_objects(before, after)


def whole_state(state: SessionState, objects: Mapping[int, Mapping[str, Any]]) -> Iterator[Changes]:
    """Return a state in pieces, each of which can be read without the others.

    Parameters
    ----------
    state
        The state.
    objects
        Each finished object as `object_to_dict` gives it, by label.
    """
    yield {"threshold": state.threshold}
    for top in range(0, state.shape[0], TILE_ROWS):
        rows = slice(top, min(top + TILE_ROWS, state.shape[0]))
        box = rows, slice(0, state.shape[1])
        if state.labels[box].any():
            yield {"labels": [pack_labels(box, state.labels[box])]}
    for label in state.finished:
        yield {"finished": [objects[label]]}
    reopened = object_to_dict(state.reopened) if state.reopened else None
    yield {"classes": _classes_to_dict(state)}
    yield {"open": _open_to_dict(state), "reopened": reopened}


def apply_changes(state: SessionState, changes: Mapping[str, Any]) -> SessionState:
    """Return the state after some changes; labels that are not read-only are written into.

    Raises
    ------
    ValueError, TypeError, KeyError
        If they do not fit.
    """
    if "threshold" in changes:
        state = replace(state, threshold=_threshold(changes["threshold"]))
    if "open" in changes:
        state = _with_open(state, changes["open"])
    if "reopened" in changes:
        known = changes["reopened"]
        reopened = None if known is None else object_from_dict(known, state.shape)
        state = replace(state, reopened=reopened)
    if "labels" in changes:
        state = replace(state, labels=_with_labels(state, changes["labels"]))
    if "classes" in changes:
        classes = {_label_of(key): str(text) for key, text in changes["classes"].items()}
        state = replace(state, classes=classes)
    if "finished" in changes or "forgotten" in changes:
        finished = dict(state.finished)
        for label in changes.get("forgotten", ()):
            finished.pop(label, None)
        new = [object_from_dict(values, state.shape) for values in changes.get("finished", ())]
        state = replace(state, finished=finished | {found.label: found for found in new})
    return state


def object_to_dict(found: FinishedObject) -> dict[str, Any]:
    """Return a finished object for JSON."""
    return {
        "label": found.label,
        "clicks": _clicks_to_lists(found.clicks),
        "asked": list(found.asked),
        "threshold": found.threshold,
        "seconds": None if isnan(found.seconds) else round(found.seconds, 3),
        "box": box_to_list(found.box),
        "probability": pack_probability(found.probability, found.threshold),
        "region": pack_mask(found.region),
    }


def object_from_dict(values: Mapping[str, Any], shape: tuple[int, int]) -> FinishedObject:
    """Return the finished object that `object_to_dict` made a dictionary of, for an image's shape.

    Raises
    ------
    ValueError, TypeError, KeyError
        If it is something else.
    """
    box = box_from_list(values["box"], shape)
    size = box[0].stop - box[0].start, box[1].stop - box[1].start
    threshold, clicks = _threshold(values["threshold"]), _clicks_from_lists(values["clicks"], shape)
    if not 0 < int(values["label"]) <= LARGEST_LABEL:
        raise ValueError(f"expected a label, got {values['label']}")
    return FinishedObject(
        int(values["label"]),
        clicks,
        box,
        unpack_mask(values["region"], size),
        unpack_probability(values["probability"], threshold, size),
        threshold,
        nan if values["seconds"] is None else float(values["seconds"]),
        _asked(values["asked"], clicks),
    )


def _changed_objects(before: SessionState, after: SessionState) -> Changes:
    changes: Changes = {}
    new = [o for label, o in after.finished.items() if before.finished.get(label) is not o]
    if new:
        changes["finished"] = [object_to_dict(found) for found in new]
    forgotten = [label for label in before.finished if label not in after.finished]
    if forgotten:
        changes["forgotten"] = forgotten
    return changes


def _open_to_dict(state: SessionState) -> dict[str, Any]:
    values: dict[str, Any] = {
        "clicks": _clicks_to_lists(state.clicks),
        "asked": list(state.asked),
        "seconds": round(state.seconds, 3),
    }
    if state.asked:
        values["probability"] = pack_probability(state.probability, state.threshold)
    return values


def _with_open(state: SessionState, values: Mapping[str, Any]) -> SessionState:
    clicks = _clicks_from_lists(values["clicks"], state.shape)
    if not values["asked"]:
        nothing = frozen(np.zeros(state.shape, np.float32))
        return replace(state, clicks=clicks, asked=(), probability=nothing, seconds=0.0)
    probability = unpack_probability(values["probability"], state.threshold, state.shape)
    asked = _asked(values["asked"], clicks)
    seconds = float(values["seconds"])
    return replace(state, clicks=clicks, asked=asked, probability=probability, seconds=seconds)


def _classes_to_dict(state: SessionState) -> dict[str, str]:
    return {str(label): text for label, text in state.classes.items()}


def _label_of(key: str) -> int:
    """Return the label that a name is kept under; for a float, that once was "3.0"."""
    return int(key) if key.isdecimal() else whole_label(float(key))


def _with_labels(state: SessionState, packed: Sequence[Mapping[str, Any]]) -> Labels:
    parts = [unpack_labels(part, state.shape) for part in packed]
    in_place = state.labels.flags.writeable
    labels = state.labels if in_place else state.labels.copy()
    for box, values in parts:
        labels[box] = values
    return labels if in_place else frozen(labels)


def _asked(numbers: Sequence[int], clicks: tuple[Click, ...]) -> tuple[int, ...]:
    """Return the predictions that led to what was read, and that it was read in steps of 1/255."""
    asked = tuple(map(int, numbers))
    if any(abs(n) > len(clicks) for n in asked):
        raise ValueError(f"expected predictions with up to {len(clicks)} clicks, got {asked}")
    return asked if not asked or asked[-1] <= 0 else (*asked, -asked[-1])


def _clicks_to_lists(clicks: tuple[Click, ...]) -> list[list[float]]:
    return [[click.y, click.x, int(click.positive)] for click in clicks]


def _clicks_from_lists(
    rows: Sequence[Sequence[float]], shape: tuple[int, int]
) -> tuple[Click, ...]:
    return checked_clicks((Click(y, x, bool(positive)) for y, x, positive in rows), shape)


def _threshold(value: float) -> float:
    if not 0 <= float(value) < 1:
        raise ValueError(f"expected a threshold in [0, 1), got {value}")
    return float(value)
