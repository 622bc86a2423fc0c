"""The command `faseg` itself."""

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.cli.lazy_group import SUMMARIES


def test_the_version_is_told() -> None:
    answer = CliRunner().invoke(app, ["--version"])
    assert answer.exit_code == 0
    assert answer.output == f"napari-faseg {version('napari-faseg')}\n"


def test_without_a_command_the_commands_are_listed() -> None:
    answer = CliRunner().invoke(app, [])
    assert "Segment any object with a few clicks" in answer.output
    for command in ("segment", "evaluate", "export", "--version"):
        assert command in answer.output


def test_each_command_is_summed_up_as_it_says_itself() -> None:
    for name, summary in SUMMARIES.items():
        function = getattr(import_module(f"napari_faseg.cli.{name}"), name)
        assert str(function.__doc__).splitlines()[0] == summary


@pytest.mark.parametrize(
    "wanted",
    [
        *("--version", "--help", "segment --help", "demo --help", "evaluate --help"),
        *("export --help", "models", "replay --help", "train --help"),
        "evaluate --dataset synthetic --predictor geodesic_star --limit 1",
    ],
)
def test_what_needs_no_network_does_not_wait_for_one(wanted: str) -> None:
    code = (
        "import sys\nfrom napari_faseg.cli import app\n"
        f"try: app({wanted.split()})\nfinally: print('torch' in sys.modules, file=sys.stderr)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stderr.strip().splitlines()[-1] == "False"


def test_a_mistyped_command_is_told_what_was_meant() -> None:
    answer = CliRunner().invoke(app, ["trian"])
    assert answer.exit_code == 2
    assert "No such command 'trian'" in answer.output


def test_ctrl_c_while_a_command_is_imported_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("napari_faseg.cli.lazy_group.import_module", interrupted)
    answer = CliRunner().invoke(app, ["models"])
    assert answer.exit_code == 130
    assert answer.output == "faseg: interrupted\n"
