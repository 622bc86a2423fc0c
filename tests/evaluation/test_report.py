import csv
import io
from dataclasses import replace

import pytest

from napari_faseg.datasets import SyntheticDataset
from napari_faseg.evaluation import Curves, ObjectResult, evaluate, report
from napari_faseg.interaction import Click
from tests.fakes import DiscPredictor


def curves(predictor: str = "net", dataset: str = "cats") -> Curves:
    clicks = (Click(1, 2), Click(3, 4, positive=False))
    results = (
        ObjectResult("a", (0.5, 0.95), clicks, False, 1.0, 0.1, 0),
        ObjectResult("b", (0.92,), clicks[:1], False, 1.0, 0.1, 1),
    )
    return Curves(results, 2, 0.9, predictor, dataset)


def test_the_markdown_table_has_a_row_for_each_evaluation() -> None:
    head, line, *rows = report.as_markdown([curves(), curves("graph_cut")]).splitlines()
    assert line.count("---") == head.count("|") - 1
    cells = [cell.strip() for cell in rows[1].split("|")]
    names = [cell.strip() for cell in head.split("|")]
    row = dict(zip(names, cells, strict=True))
    assert row["predictor"] == "graph_cut"
    assert row["NoC@90"] == "1.500"
    assert row["NoC@95"] == "-"
    assert row["IoU@1"] == "0.710"
    assert row["IoU@5"] == "-"


def test_a_stroke_in_a_name_breaks_no_table() -> None:
    for make in (report.as_markdown, report.as_comparison):
        lines = make([curves("a|b", "c|d")]).splitlines()
        assert r"a\|b" in lines[2]
        assert len({line.replace(r"\|", "").count("|") for line in lines}) == 1


def test_the_comparison_has_a_row_for_each_method_and_a_dash_for_what_was_not_tried() -> None:
    found = [curves(), curves(dataset="dogs"), curves("graph_cut")]
    head, line, *rows = report.as_comparison(found).splitlines()
    assert line.count("---") == head.count("|") - 1
    names = [cell.strip() for cell in head.split("|")]
    net, cut = (
        dict(zip(names, [cell.strip() for cell in row.split("|")], strict=True)) for row in rows
    )
    assert (net["method"], net["dogs NoC@90"], net["dogs s/click"]) == ("net", "1.50", "0.100")
    assert (cut["cats NoC@85"], cut["dogs NoC@85"]) == ("1.50", "-")


def test_the_csv_file_has_a_line_for_each_object() -> None:
    first, second = csv.DictReader(io.StringIO(report.as_csv([curves()])))
    assert (first["object"], first["noc90"], first["iou1"]) == ("a", "2", "0.5000")
    assert first["clicks"] == "1 2 +;3 4 -"
    assert (second["iou1"], second["iou2"]) == ("0.9200", "")


def test_the_figure_has_a_panel_a_data_set_and_a_curve_a_method() -> None:
    found = [curves(), curves("graph_cut"), curves(dataset="dogs")]
    cats, dogs = report.draw_curves(found).axes
    assert cats.get_title() == "cats"
    assert [line.get_label() for line in cats.lines] == ["net (0.823)", "graph_cut (0.823)"]
    assert cats.lines[0].get_ydata()[1] == pytest.approx(0.935)
    assert len(dogs.lines) == 1


def test_the_contact_sheet_shows_the_worst_objects_above_the_best() -> None:
    predictor, shapes = DiscPredictor(12), SyntheticDataset(5)
    found = evaluate(predictor, shapes, max_clicks=4)
    panels = report.draw_contact_sheet(found, predictor, shapes, n_objects=2).axes
    ranked = sorted(found.results, key=lambda r: (-len(r.ious), r.ious[-1]))
    expected = [*ranked[:2], *ranked[:-3:-1]]
    assert [panel.get_title().split("\n")[0] for panel in panels] == [r.name for r in expected]
    assert [len(panel.lines) for panel in panels] == [len(r.clicks) for r in expected]


@pytest.mark.parametrize("dataset", ["cats", "photographs of cats, dogs and other animals"])
def test_the_title_of_a_contact_sheet_of_few_objects_is_not_cut_off(dataset: str) -> None:
    shapes, predictor = SyntheticDataset(n_samples=2), DiscPredictor(radius=8)
    found = replace(evaluate(predictor, shapes, max_clicks=1), dataset=dataset)
    sheet = report.draw_contact_sheet(found, predictor, shapes)
    sheet.canvas.draw()
    (title,) = [text for text in sheet.texts if dataset in text.get_text()]
    box = title.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= sheet.bbox.width
    assert "1 click," in sheet.axes[0].get_title()


def test_the_contact_sheet_shows_an_object_of_a_file_whose_name_is_no_utf8() -> None:
    predictor, shapes = DiscPredictor(12), SyntheticDataset(1)
    found = evaluate(predictor, shapes, max_clicks=1)
    odd = replace(found, results=(replace(found.results[0], name="a\udcff.png#1"),))
    sheet = report.draw_contact_sheet(odd, predictor, shapes)
    sheet.savefig(io.BytesIO())
    assert sheet.axes[0].get_title().startswith("a\\udcff.png#1\n")
