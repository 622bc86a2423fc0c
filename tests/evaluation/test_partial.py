from pathlib import Path

import pytest

from napari_faseg.evaluation import ObjectResult, PartialResults
from napari_faseg.interaction import Click


def result(index: int) -> ObjectResult:
    clicks = (Click(1.5, 2.0), Click(3.0, 4.0, positive=False))
    return ObjectResult(f"object {index}", (0.123456789012345, 0.9), clicks, True, 0.5, 0.1, index)


@pytest.fixture
def partial(tmp_path: Path) -> PartialResults:
    return PartialResults(tmp_path / "scores.partial.jsonl")


def test_nothing_was_done_before_the_first_result(partial: PartialResults) -> None:
    assert partial.read("a") == {}


def test_results_come_back_as_they_were(partial: PartialResults) -> None:
    partial.add("a", result(3))
    partial.add("a", result(0))
    assert partial.read("a") == {3: result(3), 0: result(0)}


def test_the_results_of_another_run_are_not_taken(partial: PartialResults) -> None:
    partial.add("a", result(0))
    partial.add("b", result(1))
    assert partial.read("b") == {1: result(1)}


@pytest.mark.parametrize("lost", [1, 20, 100])
def test_a_line_that_was_cut_off_is_left_out_and_does_not_hurt_the_next(
    partial: PartialResults, lost: int
) -> None:
    partial.add("a", result(0))
    partial.add("a", result(1))
    partial.path.write_bytes(partial.path.read_bytes()[:-lost])
    partial.add("a", result(2))
    found = partial.read("a")
    assert {0, 2} <= set(found) <= ({0, 1, 2} if lost == 1 else {0, 2})
    assert found[2] == result(2)


@pytest.mark.parametrize(
    "line", ["", "no json", "[]", '{"key": "a"}', '{"key": "a", "result": {}}']
)
def test_a_line_that_is_no_result_is_left_out(partial: PartialResults, line: str) -> None:
    partial.path.write_text(line + "\n", encoding="utf-8")
    partial.add("a", result(2))
    assert partial.read("a") == {2: result(2)}


def test_a_complete_run_leaves_no_file(partial: PartialResults) -> None:
    partial.add("a", result(0))
    partial.remove()
    partial.remove()
    assert not partial.path.exists()
