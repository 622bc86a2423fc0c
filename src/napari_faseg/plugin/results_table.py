"""The table of an evaluation: a row for each object and method, which can be picked."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from napari_faseg.evaluation import BENCHMARK_TARGET
from napari_faseg.plugin.evaluation_job import Progress

HEADS = ("method", "object", f"to {BENCHMARK_TARGET:.2f}", "IoU@1", "last IoU")
NEVER = "never"


class ResultsTable(QTableWidget):
    """Rows of results; sorted by a click on a head."""

    def __init__(self) -> None:
        super().__init__(0, len(HEADS))
        self.setHorizontalHeaderLabels(HEADS)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("results of the evaluation")
        self.setToolTip("Clicks to an overlap of 0.90, overlap after the first and the last click.")
        if (numbers := self.verticalHeader()) is not None:
            numbers.hide()
        if (heads := self.horizontalHeader()) is not None:
            heads.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def empty(self) -> None:
        """Take out all rows."""
        self.setSortingEnabled(False)
        self.setRowCount(0)

    def add(self, progress: Progress) -> None:
        """Append the result of one object."""
        result, row = progress.result, self.rowCount()
        reached = result.reached(BENCHMARK_TARGET)
        values = (progress.method, result.name, reached or NEVER, result.ious[0], result.ious[-1])
        self.setSortingEnabled(False)
        self.insertRow(row)
        for column, value in enumerate(values):
            item = QTableWidgetItem()
            shown = round(value, 3) if isinstance(value, float) else value
            item.setData(Qt.ItemDataRole.DisplayRole, shown)
            item.setData(Qt.ItemDataRole.UserRole, progress)
            self.setItem(row, column, item)
        self.setSortingEnabled(True)

    def chosen(self) -> Progress | None:
        """Return the result of the selected row."""
        items = self.selectedItems()
        return items[0].data(Qt.ItemDataRole.UserRole) if items else None
