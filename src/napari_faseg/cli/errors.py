"""An error reaches the user as one sentence and an exit code, never as a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import typer

from napari_faseg.cli.interruption import EXIT_CODE, ended_in_order

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_one_sentence(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Return the command, with its errors written to stderr in one sentence and exit code 1.

    Ctrl+C ends it with the exit code of that, 130, where the command itself has no advice, and so
    does the system where it asks for the end.
    Typer itself answers a mistake in the options with exit code 2.
    """

    @wraps(command)
    @ended_in_order()
    def told(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except (ValueError, TypeError, LookupError, OSError, RuntimeError, ImportError) as error:
            # Exit is typer's own RuntimeError and has nothing to say.
            if isinstance(error, typer.Exit):
                raise
            typer.echo(f"faseg: {_sentence(error)}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("faseg: interrupted", err=True)
            raise typer.Exit(EXIT_CODE) from None

    return told


def _sentence(error: Exception) -> str:
    """Return the error's message on one line, or its type where it has none."""
    # str(KeyError("x")) is "'x'": its argument is the message.
    message = error.args[0] if isinstance(error, KeyError) and error.args else error
    return " ".join(str(message).split()) or type(error).__name__
