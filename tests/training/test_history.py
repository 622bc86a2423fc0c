"""The picture of a run: what it shows, and which curve is which."""

from napari_faseg.training.history import Row, draw

ROWS = [Row(1, 1.0, 0.5, 0.6, 1e-3, 0), Row(2, 2.0, 0.4, 0.7, 1e-3, 0, 2.0, 5.0)]


def test_the_curve_of_clicks_begins_with_what_it_took_before() -> None:
    _, clicks = draw(ROWS, before=4.0).axes
    assert clicks.lines[0].get_xydata().tolist() == [[0, 4], [2, 5]]
    _, clicks = draw(ROWS).axes
    assert clicks.lines[0].get_xydata().tolist() == [[2, 5]]


def test_an_axis_has_the_colour_of_its_curve() -> None:
    for axes in draw(ROWS, before=4.0).axes:
        assert axes.yaxis.label.get_color() == axes.lines[0].get_color()
