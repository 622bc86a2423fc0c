"""A table on the standard output."""

import errno
import os

import pytest
from rich.table import Table

from napari_faseg.cli.tables import show

WORDS = [f"column{i}" for i in range(20)]


class Terminal:
    """A standard output that is a terminal, or a pipe."""

    encoding = "utf-8"

    def __init__(self, is_terminal, is_read=True):
        self.is_terminal, self.is_read, self.text = is_terminal, is_read, ""

    def isatty(self):
        return self.is_terminal

    def write(self, text):
        if not self.is_read:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        self.text += text

    def flush(self):
        pass


@pytest.fixture
def output(monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "40")

    def become(**facts):
        terminal = Terminal(**facts)
        monkeypatch.setattr("sys.stdout", terminal)
        return terminal

    return become


@pytest.mark.parametrize(("is_terminal", "is_whole"), [(False, True), (True, False)])
def test_a_table_is_as_wide_as_it_needs_but_in_a_terminal(output, is_terminal, is_whole):
    printed = output(is_terminal=is_terminal)
    show(Table(*WORDS))
    assert all(word in printed.text for word in WORDS) is is_whole
    assert max(map(len, printed.text.splitlines())) < 20 * 12


def test_whoever_shows_a_table_hears_that_nobody_reads_it(output):
    output(is_terminal=False, is_read=False)
    with pytest.raises(BrokenPipeError):
        show(Table(*WORDS))
