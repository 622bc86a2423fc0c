"""Tables of evaluations: the numbers of the field, and a row for each object."""

import csv
import io
from collections.abc import Sequence

from napari_faseg.evaluation.curves import Curves

MEAN_IOU_AT = (1, 3, 5)


def measures(curves: Curves) -> dict[str, object]:
    """Return the numbers of one evaluation by the names that the field gives them.

    None stands for what clicks that stopped earlier cannot tell.
    """
    numbers = curves.to_dict()
    return {
        "objects": numbers["objects"],
        "NoC@80": numbers["noc80"],
        "NoC@85": numbers["noc85"],
        "NoC@90": numbers["noc90"],
        "NoC@95": numbers["noc95"],
        "NoF@90": numbers["nof90"],
        "NoF@90, the field's": numbers["nof90_ref"],
        "NoIC": numbers["noic"],
        **{f"IoU@{n}": curves.mean_iou(n) if n <= curves.max_clicks else None for n in MEAN_IOU_AT},
        "AuC": numbers["auc_mean"],
        "seconds per click": curves.seconds_per_click,
        "encode seconds": curves.encode_seconds,
    }


def as_text(value: object) -> str:
    """Return a number as people read it; a dash for none."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def as_markdown(found: Sequence[Curves]) -> str:
    """Return a markdown table with a row for each evaluation."""
    rows = [{"predictor": c.predictor, "data set": c.dataset, **measures(c)} for c in found]
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[as_text(value) for value in row.values()] for row in rows]
    return markdown_table(lines)


def as_comparison(found: Sequence[Curves]) -> str:
    """Return a markdown table with a row for each method and columns for each data set.

    Clicks to an overlap of 0.85 and of 0.90 on average, and seconds per click; a dash where a
    method was not tried on a data set.
    """
    known = {(c.predictor, c.dataset): c for c in found}
    methods, sets = (list(dict.fromkeys(names)) for names in zip(*known, strict=True))
    head = [f"{name} {what}" for name in sets for what in ("NoC@85", "NoC@90", "s/click")]
    lines = [["method", *head], ["---"] * (1 + len(head))]
    for method in methods:
        cells = [cell for name in sets for cell in _compared(known.get((method, name)))]
        lines.append([method, *cells])
    return markdown_table(lines)


def markdown_table(lines: Sequence[Sequence[str]]) -> str:
    r"""Return lines of cells as a markdown table, in which a cell may say ``|``."""
    cells = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def _compared(curves: Curves | None) -> tuple[str, str, str]:
    if curves is None:
        return "-", "-", "-"
    numbers = measures(curves)
    noc85, noc90 = (
        "-" if value is None else f"{value:.2f}" for value in (numbers["NoC@85"], numbers["NoC@90"])
    )
    return noc85, noc90, f"{curves.seconds_per_click:.3f}"


def as_csv(found: Sequence[Curves]) -> str:
    """Return comma separated values with a line for each object of each evaluation.

    The columns are predictor, data set, object, clicks to 0.80, 0.85, 0.90 and 0.95 (empty where
    that was never reached), IoU after each click, and the clicks as "y x sign", separated by
    semicolons.
    """
    n_clicks = max(c.max_clicks for c in found)
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(
        ["predictor", "dataset", "object", "noc80", "noc85", "noc90", "noc95"]
        + [f"iou{n}" for n in range(1, n_clicks + 1)]
        + ["clicks"]
    )
    for curves in found:
        for result in curves.results:
            ious = [f"{iou:.4f}" for iou in result.ious]
            clicks = ";".join(
                f"{c.y:g} {c.x:g} {'+' if c.positive else '-'}" for c in result.clicks
            )
            reached = [result.reached(target) or "" for target in (0.80, 0.85, 0.90, 0.95)]
            padding = [""] * (n_clicks - len(ious))
            table.writerow(
                [curves.predictor, curves.dataset, result.name, *reached, *ious, *padding, clicks]
            )
    return stream.getvalue()
