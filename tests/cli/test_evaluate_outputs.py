"""What `faseg evaluate` cannot or must not write is refused before it begins."""

import errno
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.cli.evaluation_outputs import Outputs
from napari_faseg.evaluation.run_lock import held
from tests.fakes import DiscPredictor

ENDINGS = ".png, .pdf, .svg, .jpg, .jpeg, .tif, .tiff, .webp"
OPTIONS = ("--json", "--csv", "--markdown", "--comparison", "--figure", "--contact-sheet")


@pytest.fixture(autouse=True)
def begun(tmp_path, monkeypatch):
    """Be in an empty folder; return what was begun."""
    begun = []

    def make(name, **_):
        begun.append(name)
        return DiscPredictor(12)

    monkeypatch.setattr("napari_faseg.cli.evaluate.make_predictor", make)
    monkeypatch.chdir(tmp_path)
    return begun


def faseg(*options):
    fixed = ["evaluate", "--dataset", "synthetic", "--limit", "1", "--predictor", "graph_cut"]
    return CliRunner().invoke(app, [*fixed, *map(str, options)])


def refusal(begun, *options):
    """Return the sentence that a command is refused with, before anything is begun or written."""
    before = sorted(Path().rglob("*"))
    answer = faseg(*options)
    assert answer.exit_code == 1, answer.output
    assert begun == []
    assert sorted(Path().rglob("*")) == before
    return answer.stderr.removeprefix("faseg: ").removesuffix("\n")


@pytest.mark.parametrize("option", ["--figure", "--contact-sheet"])
@pytest.mark.parametrize("name", ["curves", "c.xyz", "c.txt", ".png"])
def test_a_picture_of_an_unknown_ending_is_refused_and_the_known_ones_are_told(begun, option, name):
    sentence = refusal(begun, option, name)
    assert sentence == f"expected a file that ends in {ENDINGS}, got {name}"


@pytest.mark.parametrize("ending", [*ENDINGS.split(", "), ".PNG"])
def test_a_figure_of_every_known_ending_is_written_where_it_was_asked_for(ending):
    answer = faseg("--figure", f"curves{ending}")
    assert answer.exit_code == 0, answer.output
    assert [path.name for path in Path().iterdir()] == [f"curves{ending}"]
    assert Path(f"curves{ending}").stat().st_size > 500


@pytest.mark.parametrize("option", OPTIONS)
def test_a_folder_in_the_place_of_an_output_is_refused(begun, option):
    Path("out.png").mkdir()
    assert refusal(begun, option, "out.png") == "expected a file, got the folder out.png"


def test_a_folder_in_the_place_of_the_partial_results_is_refused(begun):
    Path("s.partial.jsonl").mkdir()
    sentence = refusal(begun, "--json", "s.json")
    assert sentence == "expected a file, got the folder s.partial.jsonl"


@pytest.mark.skipif(os.name != "posix", reason="there are no such devices")
def test_a_device_is_refused(begun):
    assert refusal(begun, "--csv", "/dev/null") == "expected a file, got the device /dev/null"


def test_a_place_that_cannot_be_written_is_refused(begun, monkeypatch):
    def refuse(**_):
        raise PermissionError(errno.EACCES, "Permission denied", ".s-x1.csv")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    sentence = refusal(begun, "--csv", "s.csv")
    assert sentence == "expected a place that can be written, got s.csv: Permission denied"


def test_a_name_that_is_too_long_for_the_partial_results_is_refused(begun):
    sentence = refusal(begun, "--json", "s" * 233 + ".json")
    assert sentence.startswith("expected a place that can be written, got sss")


@pytest.mark.parametrize("option", OPTIONS)
def test_an_output_inside_the_folder_of_a_data_set_is_refused(begun, option):
    Path("data/images").mkdir(parents=True)
    sentence = refusal(begun, "--root", "data", option, "data/images/0.png")
    assert sentence == ("expected an output outside of the data set data, got data/images/0.png")


def test_an_output_inside_the_folder_that_one_is_in_is_refused(begun, monkeypatch):
    Path("data").mkdir()
    monkeypatch.chdir("data")
    sentence = refusal(begun, "--root", ".", "--json", "s.json")
    assert sentence == f"expected an output outside of the data set {Path.cwd()}, got s.json"


def test_an_output_that_gets_inside_by_a_link_is_refused(begun):
    Path("data").mkdir()
    Path("link").symlink_to("data")
    assert "outside of the data set data, got link/s.json" in refusal(
        begun, "--root", "data", "--json", "link/s.json"
    )


@pytest.mark.parametrize("option", OPTIONS)
def test_an_output_in_the_place_of_an_archive_or_of_weights_is_refused(begun, option):
    Path("data.png").write_bytes(b"an archive")
    sentence = refusal(begun, "--root", "data.png", option, "data.png")
    assert sentence == "expected an output that is not read as well, got data.png"
    sentence = refusal(begun, "--predictor", "data.png", option, "data.png")
    assert sentence == "expected an output that is not read as well, got data.png"


