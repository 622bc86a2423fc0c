"""A real `faseg evaluate` that is killed or interrupted ends whole, and goes on where it ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("maxflow")
TIMED = {"seconds_per_click", "encode_seconds"}


def start(output: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "napari_faseg", "evaluate"]
    options = ["--dataset", "synthetic", "--limit", "8"]
    options += ["--predictor", "geodesic_star", "--never-stop"]
    return subprocess.Popen(
        [*command, *options, *more, "--json", str(output)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl+C goes to all processes of a group
    )


def alive_after(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Return which processes still run after some time, or sooner where none does."""

    def is_alive(process: psutil.Process) -> bool:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE

    deadline = time.monotonic() + seconds
    while (left := [p for p in processes if is_alive(p)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def numbers(output: Path) -> dict[str, Any]:
    found = json.loads(output.read_text(encoding="utf-8"))
    return {name: value for name, value in found.items() if name not in TIMED}


def has_a_worker_that_starts(run: psutil.Process, partial: Path) -> bool:
    # In this time it imports what it needs.
    return any(child.cpu_times().user > 0.5 for child in run.children())


def has_results(run: psutil.Process, partial: Path) -> bool:
    return partial.exists() and partial.read_bytes().count(b"\n") >= 2


@pytest.mark.usefixtures("answered")
@pytest.mark.skipif(os.name != "posix", reason="there are no groups of processes")
@pytest.mark.parametrize("is_time", [has_a_worker_that_starts, has_results])
def test_an_interrupted_run_ends_with_its_workers_in_one_sentence(
    tmp_path: Path, is_time: Callable[[psutil.Process, Path], bool]
) -> None:
    first = start(tmp_path / "scores.json", "--workers", "2")
    process = psutil.Process(first.pid)
    deadline = time.monotonic() + 120
    while not is_time(process, tmp_path / "scores.partial.jsonl") and time.monotonic() < deadline:
        time.sleep(0.01)
    others = process.children(recursive=True)
    assert len(others) >= 2
    os.killpg(first.pid, signal.SIGINT)
    _, told = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "Traceback" not in told
    said = [line for line in told.splitlines() if line and not line.startswith("synthetic ")]
    assert said == ["faseg: interrupted; the same command goes on where it ended"]
    assert alive_after(others, seconds=20) == []
    assert not (tmp_path / "scores.json").exists()
    assert not (tmp_path / "scores.partial.lock").exists()


def test_a_killed_run_gives_the_numbers_of_one_that_was_not(tmp_path: Path) -> None:
    partial = tmp_path / "killed.partial.jsonl"
    first = start(tmp_path / "killed.json", "--workers", "2")
    deadline = time.monotonic() + 120
    while first.poll() is None and time.monotonic() < deadline:
        if partial.exists() and partial.read_text("utf-8").count("\n") >= 2:
            break
        time.sleep(0.01)
    workers = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    first.communicate(timeout=60)
    assert first.returncode != 0
    assert len(workers) >= 2
    assert alive_after(workers, seconds=20) == []
    assert not (tmp_path / "killed.json").exists()
    second = start(tmp_path / "killed.json")
    _, told = second.communicate(timeout=240)
    assert second.returncode == 0, told
    assert "done already" in told
    whole = start(tmp_path / "whole.json")
    assert whole.wait(timeout=240) == 0
    assert numbers(tmp_path / "killed.json") == numbers(tmp_path / "whole.json")
