"""Finished objects and what can be done with them: a table over four buttons."""

from functools import partial
from typing import Any

from qtpy.QtCore import Signal  # type: ignore[attr-defined]  # of every binding
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from napari_faseg.interaction.summaries import ObjectSummary
from napari_faseg.plugin.object_table import LABEL, ObjectTable

TIPS = {
    "Reopen": "Go on with the selected object: with its clicks, or with its mask.",
    "Delete": "Remove the selected objects. Undo brings them back.",
    "Relabel": "Give the selected object another number, which has to be free.",
    "Merge": "Make one object of those that are selected; it has the lowest number.",
}


class ObjectPanel(QWidget):
    """Says what a person asks for with finished objects; does nothing of it."""

    picked = Signal(int)
    """One object was selected, by its label."""
    reopened = Signal(int)
    deleted = Signal(list)
    merged = Signal(list)
    relabelled = Signal(int, int)
    classified = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.table = ObjectTable()
        self._buttons = {text: self._new_button(text) for text in TIPS}
        row = QHBoxLayout()
        for button in self._buttons.values():
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addLayout(row)
        self._connect()
        self._enable()

    def show_objects(self, rows: tuple[ObjectSummary, ...]) -> None:
        """Show other objects."""
        self.table.show_objects(rows)
        self._enable()

    def _connect(self) -> None:
        self.table.picked.connect(self._on_picked)
        self.table.rows.relabelled.connect(self.relabelled)
        self.table.rows.classified.connect(self.classified)
        for text, asked in (
            ("Reopen", lambda labels: self.reopened.emit(labels[0])),
            ("Delete", self.deleted.emit),
            ("Relabel", lambda labels: self.table.edit_cell(labels[0], LABEL)),
            ("Merge", lambda labels: self.merged.emit(sorted(labels))),
        ):
            self._buttons[text].clicked.connect(partial(self._ask, asked))

    def _ask(self, asked: Any, _checked: bool) -> None:
        if labels := self.table.selected():
            asked(labels)

    def _on_picked(self) -> None:
        self._enable()
        labels = self.table.selected()
        if len(labels) == 1:
            self.picked.emit(labels[0])

    def _enable(self) -> None:
        n_selected = len(self.table.selected())
        for text in ("Reopen", "Relabel"):
            self._buttons[text].setEnabled(n_selected == 1)
        self._buttons["Delete"].setEnabled(n_selected > 0)
        self._buttons["Merge"].setEnabled(n_selected > 1)

    def _new_button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(TIPS[text])
        button.setAccessibleName(f"{text} selected objects")
        return button
