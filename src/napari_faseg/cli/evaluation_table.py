"""The table that `faseg evaluate` prints: a column for each evaluation."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from napari_faseg.evaluation import Curves, report
from napari_faseg.evaluation.report.tables import as_text


def as_table(found: Sequence[Curves]) -> Table:
    """Return the numbers of evaluations; the columns name what differs."""
    columns = [report.measures(curves) for curves in found]
    predictors = list(dict.fromkeys(curves.predictor for curves in found))
    several = len(predictors) > 1
    heads = [f"{c.predictor}\n{c.dataset}" if several else c.dataset for c in found]
    title = None if several else escape(predictors[0])
    table = Table("measure", *map(escape, heads), title=title)
    for measure in columns[0]:
        table.add_row(measure, *(as_text(column[measure]) for column in columns))
    return table
