"""`faseg models`: what can be used by name."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.models import WeightsInfo

WEIGHTS = WeightsInfo(
    name="default",
    path=Path("default.safetensors"),
    sha256="0123456789abcdef" * 4,
    size=12_345_678,
    description="Photographs and nuclei",
    card={},
)


@pytest.fixture(autouse=True)
def one_set_of_weights(monkeypatch):
    monkeypatch.setattr("napari_faseg.cli.models.available_weights", lambda: (WEIGHTS,))


def test_the_table_shows_name_size_and_the_start_of_the_hash():
    answer = CliRunner().invoke(app, ["models"], env={"COLUMNS": "120"})
    assert answer.exit_code == 0
    row = next(line for line in answer.output.splitlines() if "default" in line)
    assert "12.3" in row
    assert "0123456789ab " in row
    assert "Photographs and nuclei" in row


def test_json_has_every_value_in_full():
    answer = CliRunner().invoke(app, ["models", "--json"])
    assert json.loads(answer.output) == [
        {
            "name": "default",
            "path": "default.safetensors",
            "size": 12_345_678,
            "sha256": "0123456789abcdef" * 4,
            "description": "Photographs and nuclei",
        }
    ]
