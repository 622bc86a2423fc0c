"""The files that `faseg evaluate` writes: refused before the work, or written after it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from matplotlib.figure import Figure

from napari_faseg.cli.files import check_figure_path, check_place, write_figure, write_text
from napari_faseg.cli.kept_files import refuse_same, refuse_sources
from napari_faseg.evaluation import Curves, PartialResults, report
from napari_faseg.evaluation.run_lock import held


@dataclass(frozen=True)
class Outputs:
    """Where the results go; None: nowhere.

    Parameters
    ----------
    json, csv, markdown, comparison, figure, contact_sheet : Path or None
        As the options are called.
    """

    json: Path | None
    csv: Path | None
    markdown: Path | None
    comparison: Path | None
    figure: Path | None
    contact_sheet: Path | None

    def check(self, sources: Sequence[Path]) -> None:
        """Refuse files that cannot be written, and those that hold something to be kept.

        Parameters
        ----------
        sources : sequence of Path
            What is read: roots of data sets, and weights.

        Raises
        ------
        ValueError, OSError
            If a file cannot be written, has an ending that no figure has, is or lies in a source,
            or is another output as well.
        """
        given = self._given()
        for option, path in given.items():
            check = check_figure_path if option in ("figure", "contact_sheet") else check_place
            check(path)
        places = {f"--{option.replace('_', '-')}": path for option, path in given.items()}
        if self.json is not None:
            places["the partial results"], places["the lock of the run"] = _beside(self.json)
            check_place(places["the partial results"])
        refuse_sources(places.values(), sources)
        refuse_same(places)

    @contextmanager
    def partial(self) -> Iterator[PartialResults | None]:
        """Keep results beside the numbers while the run lasts, for no other run meanwhile.

        Raises
        ------
        ValueError
            If another run writes there now, or a file that is there holds something else.
        """
        if self.json is None:
            yield None
            return
        path, lock = _beside(self.json)
        with held(lock):
            partial = PartialResults(path)
            yield partial
            partial.remove()
        if path.exists():
            typer.echo(f"{path}: keeps the results of other runs, which ended early", err=True)

    def write_tables(self, found: Sequence[Curves], options: Mapping[str, object]) -> None:
        """Write the numbers, with the options that they depend on, and say where they are."""
        rows = [{**curves.to_dict(), **options} for curves in found]
        texts = (
            (self.json, json.dumps(rows if len(rows) > 1 else rows[0], indent=2) + "\n"),
            (self.csv, report.as_csv(found)),
            (self.markdown, report.as_markdown(found)),
            (self.comparison, report.as_comparison(found)),
        )
        for path, text in texts:
            if path is not None:
                write_text(path, text)
                typer.echo(f"{path}: written", err=True)

    def _given(self) -> dict[str, Path]:
        return {option: path for option, path in asdict(self).items() if path is not None}


def write_drawn(path: Path, drawn: Figure) -> None:
    """Write a figure, and say where it is."""
    write_figure(path, drawn)
    typer.echo(f"{path}: written", err=True)


def _beside(numbers: Path) -> tuple[Path, Path]:
    """Return where the partial results are kept, and the lock of the run that keeps them."""
    return numbers.with_suffix(".partial.jsonl"), numbers.with_suffix(".partial.lock")
