"""The writers as napari calls them: a ValueError means to it that they know no such file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from napari_faseg.plugin import session_layers


def write_session(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Save a labels layer with the clicks of its objects; RuntimeError where that cannot be."""
    with _reason_told():
        return session_layers.write_session(path, data, meta)


def write_coco(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Save a labels layer of recorded sessions for COCO; RuntimeError where that cannot be."""
    with _reason_told():
        return session_layers.write_coco(path, data, meta)


@contextmanager
def _reason_told() -> Iterator[None]:
    """Give a reason to napari in a way that lets a person read it."""
    try:
        yield
    except ValueError as error:
        reason = str(error)
    else:
        return
    raise RuntimeError(reason)
