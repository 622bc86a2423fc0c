"""Every experiment runs, at a tiny size, and writes a table that says what made it."""

import runpy
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.archives import write_archive

FOLDER = Path(__file__).parents[1] / "benchmarks" / "experiments"
TRAINED = {"steps": 1, "sample": 1, "side": 64, "batch_pixels": 2 * 64 * 64, "device": "cpu"}
CLICKED = {"sample": 1, "mode": "once", "device": "cpu"}
EXPERIMENTS = {
    "plug_in": {**TRAINED, "host": ["lraspp_mobilenet_v3_large"], "host_steps": 1, "seeds": 2},
    "ablation": {**TRAINED, "variant": ["three scales"], "seeds": 1},
    "recipe": {**TRAINED, "variant": ["recipe"], "seeds": 1},
    "refinement": {**TRAINED, "encoder": ["resnet18"]},
    "first_clicks": CLICKED,
    "curves": {**CLICKED, "clicks": 3},
    "pictures": {"sample": 2, "clicks": 2, "device": "cpu", "mode": "once"},
    "careless": {**CLICKED, "clicks": 2, "seeds": 2},
    "large_images": {"sample": 1, "side": 80, "device": "cpu"},
}


def test_the_commit_is_that_of_the_scripts_wherever_they_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = ["git", "-C", str(FOLDER), "rev-parse", "--short", "HEAD"]
    asked = subprocess.run(git, capture_output=True, text=True, check=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    made_with = runpy.run_path(str(FOLDER.parent / "methods.py"))["made_with"]
    assert made_with().startswith(f"Commit {asked.stdout.strip() or 'unknown'};")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    write_archive(tmp_path / "drawn.zip", seed=0, n_objects=2)
    return tmp_path / "drawn.zip"


def script(name: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.syspath_prepend(str(FOLDER))
    return runpy.run_path(str(FOLDER / f"{name}.py"))["main"]  # type: ignore[no-any-return]


def options(name: str, archive: Path) -> dict[str, object]:
    learns = {"learn": [f"instances:1:{archive}"], "cache": archive.with_name("decoded")}
    is_trained = EXPERIMENTS[name].keys() >= TRAINED.keys()
    return {**EXPERIMENTS[name], "data": [archive], **(learns if is_trained else {})}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_writes_its_table(
    name: str, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = archive.with_name("found.md")
    script(name, monkeypatch)(**options(name, archive), output=output)
    text = output.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "Commit" in text
    assert text.count("\n| ") >= 3  # heads, rule, and a row for the data set
    assert "| drawn |" in text or "drawn NoC@85" in text
    for line in text.splitlines():
        if line.startswith("!["):
            assert archive.with_name(line.partition("](")[2].rstrip(")")).is_file()


def test_images_are_laid_side_by_side(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output, main = archive.with_name("found.md"), script("large_images", monkeypatch)
    main([archive], output, side=200, fields=True, sample=2, device="cpu")
    text = output.read_text(encoding="utf-8")
    assert "laid side by side to 200 x 200" in text
    assert text.count("| drawn |") == 2


def test_a_finished_run_is_kept(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output, main = archive.with_name("found.md"), script("careless", monkeypatch)
    main(**options("careless", archive), output=output)
    first = output.read_text(encoding="utf-8")

    def measured(*_: object) -> None:
        raise AssertionError("a finished run began again")

    monkeypatch.setitem(main.__globals__, "measured", measured)
    main(**options("careless", archive), output=output)
    assert output.read_text(encoding="utf-8") == first
