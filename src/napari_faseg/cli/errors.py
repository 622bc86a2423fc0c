"""An error reaches the user as one sentence and an exit code, never as a traceback."""

import os
import select
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import typer

from napari_faseg._words import reason
from napari_faseg.cli.interruption import EXIT_CODE, ended_in_order

TOLD = (ValueError, TypeError, LookupError, OSError, RuntimeError, ImportError, MemoryError)
UNREAD = 141  # 128 and the number of SIGPIPE, of which other commands end then

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_one_sentence(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Return the command, with its errors written to stderr in one sentence and exit code 1.

    Ctrl+C ends it with the exit code of that, 130, where the command itself has no advice, and so
    does the system where it asks for the end. Where nobody reads its output any more, as after
    `| head -1`, it ends in silence with exit code 141.
    Typer itself answers a mistake in the options with exit code 2.
    """

    @wraps(command)
    @ended_in_order()
    def told(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except TOLD as error:
            # Exit is typer's own RuntimeError and has nothing to say.
            if isinstance(error, typer.Exit):
                raise
            if isinstance(error, BrokenPipeError) and _is_unread():
                raise typer.Exit(UNREAD) from None
            typer.echo(f"faseg: {reason(error)}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("faseg: interrupted", err=True)
            raise typer.Exit(EXIT_CODE) from None

    return told


def _is_unread() -> bool:
    """Say whether the standard output is a broken pipe, which is silent from now on.

    Other pipes break, too: those of processes that help.
    """
    out = sys.__stdout__
    if out is None or not hasattr(select, "poll"):  # on Windows it is another error
        return False
    watch = select.poll()
    watch.register(out, 0)  # of nothing but what has gone wrong
    if not watch.poll(0):
        return False
    with Path(os.devnull).open("wb") as nowhere:  # what Python still writes at its own end
        os.dup2(nowhere.fileno(), out.fileno())
    return True
