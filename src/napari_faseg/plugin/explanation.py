"""What a control says of itself: to who points at it, and to who has it read aloud."""

from magicgui.widgets import Widget
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget


def explain(control: Widget, name: str, tip: str) -> None:
    """Give a control a name for screen readers and a tool tip, with all parts that keys reach.

    Parameters
    ----------
    control : magicgui.widgets.Widget
        Such as a slider, whose number is a part that can be typed into.
    name : str
        A few words, for screen readers.
    tip : str
        A sentence.
    """
    control.tooltip = tip
    native = control.native
    parts = [part for part in native.findChildren(QWidget) if is_reached_by_keys(part)]
    for part in (native, *parts):
        part.setAccessibleName(name)
        part.setToolTip(tip)


def is_reached_by_keys(part: QWidget) -> bool:
    """Whether the Tab key goes to a Qt widget while that can be used."""
    return bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus)
