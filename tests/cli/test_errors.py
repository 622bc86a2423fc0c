"""An error is one sentence, whatever went wrong."""

import os
import subprocess
import sys

import pytest
import typer

from napari_faseg.cli.errors import in_one_sentence


def raising(error):
    def command():
        raise error

    return in_one_sentence(command)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("expected a,\n   got b"), "faseg: expected a, got b\n"),
        (KeyError("no data set of that name"), "faseg: no data set of that name\n"),
        (KeyError("k"), "faseg: expected an entry 'k', got none\n"),
        (MemoryError(), "faseg: there is not enough memory\n"),
        (MemoryError("Unable to allocate 2 TiB"), "faseg: Unable to allocate 2 TiB\n"),
        (RuntimeError(), "faseg: RuntimeError\n"),
        (FileNotFoundError(2, "No such file", "x.png"), "faseg: [Errno 2] No such file: 'x.png'\n"),
    ],
)
def test_an_error_is_told_on_one_line_with_exit_code_one(error, sentence, capsys):
    with pytest.raises(typer.Exit) as exit_:
        raising(error)()
    assert exit_.value.exit_code == 1
    assert capsys.readouterr().err == sentence


def test_a_mistake_in_the_program_itself_is_not_hidden():
    with pytest.raises(AssertionError):
        raising(AssertionError("a bug"))()


def test_an_interrupt_is_told_with_its_own_exit_code(capsys):
    with pytest.raises(typer.Exit) as exit_:
        raising(KeyboardInterrupt())()
    assert exit_.value.exit_code == 130
    assert capsys.readouterr().err == "faseg: interrupted\n"


def test_an_exit_code_passes_through_in_silence(capsys):
    with pytest.raises(typer.Exit) as exit_:
        raising(typer.Exit(3))()
    assert exit_.value.exit_code == 3
    assert capsys.readouterr().err == ""


UNREAD = """
import typer
from napari_faseg.cli.errors import in_one_sentence

@in_one_sentence
def command():
    input()
    typer.echo("a line that nobody reads")

app = typer.Typer()
app.command()(command)
app([])
"""


@pytest.mark.skipif(os.name != "posix", reason="only there is a pipe broken without its reader")
def test_a_command_whose_output_nobody_reads_ends_in_silence():
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", UNREAD]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as run:
        run.stdout.close()
        run.stdout = None  # so that `communicate` does not read it
        _, told = run.communicate(b"\n", timeout=50)
    assert (run.returncode, told) == (141, b"")


def test_another_pipe_that_breaks_is_told(capsys):
    with pytest.raises(typer.Exit) as exit_:
        raising(BrokenPipeError(32, "Broken pipe"))()
    assert exit_.value.exit_code == 1
    assert capsys.readouterr().err == "faseg: [Errno 32] Broken pipe\n"
