"""The system asks for the end of a command by a signal, which is answered as Ctrl+C is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from napari_faseg.cli.interruption import ended_in_order

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no such signals")
SCRIPT = """
import signal, sys, tempfile, time
import typer
from napari_faseg._interrupts import interrupts_wait
from napari_faseg.cli.errors import in_one_sentence

@in_one_sentence
def command():
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder, interrupts_wait():
        print("begun", flush=True)
        time.sleep(0.5)
        print("done whole", flush=True)
    time.sleep(60)

for each in (signal.SIGTERM, signal.SIGHUP):  # one that the tests were started with is inherited
    signal.signal(each, signal.SIG_DFL)
signal.signal(signal.SIGINT, getattr(signal, sys.argv[2]))
app = typer.Typer()
app.command()(command)
app([])
"""


def ended_by(number: int, folder: Path, answer: str) -> tuple[int, str, str]:
    """Return the exit code of a command that gets a signal in its midst, and what it said."""
    run = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), answer],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "begun\n"
    assert len(list(folder.iterdir())) == 1
    run.send_signal(number)
    said, told = run.communicate(timeout=50)
    return run.returncode, said, told


@pytest.mark.parametrize("answer", ["default_int_handler", "SIG_IGN"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_command_that_is_told_to_end_leaves_nothing_temporary(
    tmp_path: Path, name: str, answer: str
) -> None:
    code, said, told = ended_by(getattr(signal, name), tmp_path, answer)
    assert (code, said, told) == (130, "done whole\n", "faseg: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_to_outlive_its_terminal_is_not_ended_with_it() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        with ended_in_order():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
