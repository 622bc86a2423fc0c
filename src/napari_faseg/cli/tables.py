"""Tables on the standard output: whole, whoever reads them."""

import errno
import os
import sys

from rich.console import Console
from rich.table import Table

UNCUT = 10_000  # columns of a file or a pipe, which have no edge


def show(table: Table) -> None:
    """Print a table; only a terminal is as wide as it is.

    Raises
    ------
    BrokenPipeError
        If nobody reads any more.
    """
    _Output(width=None if sys.stdout.isatty() else UNCUT).print(table)


class _Output(Console):
    """Leaves it to its caller to end where nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
