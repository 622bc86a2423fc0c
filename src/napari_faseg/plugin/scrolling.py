"""Docks on low screens: what does not fit is scrolled to, and scrolling changes nothing else."""

from collections.abc import Sequence
from typing import Any, TypeGuard

from magicgui.widgets import Container, Label, Widget
from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtGui import QHelpEvent, QWheelEvent
from qtpy.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QLabel,
    QScrollArea,
    QScrollBar,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

MIN_HEIGHT = 200  # pixels: less of a dock is of no use
MIN_LETTERS = 12  # of the name of a layer, which can be long, that are seen in the narrowest dock
MOST_LETTERS = 30  # of a choice of ours, which are all seen
TURNED_BY_WHEEL = (QComboBox, QAbstractSlider, QAbstractSpinBox)


class ScrollingContainer(Container[Widget]):
    """A dock widget whose parts lie below each other; a low window shows some, and scrolls.

    napari docks the `native` of a widget of magicgui, which leaves the scroll area of
    ``Container(scrollable=True)`` behind: here the scroll area lies inside of it.

    Parameters
    ----------
    parts : sequence of magicgui.widgets.Widget or QWidget
        From top to bottom.
    least_width : int
        In pixels; where the parts need more, that is the least.
    """

    def __init__(self, parts: Sequence[Any], *, least_width: int = 0) -> None:
        super().__init__(widgets=[p for p in parts if isinstance(p, Widget)], labels=False)
        for part in self:
            if isinstance(part, Container):
                part.margins = (0, 0, 0, 0)  # all parts begin at one line
                part.native.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            elif isinstance(part, Label):
                _wrap(part.native)
        layout = self.native.layout()
        layout.setContentsMargins(0, 0, 0, 0)
        natives = [getattr(part, "native", part) for part in parts]
        layout.addWidget(_ScrollArea(natives, least_width))


class _Column(QWidget):
    """Parts below each other, which want no more than their least height when they are scrolled."""

    def __init__(self, parts: Sequence[QWidget]) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        for part in parts:
            self._layout.addWidget(part)

    def heightForWidth(self, width: int) -> int:  # noqa: N802  the name is Qt's
        """Return the least height; some parts are higher where they are narrow."""
        return self._layout.minimumHeightForWidth(width)


class _ScrollArea(QScrollArea):
    """As wide as what lies in it, and no higher than there is room."""

    def __init__(self, parts: Sequence[QWidget], least_width: int) -> None:
        super().__init__()
        self._least_width = least_width
        self._content = _Column(parts)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the Tab key goes to what lies in it
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setWidget(self._content)
        self._content.installEventFilter(self)
        for control in self._content.findChildren(QWidget):
            if _is_turned_by_wheel(control):
                control.installEventFilter(self)
            if isinstance(control, QComboBox):
                _let_be_narrow(control)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  the name is Qt's
        """Return a size that is wide enough for everything, and for the scroll bar."""
        bar = self.verticalScrollBar()
        beside = 2 * self.frameWidth() + (bar.sizeHint().width() if bar is not None else 0)
        least = self._content.minimumSizeHint().width() + beside
        return QSize(max(least, self._least_width), MIN_HEIGHT)

    def sizeHint(self) -> QSize:  # noqa: N802  the name is Qt's
        """Return the size at which nothing is scrolled."""
        return self._content.sizeHint().expandedTo(self.minimumSizeHint())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802  the name is Qt's
        """Follow the size of the content, and take the wheel from controls it only passes by.

        What a choice has no room for, its tool tip says.
        """
        if watched is self._content:
            if event is not None and event.type() == QEvent.Type.LayoutRequest:
                self.updateGeometry()
        elif isinstance(event, QWheelEvent) and _is_passed_by(watched):
            self.wheelEvent(event)
            return True
        elif isinstance(event, QHelpEvent) and _is_cut(watched):
            QToolTip.showText(event.globalPos(), _whole_tip(watched), watched)
            return True
        return super().eventFilter(watched, event)


def _wrap(label: QLabel) -> None:
    """Let a sentence have as many lines as it needs, instead of a wider dock."""
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    label.setWordWrap(True)


def _let_be_narrow(choice: QComboBox) -> None:
    """Let the longest choice not say how wide the dock is, unless all of them are short texts."""
    texts = [choice.itemData(i) for i in range(choice.count())]
    if texts and all(isinstance(text, str) and len(text) <= MOST_LETTERS for text in texts):
        return
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(MIN_LETTERS)
    if (choices := choice.view()) is not None:
        choices.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names often differ at the end


def _is_cut(part: object) -> TypeGuard[QComboBox]:
    if not isinstance(part, QComboBox) or part.minimumContentsLength() == 0:
        return False
    letters = part.fontMetrics()
    beside = part.minimumSizeHint().width() - MIN_LETTERS * letters.horizontalAdvance("X")
    return letters.horizontalAdvance(part.currentText()) > part.width() - beside


def _whole_tip(choice: QComboBox) -> str:
    return f"{choice.currentText()}\n{choice.toolTip()}"


def _is_turned_by_wheel(part: object) -> bool:
    return isinstance(part, TURNED_BY_WHEEL) and not isinstance(part, QScrollBar)


def _is_passed_by(part: object) -> bool:
    return isinstance(part, QWidget) and _is_turned_by_wheel(part) and not part.hasFocus()
