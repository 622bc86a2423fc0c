"""Predictors by name."""

from pathlib import Path

import pytest

from napari_faseg import make_predictor
from napari_faseg.evaluation.baselines import BASELINES

MODULE = """
class Nothing:
    def set_image(self, image): ...
    def predict(self, clicks, previous): ...

class Blind:
    def predict(self, clicks, previous): ...

number = 3
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "somebodys_own.py").write_text(MODULE)
    (tmp_path / "unfinished.py").write_text("def make(:")
    (tmp_path / "raising.py").write_text("1 / 0")
    (tmp_path / "needs_more.py").write_text("import a_module_that_nobody_has")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_a_function_of_a_module_makes_a_predictor_and_needs_no_options() -> None:
    assert type(make_predictor("somebodys_own:Nothing", mode="zoom")).__name__ == "Nothing"


def test_a_name_is_that_of_a_method_or_of_weights() -> None:
    assert isinstance(make_predictor("graph_cut", mode="zoom"), BASELINES["graph_cut"])
    assert make_predictor("default", mode="zoom").mode == "zoom"


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("nobody:make", ImportError, "'nobody:make' cannot be imported: No module named 'nobody'"),
        ("needs_more:make", ImportError, "imported: No module named 'a_module_that_nobody_has'"),
        ("unfinished:make", ImportError, "'unfinished:make' cannot be imported: SyntaxError: "),
        ("raising:make", ImportError, "imported: ZeroDivisionError: division by zero"),
        ("somebodys_own:make", ImportError, "imported: module 'somebodys_own' has no attribute"),
        ("somebodys_own:Blind", TypeError, "to return a predictor with set_image, got Blind"),
        ("none.safetensors", FileNotFoundError, "expected weights among"),
    ],
)
def test_what_makes_no_predictor_is_told_in_one_sentence(
    name: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as told:
        make_predictor(name)
    assert "\n" not in str(told.value)
