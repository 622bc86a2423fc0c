"""`faseg models`: what can be used by name."""

import json

import pytest
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.models import FASegNet, WeightsInfo, save_model
from tests.models.networks import tiny_preset

SIZE = 12_345_678


@pytest.fixture(autouse=True)
def weights(tmp_path, monkeypatch):
    path = tmp_path / "default.safetensors"
    with path.open("wb") as file:
        file.truncate(SIZE)
    found = WeightsInfo("default", path, "0123456789abcdef" * 4, "Photographs and nuclei")
    monkeypatch.setattr("napari_faseg.cli.models.available_weights", lambda: (found,))
    return found


def test_the_table_shows_name_size_and_the_start_of_the_hash():
    answer = CliRunner().invoke(app, ["models"], env={"COLUMNS": "30"})
    assert answer.exit_code == 0
    row = next(line for line in answer.output.splitlines() if "default" in line)
    assert "12.3" in row
    assert "0123456789ab " in row
    assert "Photographs and nuclei" in row


def test_json_has_every_value_in_full(weights):
    answer = CliRunner().invoke(app, ["models", "--json"])
    assert json.loads(answer.output) == [
        {
            "name": "default",
            "path": str(weights.path),
            "size": SIZE,
            "sha256": "0123456789abcdef" * 4,
            "description": "Photographs and nuclei",
        }
    ]


def test_weights_that_were_trained_here_are_copied_and_deleted(tmp_path, own_weights):
    own_weights.mkdir(exist_ok=True)
    (own_weights / "mine.safetensors").write_bytes(b"weights")
    copy = tmp_path / "copy.safetensors"
    answer = CliRunner().invoke(app, ["models", "--export", "mine", "--output", str(copy)])
    assert answer.exit_code == 0, answer.output
    assert copy.read_bytes() == b"weights"
    assert CliRunner().invoke(app, ["models", "--delete", "mine"]).exit_code == 0
    assert not list(own_weights.iterdir())
    answer = CliRunner().invoke(app, ["models", "--delete", "mine"])
    assert answer.exit_code == 1
    assert answer.stderr.startswith("faseg: expected own weights")
    answer = CliRunner().invoke(app, ["models", "--export", "default"])
    assert answer.stderr == "faseg: expected --output FILE for the copy\n"


def test_a_file_of_weights_is_added(tmp_path, own_weights):
    mine = tmp_path / "mine.safetensors"
    save_model(FASegNet(preset=tiny_preset()), mine)
    answer = CliRunner().invoke(app, ["models", "--add", str(mine), "--name", "my nuclei"])
    assert answer.stderr == "my nuclei: added\n"
    assert (own_weights / "my nuclei.safetensors").read_bytes() == mine.read_bytes()
    answer = CliRunner().invoke(app, ["models", "--add", str(tmp_path / "gone.safetensors")])
    assert answer.exit_code == 1
    assert answer.stderr.startswith("faseg: expected a file of weights, got ")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--name", "x"], "faseg: expected --add FILE with --name, got --name x alone"),
        (["--output", "x.st"], "faseg: expected --export NAME with --output, got --output x.st"),
    ],
)
def test_an_option_that_would_do_nothing_is_told(options, says):
    answer = CliRunner().invoke(app, ["models", *options])
    assert answer.exit_code == 1
    assert answer.stderr.startswith(says)
