"""`faseg evaluate`: a robot counts clicks, and the numbers come as a table and as JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.datasets import Sample

SIDE = 12


class Perfect:
    """A predictor that knows the answer from its second click on."""

    def __init__(self, mode):
        self.mode = mode

    @classmethod
    def from_weights(cls, name_or_path, *, mode, device, flip):
        return cls(mode)

    def set_image(self, image):
        self.image = image

    def predict(self, clicks, previous):
        if len(clicks) == 1:
            return np.full(self.image.shape, 1, dtype=np.float32)
        return (self.image > 0).astype(np.float32)


class Squares:
    """Three images with one square each, white on black."""

    name = "squares"

    def __len__(self):
        return 3

    def __iter__(self):
        for n in range(3):
            image = np.zeros((SIDE, SIDE), dtype=np.uint8)
            image[: n + 4, : n + 4] = 255
            yield Sample(f"square {n}", image, image > 0)


@pytest.fixture(autouse=True)
def fakes(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_faseg.cli.evaluate.NetPredictor", Perfect)
    monkeypatch.setattr("napari_faseg.cli.evaluate.open_dataset", lambda name, root: Squares())
    monkeypatch.chdir(tmp_path)


def faseg(*options):
    return CliRunner().invoke(app, ["evaluate", "--dataset", "squares", "--root", ".", *options])


def scores(*options):
    answer = faseg("--json", "scores.json", *options)
    assert answer.exit_code == 0, answer.output
    return json.loads(Path("scores.json").read_text(encoding="utf-8"))


def test_the_table_has_the_names_of_the_field():
    answer = faseg()
    assert answer.exit_code == 0, answer.output
    rows = {line.split("│")[1].strip(): line for line in answer.stdout.splitlines() if "│" in line}
    assert "2.000" in rows["NoC@90"]
    assert "1.000" in rows["IoU@3"]
    assert "0" in rows["NoIC"]


def test_json_has_every_number_and_what_was_evaluated():
    numbers = scores("--mode", "once")
    assert numbers["predictor"] == "default"
    assert numbers["dataset"] == "squares"
    assert numbers["objects"] == 3
    assert numbers["mode"] == "once"
    assert numbers["flip"] is False
    assert numbers["noc90"] == 2
    assert numbers["nof90"] == 0
    mean_square = np.mean([(n + 4) ** 2 for n in range(3)])
    assert numbers["mean_iou"][0] == pytest.approx(mean_square / SIDE**2)
    assert numbers["mean_iou"][1:] == [1] * 19
    assert "torch" in numbers["versions"]


def test_limit_takes_the_first_objects():
    assert scores("--limit", "2")["objects"] == 2
    assert scores("--limit", "99")["objects"] == 3


def test_a_lower_target_stops_earlier_and_leaves_higher_numbers_open():
    numbers = scores("--target", "0.8")
    assert numbers["noc80"] == 2
    assert numbers["noc90"] is None


def test_never_stop_knows_every_number():
    assert scores("--never-stop", "--target", "0.8")["noc90"] == 2


def test_an_output_that_cannot_be_written_is_told_before_the_work():
    answer = faseg("--json", "missing/scores.json")
    assert answer.exit_code == 1
    assert (
        answer.stderr == "faseg: expected a file in an existing folder, got missing/scores.json\n"
    )


def test_a_missing_data_set_is_told_by_its_name():
    answer = CliRunner().invoke(app, ["evaluate", "--dataset", "x", "--root", "nowhere"])
    assert answer.exit_code == 2
    assert "nowhere" in answer.output


def test_several_data_sets_are_columns_of_one_table_and_a_list_in_json():
    answer = faseg("--root", "..", "--json", "scores.json")
    assert answer.exit_code == 0, answer.output
    (row,) = (line for line in answer.stdout.splitlines() if "NoC@90" in line)
    assert row.count("2.000") == 2
    assert [n["noc90"] for n in json.loads(Path("scores.json").read_text("utf-8"))] == [2, 2]
