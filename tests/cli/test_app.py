"""The command `faseg` itself."""

from importlib.metadata import version

from typer.testing import CliRunner

from napari_faseg.cli import app


def test_the_version_is_told() -> None:
    answer = CliRunner().invoke(app, ["--version"])
    assert answer.exit_code == 0
    assert answer.output == f"napari-faseg {version('napari-faseg')}\n"


def test_without_a_command_the_commands_are_listed() -> None:
    answer = CliRunner().invoke(app, [])
    assert "Segment any object with a few clicks" in answer.output
    for command in ("segment", "evaluate", "export", "--version"):
        assert command in answer.output