def test_partial_results_in_the_place_of_an_archive_are_refused(begun):
    Path("s.partial.jsonl").write_bytes(b"an archive")
    sentence = refusal(begun, "--root", "s.partial.jsonl", "--json", "s.json")
    assert sentence == "expected an output that is not read as well, got s.partial.jsonl"


def test_two_outputs_in_one_place_are_refused(begun):
    sentence = refusal(begun, "--figure", "c.png", "--contact-sheet", "./c.png")
    assert sentence == "expected different files, got c.png for --figure and --contact-sheet"


@pytest.mark.parametrize(
    ("name", "what"),
    [("s.partial.jsonl", "the partial results"), ("s.partial.lock", "the lock of the run")],
)
def test_an_output_in_the_place_of_what_a_run_keeps_is_refused(begun, name, what):
    sentence = refusal(begun, "--json", "s.json", "--csv", name)
    assert sentence == f"expected different files, got {name} for --csv and {what}"


def test_a_second_run_into_the_same_output_is_refused_and_changes_nothing(begun):
    with held(Path("s.partial.lock")):
        Path("s.json").write_text("the first run's")
        sentence = refusal(begun, "--json", "s.json")
    assert sentence == (
        "expected no other run with the same output, got one that holds s.partial.lock: "
        "wait for it, or choose another output"
    )
    assert Path("s.json").read_text() == "the first run's"


def test_a_run_that_is_over_leaves_nothing_but_its_output():
    assert faseg("--json", "s.json").exit_code == 0
    assert [path.name for path in Path().iterdir()] == ["s.json"]


def test_the_partial_results_of_another_run_stay_and_are_told(monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_faseg.cli.evaluation_outputs.write_text", cannot_write)
        assert faseg("--json", "s.json", "--seed", "1").exit_code == 1
    before = Path("s.partial.jsonl").read_bytes()
    answer = faseg("--json", "s.json", "--seed", "2")
    assert answer.exit_code == 0, answer.output
    assert Path("s.partial.jsonl").read_bytes() == before
    assert "s.partial.jsonl: keeps the results of other runs" in answer.stderr
    answer = faseg("--json", "s.json", "--seed", "1")
    assert "1 object done already" in answer.stderr
    assert not Path("s.partial.jsonl").exists()


def cannot_write(path, text):
    raise OSError(errno.EIO, "broken off", str(path))


def test_a_partial_file_of_somebody_else_is_refused_and_left_as_it_is(begun):
    Path("s.partial.jsonl").write_bytes(b'{"mine": 1}\n')
    sentence = refusal(begun, "--json", "s.json")
    assert sentence == (
        "expected partial results of `faseg evaluate` in s.partial.jsonl, got something else"
    )
    assert Path("s.partial.jsonl").read_bytes() == b'{"mine": 1}\n'


def test_damaged_lines_do_not_hinder_a_run(monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_faseg.cli.evaluation_outputs.write_text", cannot_write)
        assert faseg("--json", "s.json").exit_code == 1
    good = Path("s.partial.jsonl").read_bytes()
    Path("s.partial.jsonl").write_bytes(b'\xff\xfe{"a"\n' + b"[" * 100_000 + b"\n" + good)
    answer = faseg("--json", "s.json")
    assert answer.exit_code == 0, answer.output
    assert "1 object done already" in answer.stderr
    assert json.loads(Path("s.json").read_text("utf-8"))["objects"] == 1
    assert not Path("s.partial.jsonl").exists()


def test_a_full_disk_is_told_with_the_name_of_the_output(monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("napari_faseg._durable.os.fsync", full)
    answer = faseg("--csv", "s.csv")
    assert answer.exit_code == 1
    assert answer.stderr.splitlines()[-1] == "faseg: [Errno 28] No space left on device: 's.csv'"
    answer = faseg("--json", "s.json")
    assert answer.stderr.splitlines()[-1] == (
        "faseg: [Errno 28] No space left on device: 's.partial.jsonl'"
    )


def test_nothing_is_asked_of_outputs_that_are_not_wanted(tmp_path):
    nowhere = Outputs(None, None, None, None, None, None)
    nowhere.check([tmp_path])
    with nowhere.partial() as partial:
        assert partial is None


def test_the_files_are_written_where_nobody_reads_the_table_any_more(monkeypatch):
    def show(table):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("napari_faseg.cli.evaluate.show", show)
    answer = faseg("--json", "scores.json", "--csv", "o.csv", "--figure", "c.png")
    assert answer.exit_code == 1
    names = {"scores.json", "o.csv", "c.png"}
    assert {path.name for path in Path().iterdir()} - {"scores.partial.lock"} == names


def test_the_table_is_told_where_a_file_cannot_be_written(monkeypatch):
    def write_text(path, text):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("napari_faseg.cli.evaluation_outputs.write_text", write_text)
    answer = faseg("--csv", "o.csv")
    assert answer.exit_code == 1
    assert "NoC@90" in answer.stdout
    assert "No space left" in answer.stderr
