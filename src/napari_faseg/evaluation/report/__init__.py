"""What an evaluation found, as tables and figures."""

from napari_faseg.evaluation.report.figures import draw_contact_sheet, draw_curves
from napari_faseg.evaluation.report.tables import (
    as_comparison,
    as_csv,
    as_markdown,
    markdown_table,
    measures,
)

__all__ = [
    "as_comparison",
    "as_csv",
    "as_markdown",
    "draw_contact_sheet",
    "draw_curves",
    "markdown_table",
    "measures",
]
