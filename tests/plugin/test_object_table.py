from math import log2

import pytest

pytest.importorskip("qtpy.QtCore")

from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QPushButton, QSpinBox

from napari_faseg.interaction.summaries import ObjectSummary
from napari_faseg.plugin.object_panel import ObjectPanel
from napari_faseg.plugin.object_table import CLASS, HEADS, LABEL, ObjectRows, shown_as

pytestmark = pytest.mark.window
NAN = float("nan")
ROWS = (
    ObjectSummary(1, 3, 120, 4.26, "cell"),
    ObjectSummary(2, 1, 80, 1.0, ""),
    ObjectSummary(7, 0, 9000, NAN, ""),
)


@pytest.fixture
def panel(qtbot):
    panel = ObjectPanel()
    qtbot.addWidget(panel)
    panel.show_objects(ROWS)
    panel.show()
    return panel


def texts(panel):
    model = panel.table.model()
    return [
        [model.index(row, column).data() for column in range(len(HEADS))]
        for row in range(model.rowCount())
    ]


def button(panel, text):
    [found] = [b for b in panel.findChildren(QPushButton) if b.text() == text]
    return found


def press(panel, text):
    QTest.mouseClick(button(panel, text), Qt.MouseButton.LeftButton)


def enabled(panel):
    return {b.text() for b in panel.findChildren(QPushButton) if b.isEnabled()}


def told(signal):
    heard = []
    signal.connect(lambda *values: heard.append(values))
    return heard


def test_a_row_tells_number_clicks_pixels_seconds_and_class(panel):
    assert texts(panel) == [
        ["1", "3", "120", "4.3", "cell"],
        ["2", "1", "80", "1.0", ""],
        ["7", "0", "9000", "", ""],
    ]


def test_numbers_are_sorted_as_numbers_and_the_unknown_comes_first(panel):
    panel.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert [row[2] for row in texts(panel)] == ["9000", "120", "80"]
    panel.table.sortByColumn(3, Qt.SortOrder.AscendingOrder)
    assert [row[3] for row in texts(panel)] == ["", "1.0", "4.3"]


def test_selecting_an_object_tells_its_label_once(panel):
    picked = told(panel.picked)
    panel.table.selectRow(2)
    assert picked == [(7,)]
    panel.show_objects((*ROWS[:2], ObjectSummary(7, 0, 1, NAN, "new")))
    assert (panel.table.selected(), picked) == ([7], [(7,)])


def test_the_selection_goes_with_the_objects(panel):
    panel.table.selectRow(1)
    picked = told(panel.picked)
    panel.show_objects((ObjectSummary(0 + 1, 1, 1, 1.0, ""), *ROWS[1:]))
    panel.show_objects(ROWS[1:])
    assert panel.table.selected() == [2]
    panel.show_objects(())
    assert panel.table.selected() == []
    assert (picked, enabled(panel)) == ([], set())


def test_buttons_can_be_pressed_where_they_make_sense(panel):
    assert enabled(panel) == set()
    panel.table.select([1])
    assert enabled(panel) == {"Reopen", "Relabel", "Delete"}
    panel.table.select([1, 7])
    assert enabled(panel) == {"Delete", "Merge"}


def test_buttons_ask_for_what_is_selected(panel):
    reopened, deleted, merged = map(told, (panel.reopened, panel.deleted, panel.merged))
    panel.table.select([2])
    press(panel, "Reopen")
    panel.table.select([7, 1])
    press(panel, "Merge")
    press(panel, "Delete")
    assert (reopened, merged) == ([(2,)], [([1, 7],)])
    assert [sorted(labels) for (labels,) in deleted] == [[1, 7]]


def test_a_number_and_a_class_are_edited_in_their_cells(panel):
    relabelled, classified = told(panel.relabelled), told(panel.classified)
    rows = panel.table.rows
    rows.setData(rows.index(1, LABEL), 9, Qt.ItemDataRole.EditRole)
    rows.setData(rows.index(1, LABEL), 2, Qt.ItemDataRole.EditRole)
    rows.setData(rows.index(2, CLASS), "debris", Qt.ItemDataRole.EditRole)
    assert (relabelled, classified) == ([(2, 9)], [(7, "debris")])
    assert [row[0] for row in texts(panel)] == ["1", "2", "7"]  # until it has been done


def test_relabel_opens_the_cell_for_typing(panel, qtbot):
    relabelled = told(panel.relabelled)
    panel.table.select([2])
    press(panel, "Relabel")
    [editor] = panel.table.findChildren(QSpinBox)
    editor.selectAll()
    QTest.keyClicks(editor, "12")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: relabelled == [(2, 12)])


def test_other_cells_cannot_be_edited(panel):
    flags = [panel.table.rows.index(0, column).flags() for column in range(len(HEADS))]
    editable = [bool(flag & Qt.ItemFlag.ItemIsEditable) for flag in flags]
    assert editable == [True, False, False, False, True]


def cells_read(panel, monkeypatch, n):
    """Count how often a cell is read when one more object comes to n others."""
    many = tuple(ObjectSummary(i, 2, i, 1.0, "") for i in range(1, n + 1))
    panel.show_objects(many)
    panel.table.select([n // 2])
    read, data = [], ObjectRows.data
    with monkeypatch.context() as patch:
        patch.setattr(ObjectRows, "data", lambda *args: read.append(1) or data(*args))
        panel.show_objects((*many, ObjectSummary(n + 1, 1, 1, 1.0, "")))
    assert panel.table.selected() == [n // 2]
    assert panel.table.model().rowCount() == n + 1
    return len(read)


def test_one_more_object_costs_hardly_more_than_in_proportion_to_how_many_there_are(
    panel, monkeypatch
):
    few, many = (cells_read(panel, monkeypatch, n) for n in (500, 2000))
    assert 500 < few < 2 * 500 * log2(500)  # two cells for each comparison of a sort
    assert many < 6 * few  # n * n would be 16 times


def test_every_button_says_what_it_does(panel):
    for each in panel.findChildren(QPushButton):
        assert each.toolTip()
        assert each.accessibleName()


def test_text_of_a_cell():
    assert [shown_as(value) for value in (3, 2.04, NAN, "x")] == ["3", "2.0", "", "x"]
