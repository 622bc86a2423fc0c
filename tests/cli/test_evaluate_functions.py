"""`faseg evaluate --predictor module:function`."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_faseg.cli import app

MODULE = """
import numpy as np
from napari_faseg import PromptPredictor
from tests.fakes import PointNetwork

def make():
    return PromptPredictor(PointNetwork())
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place])
    Path("squares_by_point.py").write_text(MODULE)


def faseg(*options: str):
    return CliRunner().invoke(app, ["evaluate", "--dataset", "synthetic", "--limit", "2", *options])


def test_a_function_in_the_working_folder_is_evaluated_by_its_name() -> None:
    answer = faseg("--predictor", "squares_by_point:make", "--json", "scores.json")
    assert answer.exit_code == 0, answer.output
    numbers = json.loads(Path("scores.json").read_text())
    assert numbers["predictor"] == "squares_by_point:make"
    assert numbers["objects"] == 2


def test_a_module_that_is_not_there_is_one_sentence() -> None:
    answer = faseg("--predictor", "not_there:make")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("faseg: the predictor 'not_there:make' cannot be imported")
    assert answer.stderr.count("\n") == 1
