"""Compare methods with and without a network: `python benchmarks/methods.py --help`.

Finds the data sets that lie in a folder, lets the robot click on the same random objects of each
with every method, and writes a table of methods against data sets with what made it: the commit,
the versions, the machine. A run that was interrupted goes on where it ended.
"""

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from clicks import cpu_name

from napari_faseg.datasets import find_layout

METHODS = ("graph_cut", "random_walker", "geodesic_star", "grabcut", "default")
PACKAGES = ("napari-faseg", "torch", "numpy", "scikit-image", "PyMaxflow", "pyamg")


def main(
    data: Annotated[Path, typer.Argument(exists=True, help="Folder with data sets, or one.")],
    output: Annotated[Path, typer.Option(help="Markdown file to write; JSON lies beside it.")],
    sample: Annotated[int, typer.Option(min=1, help="Objects of each data set.")] = 100,
    method: Annotated[list[str] | None, typer.Option(help="Repeatable.")] = None,
    workers: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Write the table of every data set in a folder."""
    found = data_sets(data)
    if not found:
        raise typer.BadParameter(f"no data set that is known lies in {data}")
    options = ["--sample", str(sample), "--workers", str(workers)]
    for name, root in found:
        options += ["--dataset", name, "--root", str(root)]
    for name in method or METHODS:
        options += ["--predictor", name]
    options += ["--json", str(output.with_suffix(".json")), "--comparison", str(output)]
    subprocess.run([sys.executable, "-m", "napari_faseg", "evaluate", *options], check=True)
    rows = json.loads(output.with_suffix(".json").read_text(encoding="utf-8"))
    head = (
        f"# Methods compared\n\n{made_by(rows if isinstance(rows, list) else [rows], sample)}\n\n"
    )
    output.write_text(head + output.read_text(encoding="utf-8"), encoding="utf-8")


def data_sets(data: Path) -> list[tuple[str, Path]]:
    """Return the names and roots of the data sets in a folder, or of the one that it is."""
    places = [data] if find_layout(data) else sorted(data.iterdir())
    named = [(find_layout(place), place) for place in places]
    return [(name, place) for name, place in named if name is not None]


def made_by(rows: list[dict[str, object]], sample: int) -> str:
    """Say in one paragraph what was run, where and with what."""
    counts = {str(row["dataset"]): row["objects"] for row in rows}
    sets = ", ".join(f"{name} {n}" for name, n in counts.items())
    return (
        f"Clicks to an overlap of 0.85 and 0.90 on average, of at most 20, and seconds per click. "
        f"Objects: {sets} (at most {sample} of each at random, the same for every method). "
        f"{made_with()}"
    )


def made_with() -> str:
    """Say in a sentence with which commit, versions and machine numbers were made."""
    commit = _output("git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD")
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Commit {commit}; Python {platform.python_version()}, {versions}; "
        f"{cpu_name()}, {os.cpu_count()} cores."
    )


def _output(*command: str) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "unknown"


if __name__ == "__main__":
    typer.run(main)
