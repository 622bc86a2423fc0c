"""`faseg evaluate`: a robot counts clicks, and the numbers come as a table and as JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.cli.options import Mode, read_zoom
from napari_faseg.datasets import Sample
from napari_faseg.interaction import ZoomIn
from napari_faseg.interaction.windows import rules_of

SIDE = 12


class Perfect:
    """A predictor that knows the answer from its second click on."""

    def __init__(self, mode):
        self.mode = mode

    def set_image(self, image):
        self.image = image

    def predict(self, clicks, previous):
        if len(clicks) == 1:
            return np.full(self.image.shape, 1, dtype=np.float32)
        return (self.image > 0).astype(np.float32)


class Squares:
    """Three images with one square each, white on black."""

    name = "squares"
    broken = ()

    def __len__(self):
        return 3

    def __getitem__(self, n):
        if n in self.broken:
            raise ValueError(f"cannot read square {n}")
        image = np.zeros((SIDE, SIDE), dtype=np.uint8)
        image[: n + 4, : n + 4] = 255
        return Sample(f"square {n}", image, image > 0)


@pytest.fixture(autouse=True)
def fakes(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "napari_faseg.cli.evaluate.make_predictor", lambda name, *, mode, **_: Perfect(mode)
    )
    monkeypatch.setattr(
        "napari_faseg.cli.evaluate.open_dataset", lambda name, root, *, incomplete: Squares()
    )
    monkeypatch.chdir(tmp_path)
    for folder in ("data", "more"):
        Path(folder).mkdir()


def faseg(*options):
    return CliRunner().invoke(app, ["evaluate", "--dataset", "squares", "--root", "data", *options])


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


def test_a_sample_is_random_but_always_the_same_and_part_of_a_larger_one():
    def names(n):
        assert faseg("--sample", str(n), "--csv", "o.csv").exit_code == 0
        return {line.split(",")[2] for line in Path("o.csv").read_text("utf-8").splitlines()[1:]}

    assert names(1) == names(1)
    assert len(names(1)) == 1
    assert names(1) < names(2) < names(3)
    assert len(names(9)) == 3


@pytest.mark.parametrize(
    ("mode", "text", "zoom"),
    [
        ("zoom", "600", ZoomIn(600)),
        ("zoom", "448x448", ZoomIn((448, 448), n_skipped=-1)),
        ("look", "600", ZoomIn(600, shortest_side=100)),
        ("look", "448x448", ZoomIn((448, 448), n_skipped=-1, shortest_side=100)),
    ],
)
def test_a_zoom_size_changes_the_size_of_windows_and_no_other_rule_of_the_mode(
    monkeypatch, mode, text, zoom
):
    asked = []

    def make(name, *, mode, **options):
        asked.append(options["zoom"])
        return Perfect(mode)

    monkeypatch.setattr("napari_faseg.cli.evaluate.make_predictor", make)
    scores("--mode", mode, "--zoom-size", text)
    scores("--mode", mode)
    assert asked == [zoom, None]


@pytest.mark.parametrize("mode", [Mode.LOOK, Mode.ZOOM])
def test_the_usual_zoom_size_gives_the_usual_windows(mode):
    assert read_zoom("400", mode) == rules_of(None, mode.value)


@pytest.mark.parametrize("text", ["large", "448x", "448x448x3", "-5", "0", "31x400"])
def test_a_zoom_size_that_is_none_is_refused_in_one_sentence(text):
    answer = faseg(f"--zoom-size={text}")
    assert answer.exit_code == 1
    assert answer.stderr == (
        f"faseg: expected a zoom size like 600 or 448x448, at least 32, got {text}\n"
    )


def test_a_zoom_size_without_zoom_is_refused():
    answer = faseg("--zoom-size", "600", "--mode", "once")
    assert answer.stderr == "faseg: expected --mode look or zoom for a zoom size, got once\n"


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
    answer = faseg("--root", "more", "--json", "scores.json")
    assert answer.exit_code == 0, answer.output
    (row,) = (line for line in answer.stdout.splitlines() if "NoC@90" in line)
    assert row.count("2.000") == 2
    assert [n["noc90"] for n in json.loads(Path("scores.json").read_text("utf-8"))] == [2, 2]


def test_several_methods_stand_side_by_side():
    answer = faseg("--predictor", "default", "--predictor", "graph_cut", "--json", "scores.json")
    assert answer.exit_code == 0, answer.output
    head = next(line for line in answer.stdout.splitlines() if "graph_cut" in line)
    assert "default" in head
    rows = json.loads(Path("scores.json").read_text("utf-8"))
    assert [row["predictor"] for row in rows] == ["default", "graph_cut"]


def test_every_data_set_needs_its_root():
    answer = faseg("--dataset", "squares", "--dataset", "squares")
    assert answer.exit_code == 1
    assert "3 data sets and 1 roots" in answer.stderr


def test_a_broken_object_ends_the_run_in_one_sentence(monkeypatch):
    monkeypatch.setattr(Squares, "broken", (1,))
    answer = faseg()
    assert answer.exit_code == 1
    assert answer.stderr.splitlines()[-1] == "faseg: cannot read square 1"


def test_broken_objects_can_be_left_out_and_are_listed(monkeypatch):
    monkeypatch.setattr(Squares, "broken", (1,))
    answer = faseg("--skip-broken", "--json", "scores.json")
    assert answer.exit_code == 0, answer.output
    assert "object 1 is left out: cannot read square 1" in answer.stderr
    assert json.loads(Path("scores.json").read_text("utf-8"))["objects"] == 2


def test_a_data_set_without_objects_is_told_by_its_name_before_the_work(monkeypatch):
    monkeypatch.setattr(Squares, "__len__", lambda self: 0)
    answer = faseg()
    assert answer.exit_code == 1
    assert answer.stderr == (
        "faseg: expected at least one object in the data set squares, got none\n"
    )


def test_a_data_set_of_which_every_object_is_left_out_is_told_by_its_name(monkeypatch):
    monkeypatch.setattr(Squares, "broken", (0, 1, 2))
    answer = faseg("--skip-broken")
    assert answer.exit_code == 1
    assert answer.stderr.splitlines()[-1] == (
        "faseg: expected the results of at least one object of squares, got none"
    )


def test_a_negative_seed_is_refused_at_once():
    answer = faseg("--seed", "-1")
    assert answer.exit_code == 2
    assert "'--seed'" in answer.stderr
    assert "done" not in answer.output


def test_names_that_look_like_markup_stand_in_the_table(monkeypatch):
    monkeypatch.setattr(Squares, "name", "squares[/a][b]")
    answer = faseg()
    assert answer.exit_code == 0, answer.output
    assert "squares[/a][b]" in answer.stdout


def test_a_run_that_ended_early_goes_on_with_the_same_numbers(monkeypatch):
    whole = scores()
    monkeypatch.setattr(Squares, "broken", (2,))
    assert faseg("--json", "again.json").exit_code == 1
    assert len(Path("again.partial.jsonl").read_text("utf-8").splitlines()) == 2
    monkeypatch.setattr(Squares, "broken", (0, 1))  # what is done is not read again
    answer = faseg("--json", "again.json")
    assert answer.exit_code == 0, answer.output
    assert "2 objects done already" in answer.stderr
    resumed = json.loads(Path("again.json").read_text("utf-8"))
    timed = {"seconds_per_click", "encode_seconds"}
    assert {k: v for k, v in resumed.items() if k not in timed} == {
        k: v for k, v in whole.items() if k not in timed
    }
    assert not Path("again.partial.jsonl").exists()


def test_other_rules_begin_afresh(monkeypatch):
    monkeypatch.setattr(Squares, "broken", (2,))
    assert faseg("--json", "scores.json").exit_code == 1
    monkeypatch.setattr(Squares, "broken", ())
    assert "done already" not in faseg("--json", "scores.json", "--seed", "1").stderr


def test_tables_and_pictures_are_written():
    answer = faseg(
        *("--csv", "o.csv", "--markdown", "t.md", "--figure", "c.png"),
        *("--contact-sheet", "s.png", "--comparison", "m.md"),
    )
    assert answer.exit_code == 0, answer.output
    lines = Path("o.csv").read_text("utf-8").splitlines()
    assert lines[0].startswith("predictor,dataset,object,noc80")
    assert [line.split(",")[2] for line in lines[1:]] == ["square 0", "square 1", "square 2"]
    assert "| default | squares | 3 |" in Path("t.md").read_text("utf-8")
    assert Path("m.md").read_text("utf-8").startswith("| method | squares NoC@85 |")
    for name in ("c.png", "s.png"):
        assert Path(name).read_bytes()[:4] == b"\x89PNG"
