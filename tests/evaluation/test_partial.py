import errno
import json
import os
from dataclasses import asdict
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


BROKEN = {**asdict(result(1)), "index": [1]}
WITHOUT_CLICKS = {**asdict(result(1)), "clicks": []}


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"no json", b"[]", b"7", b'{"key": "a"}', b'{"key": "a", "result": {}}'),
        *(b'\xff\xfe{"a"', b"[" * 100_000, b"\0" * 50),
        json.dumps({"key": "a", "result": BROKEN}).encode(),
        json.dumps({"key": "a", "result": WITHOUT_CLICKS}).encode(),
    ],
    ids=lambda line: repr(line[:25]),
)
def test_a_line_that_is_no_result_is_left_out(partial: PartialResults, line: bytes) -> None:
    partial.add("a", result(0))
    partial.path.write_bytes(line + b"\n" + partial.path.read_bytes() + line)
    again = PartialResults(partial.path)
    again.add("a", result(2))
    assert again.read("a") == {0: result(0), 2: result(2)}


def test_a_complete_run_leaves_no_file(partial: PartialResults) -> None:
    partial.add("a", result(0))
    partial.remove()
    partial.remove()
    assert not partial.path.exists()


def test_a_complete_run_leaves_the_results_of_another_one(partial: PartialResults) -> None:
    partial.add("a", result(0))
    before = partial.path.read_bytes()
    other = PartialResults(partial.path)
    assert other.read("b") == {}
    other.add("b", result(1))
    other.add("c", result(2))
    other.remove()
    assert partial.path.read_bytes() == before


def test_damaged_lines_alone_are_not_kept(partial: PartialResults) -> None:
    partial.add("a", result(0))
    partial.path.write_bytes(b"damaged\n" + partial.path.read_bytes())
    partial.remove()
    assert not partial.path.exists()


@pytest.mark.parametrize(
    "content",
    [b"text", b'{\n  "a": 1\n}\n', b'{"key": "a"}\n', b"{\n", b'\xff\xfe{"a"', b"[" * 100_000],
    ids=lambda content: repr(content[:15]),
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scores.partial.jsonl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="expected partial results of `faseg evaluate` in"):
        PartialResults(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("n_bytes", [0, 1, 5, 12, 100])
def test_a_file_that_was_cut_off_in_its_first_line_is_gone_on_with(
    partial: PartialResults, n_bytes: int
) -> None:
    partial.add("a", result(0))
    partial.path.write_bytes(partial.path.read_bytes()[:n_bytes])
    again = PartialResults(partial.path)
    again.add("a", result(1))
    assert again.read("a") == {1: result(1)}


def test_a_full_disk_is_told_with_the_name_of_the_file(
    partial: PartialResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*scores\.partial\.jsonl'"):
        partial.add("a", result(0))
