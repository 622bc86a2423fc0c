"""What happens when a dock widget is closed: napari takes it out of its dock and keeps it."""

from collections.abc import Callable
from typing import Any
from weakref import WeakMethod

from qtpy.QtCore import QEvent, QObject


class RemovalWatch(QObject):
    """Calls a method when a Qt widget is taken out of what it lies in.

    Parameters
    ----------
    native : QWidget
        Owns the watch.
    removed : callable
        A bound method; it is not kept alive.
    """

    def __init__(self, native: Any, removed: Callable[[], None]) -> None:
        super().__init__(native)
        self._removed = WeakMethod(removed)
        native.installEventFilter(self)

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802  the name is Qt's
        """Look at an event of the widget, which gets it in any case."""
        if event.type() == QEvent.Type.ParentChange and watched.parent() is None:
            removed = self._removed()
            if removed is not None:
                removed()
        return False
