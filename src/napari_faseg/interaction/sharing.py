"""Sessions that share a predictor: which of them has shown it an image last."""

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

# By the id of the predictor, which lives as long as a session that has it; it need not be hashable.
_last: WeakValueDictionary[int, object] = WeakValueDictionary()


def has_shown_last(session: object, predictor: object) -> bool:
    """Say whether no other session has shown a predictor an image since this one did."""
    return _last.get(id(predictor)) is session


@contextmanager
def shown_by(session: object, predictor: object) -> Iterator[None]:
    """Note that a session shows a predictor an image inside, and that nobody has if that fails."""
    _last.pop(id(predictor), None)
    yield
    _last[id(predictor)] = session
