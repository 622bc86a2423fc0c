"""Ctrl+C ends a command in one sentence, with the exit code that shells expect."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

EXIT_CODE = 130  # 128 and the number of the signal


@contextmanager
def told_when_interrupted(advice: str) -> Iterator[None]:
    """Turn Ctrl+C into a sentence on stderr that ends in some advice."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"faseg: interrupted; {advice}", err=True)
        raise typer.Exit(EXIT_CODE) from None
