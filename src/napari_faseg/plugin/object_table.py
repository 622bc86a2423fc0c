"""The table of finished objects: a row for each, which can be picked, renumbered and named."""

from collections.abc import Sequence
from math import isnan
from typing import Any

from qtpy.QtCore import (  # type: ignore[attr-defined]  # Signal, of every binding
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from napari_faseg.interaction.summaries import ObjectSummary

HEADS = ("object", "clicks", "pixels", "seconds", "class")
LABEL, CLASS = 0, 4  # columns that can be edited
UNKNOWN = ""
TIP = (
    "Select an object to see it. Double-click on its number or its class to change it. "
    "Hold Ctrl or Shift to select several."
)
MIN_HEIGHT = 110  # pixels: the head and three objects


class ObjectRows(QAbstractTableModel):
    """Tells a view about objects; keeps nothing but the rows that it was given."""

    relabelled = Signal(int, int)
    classified = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[ObjectSummary, ...] = ()

    def show(self, rows: tuple[ObjectSummary, ...]) -> None:
        """Tell about other objects from now on."""
        if [row.label for row in rows] == [row.label for row in self.rows]:
            self.rows = rows
            if rows:
                ends = self.index(0, 0), self.index(len(rows) - 1, len(HEADS) - 1)
                self.dataChanged.emit(*ends)
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802  Qt's
        """Return how many objects there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802  Qt's
        """Return how many things are told of each."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:  # noqa: N802  Qt's
        """Return what a column is called."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Return what is shown in a cell, what is edited, or what it is sorted by."""
        row = self.rows[index.row()]
        values = (row.label, row.n_clicks, row.area, row.seconds, row.text)
        value = values[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown_as(value)
        if role == Qt.ItemDataRole.EditRole:
            return value
        if role == Qt.ItemDataRole.UserRole:  # sorted by; NaN has no order
            return -1.0 if isinstance(value, float) and isnan(value) else value
        return None

    def flags(self, index: QModelIndex) -> Any:
        """Return what can be done with a cell."""
        found = super().flags(index)
        can_edit = index.column() in (LABEL, CLASS)
        return found | Qt.ItemFlag.ItemIsEditable if can_edit else found

    def setData(self, index: QModelIndex, value: Any, role: int = 0) -> bool:  # noqa: N802  Qt's
        """Ask for a change; the cell changes when that has been done."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        label = self.rows[index.row()].label
        if index.column() == CLASS:
            self.classified.emit(label, str(value))
        elif int(value) != label:
            self.relabelled.emit(label, int(value))
        return False


def shown_as(value: float | str) -> str:
    """Return how a number or a text is written into the table."""
    if isinstance(value, float):
        return UNKNOWN if isnan(value) else f"{value:.1f}"
    return str(value)


class ObjectTable(QTableView):
    """A view of `ObjectRows` that can be sorted, and keeps its selection when they change."""

    picked = Signal()
    """The person has selected other objects."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = ObjectRows()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.rows)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.setModel(self._sorted)
        self._selection = QItemSelectionModel(self._sorted)
        self.setSelectionModel(self._selection)
        self.setSortingEnabled(True)
        self.sortByColumn(LABEL, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTabKeyNavigation(False)  # Tab goes on to the buttons
        self.setAccessibleName("finished objects")
        self.setToolTip(TIP)
        self.setMinimumHeight(MIN_HEIGHT)
        if (numbers := self.verticalHeader()) is not None:
            numbers.hide()
        if (heads := self.horizontalHeader()) is not None:
            heads.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._is_showing = False
        self._selection.selectionChanged.connect(self._on_selection)

    def show_objects(self, rows: tuple[ObjectSummary, ...]) -> None:
        """Show other objects; those that were selected stay so."""
        selected = self.selected()
        self._is_showing = True
        self.rows.show(rows)
        if self.selected() != selected:
            self.select(selected)
        self._is_showing = False

    def selected(self) -> list[int]:
        """Return the labels of the selected objects, the one that was selected last at the end."""
        current = self._sorted.mapToSource(self.currentIndex()).row()
        chosen = [self._sorted.mapToSource(i).row() for i in self._selection.selectedRows()]
        chosen.sort(key=lambda row: (row == current, row))
        return [self.rows.rows[row].label for row in chosen]

    def select(self, labels: Sequence[int]) -> None:
        """Select the objects with these labels, as far as there are any."""
        self._selection.clearSelection()
        flag = QItemSelectionModel.SelectionFlag
        wanted = set(labels)
        for number, row in enumerate(self.rows.rows):
            if row.label in wanted:
                index = self._sorted.mapFromSource(self.rows.index(number, 0))
                self._selection.select(index, flag.Select | flag.Rows)

    def edit_cell(self, label: int, column: int) -> None:
        """Begin to edit a cell of an object."""
        labels = [row.label for row in self.rows.rows]
        index = self._sorted.mapFromSource(self.rows.index(labels.index(label), column))
        self.setCurrentIndex(index)
        self.edit(index)

    def _on_selection(self) -> None:
        if not self._is_showing:
            self.picked.emit()
