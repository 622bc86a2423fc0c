"""Every example that a page shows runs: Python blocks, and the `faseg` lines of shell blocks."""

import re
import shlex
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from napari_faseg.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*/*.md"))]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDS_WINDOW = "# opens a window"


def blocks(page):
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def run(language, code, names):
    if language == "python":
        exec(compile(code, "<example>", "exec"), names)
        return
    for line in code.splitlines():
        if line.startswith("faseg "):
            answer = CliRunner().invoke(app, shlex.split(line)[1:])
            assert answer.exit_code == 0, answer.output


def run_page(page, *, with_window):
    names = {"__name__": "__main__"}
    for language, code in blocks(page):
        if with_window or not code.startswith(NEEDS_WINDOW):
            run(language, code, names)


def with_blocks(pages, wanted=lambda _: True):
    chosen = [page for page in pages if any(wanted(code) for _, code in blocks(page))]
    return pytest.mark.parametrize("page", chosen, ids=lambda page: page.stem)


@with_blocks(PAGES)
def test_the_examples_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(page, with_window=False)


@pytest.mark.window
@with_blocks(PAGES, lambda code: code.startswith(NEEDS_WINDOW))
def test_the_examples_that_open_a_window_run(page, tmp_path, monkeypatch, make_napari_viewer):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("napari.run", lambda: None)
    monkeypatch.setattr("napari.Viewer", make_napari_viewer)
    run_page(page, with_window=True)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    cells = nbformat.read(notebook, as_version=4)
    nbformat.validate(cells)
    names = {"__name__": "__main__"}
    for cell in cells.cells:
        if cell.cell_type == "code":
            run("python", cell.source, names)


def test_the_readme_begins_with_exactly_two_commands():
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## ")[0]
    assert re.findall(r"^```console\n(.*?)\n```$", first_screen, re.MULTILINE | re.DOTALL) == [
        'pip install ".[all]" && faseg demo',
        "pip install tox && tox",
    ]


def test_the_images_of_the_readme_exist_and_have_absolute_addresses():
    base = "https://raw.githubusercontent.com/napari-faseg/napari-faseg/main/"
    addresses = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", (ROOT / "README.md").read_text("utf-8"))
    assert all(address.startswith(base) for address in addresses)
    assert all((ROOT / address.removeprefix(base)).is_file() for address in addresses)


def test_every_picture_is_on_a_page_and_every_picture_of_a_page_is_there():
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    shown = {name for text in texts for name in re.findall(r"images/(\w+\.png)\)", text)}
    assert shown == {path.name for path in (ROOT / "docs" / "images").iterdir()}


def test_one_script_takes_the_pictures_of_the_window():
    script = ROOT / "docs" / "screenshots" / "take_all.py"
    parts = re.findall(r"^        \w+\.(\w+),$", script.read_text("utf-8"), re.MULTILINE)
    there = {path.stem for path in (ROOT / "docs" / "images").iterdir()}
    assert len(parts) > 10
    assert set(parts) - there == set()
