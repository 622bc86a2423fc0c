"""`faseg train`: images with labels in, better weights and their course out."""

import json
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.models import FASegNet, Host, HostOptions, build_host, load_model, save_model
from napari_faseg.models.presets import PRESETS as NETWORKS
from napari_faseg.training import begin_network, board, run
from napari_faseg.training.checkpoint import HEADER
from napari_faseg.training.history import from_csv
from napari_faseg.training.scores import Scores
from tests.models.networks import tiny_preset
from tests.training.little import measure_little

ROOT = Path(__file__).parents[2]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    measure_little(monkeypatch)
    torch.manual_seed(0)
    save_model(FASegNet(preset=tiny_preset()), "start.safetensors")
    return tmp_path / "start.safetensors"


def faseg(*options: str):
    fixed = ["--dataset", "synthetic", "--workers", "0", "--device", "cpu"]
    return CliRunner().invoke(app, ["train", *fixed, *options])


def test_training_says_what_it_was_worth_and_writes_weights(start: Path) -> None:
    answer = faseg("--init", str(start), "--output", "mine.safetensors", "--steps", "1")
    assert answer.exit_code == 0, answer.output
    assert "NoC@90" in answer.stdout
    assert "before" in answer.stdout
    assert "clicks to 0.90, before" in answer.stderr
    assert answer.stderr.startswith("counting the clicks on held-out objects")
    assert load_model("mine.safetensors").preset == tiny_preset()
    assert Path("mine.png").exists()


def test_the_network_of_the_paper_begins_with_nothing(start: Path, monkeypatch) -> None:
    monkeypatch.setitem(NETWORKS, "paper", replace(tiny_preset(), attention="dense"))
    answer = faseg(
        *("--init", "nothing", "--network", "paper", "--preset", "paper"),
        *("--host", "unet", "--encoder", "resnet18"),
        *("--output", "mine.safetensors", "--steps", "1", "--batch-pixels", "20000"),
    )
    assert answer.exit_code == 0, answer.output
    learned = load_model("mine.safetensors")
    assert (learned.host_name, learned.preset.encoder) == ("unet", "resnet18")
    assert learned.preset.attention == "dense"


@pytest.mark.parametrize(("preset", "is_told"), [("fine-tune", True), ("paper", False)])
def test_a_host_that_would_stay_untrained_is_told(start: Path, preset: str, is_told: bool) -> None:
    answer = faseg(
        *("--init", "nothing", "--host", "unet", "--encoder", "resnet18", "--preset", preset),
        *("--output", "mine.safetensors", "--steps", "1", "--batch-pixels", "20000"),
    )
    assert answer.exit_code == 0, answer.output
    assert ("begins with a host that is not trained" in answer.stderr) is is_told


def test_weights_that_have_become_worse_are_told(start: Path, monkeypatch) -> None:
    noc90 = iter([3.0, 4.0])
    for name in ("run", "fitting"):
        monkeypatch.setattr(
            import_module(f"napari_faseg.training.{name}"),
            "measure",
            lambda *_, **__: Scores(1, 1.0, next(noc90), 0.5, 0.5, 0.5),
        )
    answer = faseg("--init", str(start), "--output", "mine.safetensors", "--steps", "1")
    assert answer.exit_code == 0, answer.output
    assert "the new weights take more clicks than those that they began with" in answer.stderr


def test_tensorboard_gets_the_course_of_a_run(start: Path) -> None:
    answer = faseg("--init", str(start), "--output", "mine.safetensors", "--steps", "2")
    assert answer.exit_code == 0, answer.output
    events = EventAccumulator("mine.tensorboard")
    events.Reload()
    assert [e.step for e in events.Scalars("loss")] == [1, 2]
    tags = set(events.Tags()["scalars"])
    assert {"IoU", "loss/focal", "held_out/noc90", "learning_rate/0"} <= tags


def test_without_tensorboard_nothing_is_written_for_it(start: Path, monkeypatch) -> None:
    def missing(name: str):
        raise ImportError(name)

    monkeypatch.setattr(board, "import_module", missing)
    answer = faseg("--init", str(start), "--output", "mine.safetensors", "--steps", "1")
    assert answer.exit_code == 0, answer.output
    assert not Path("mine.tensorboard").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "quick"], "expected one of default, paper, fine-tune, got 'quick'"),
        (
            ["--init", "nothing", "--network", "huge"],
            "expected a preset among ['default', 'paper']",
        ),
        (["--init", "nothing", "--host", "unett"], "expected a host among deeplabv3, "),
        (["--precision", "16"], "expected one of auto, 32-true, bf16-mixed, got '16'"),
        (["--kind", "cells"], "expected one of salient, instances, parts, got 'cells'"),
        (["--held-out", "0"], "expected a share above 0 and below 1, got 0.0"),
        (["--init", "none.safetensors"], "expected weights among"),
        (
            ["--encoder", "resnet50"],
            "expected --init imagenet or nothing with --encoder resnet50, got ",
        ),
        (
            ["--init", "nothing", "--host", "fcn_resnet50", "--encoder", "resnet18"],
            "expected no --encoder with --host fcn_resnet50, which has its own, got resnet18: ",
        ),
        (["--host", "unet"], "expected --init imagenet or nothing with --host unet, got "),
        (["--network", "paper"], "expected --init imagenet or nothing with --network paper, got "),
        (["--output", "mine.pt"], "expected a file that ends in .safetensors, got mine.pt"),
        (["--output", "start.safetensors"], "start.safetensors exists already"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(start: Path, options: list[str], message: str) -> None:
    answer = faseg("--init", str(start), "--output", "mine.safetensors", *options)
    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"faseg: {message}")
    assert answer.stderr.count("\n") == 1
    assert sorted(path.name for path in start.parent.iterdir()) == ["start.safetensors"]


def test_weights_that_cannot_be_downloaded_are_named(start: Path, monkeypatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("Name or service not known\nand a screen more")

    monkeypatch.setattr("napari_faseg.training.beginning.build_host", offline)
    monkeypatch.setattr("napari_faseg.training.beginning.hub_asked_once", nullcontext)
    answer = faseg("--init", "imagenet", "--encoder", "resnet18", "--output", "mine.safetensors")
    assert answer.exit_code == 1
    expected = "expected to download weights of imagenet for deeplabv3plus, got: Name or service"
    assert answer.stderr.startswith(f"faseg: {expected} not known")
    assert answer.stderr.count("\n") == 1


def test_a_network_that_begins_with_nothing_is_the_same_for_the_same_seed(start: Path) -> None:
    def begun(seed: int) -> torch.Tensor:
        network = begin_network("nothing", host="unet", encoder="resnet18", seed=seed)
        return network.refinement.first.weight

    assert torch.equal(begun(1), begun(1))
    assert not torch.equal(begun(1), begun(2))


def with_host(monkeypatch: pytest.MonkeyPatch, *, learned: bool) -> None:
    """Make a host known whose first layer alone, or nothing, comes with the weights."""

    def lab(options: HostOptions) -> Host:
        host = build_host("unet", "resnet18")
        if learned and options.encoder_weights is not None:
            torch.nn.init.zeros_(next(host.encoder.parameters()))
        return host

    monkeypatch.setitem(import_module("napari_faseg.models.hosts.registry")._BUILDERS, "lab", lab)
    monkeypatch.setattr("napari_faseg.training.beginning.hub_asked_once", nullcontext)


def test_a_network_that_begins_with_downloaded_weights_is_the_same_for_the_same_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_host(monkeypatch, learned=True)
    one, other = (begin_network("imagenet", host="lab", seed=1).state_dict() for _ in range(2))
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_a_host_that_takes_no_downloaded_weights_is_refused_with_them(
    start: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_host(monkeypatch, learned=False)
    answer = faseg("--init", "imagenet", "--host", "lab", "--output", "mine.safetensors")
    assert answer.exit_code == 1
    expected = "faseg: expected a host that takes weights of imagenet, got lab, which is the same"
    assert answer.stderr.startswith(expected)
    assert answer.stderr.count("\n") == 1


def test_a_seed_below_zero_is_refused_as_an_option(start: Path) -> None:
    answer = faseg("--init", str(start), "--output", "mine.safetensors", "--seed", "-1")
    assert answer.exit_code == 2
    assert "Invalid value for '--seed'" in answer.stderr
    assert [path.name for path in start.parent.iterdir()] == ["start.safetensors"]


def test_an_interrupted_run_can_be_resumed(start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = run.TrainingRun._take

    def interrupted(self, report):
        plain(self, report)
        if report.step == 2:
            raise KeyboardInterrupt

    options = ["--init", str(start), "--output", "mine.safetensors", "--steps", "3"]
    monkeypatch.setattr(run.TrainingRun, "_take", interrupted)
    answer = faseg(*options)
    assert answer.exit_code == 130
    assert "--resume goes on" in answer.stderr
    monkeypatch.setattr(run.TrainingRun, "_take", plain)
    answer = faseg(*options, "--resume")
    assert answer.exit_code == 0, answer.output
    assert Path("mine.safetensors").exists()


STARTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import pytest
from napari_faseg.cli import app
from napari_faseg.training import run
from tests.training.little import measure_little
measure_little(pytest.MonkeyPatch())
plain = run.TrainingRun._take
def told(self, report):
    plain(self, report)
    print("step", report.step, flush=True)
run.TrainingRun._take = told
app()
"""


@pytest.mark.skipif(os.name != "posix", reason="only there is Ctrl+C sent to a group like that")
def test_ctrl_c_in_a_terminal_loses_no_step_that_was_told(start: Path) -> None:
    options = ["--dataset", "synthetic", "--workers", "2", "--device", "cpu", "--init", str(start)]
    options += ["--output", "mine.safetensors", "--steps", "1000", "--batch-pixels", "30000"]
    command = [sys.executable, "-c", STARTED, "train", *options]
    pipe, environment = subprocess.PIPE, {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(  # without a buffer, which would keep lines from `communicate`
        command, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True, env=environment
    ) as training:
        assert training.stdout is not None
        steps = [training.stdout.readline() for _ in range(5)]
        os.killpg(training.pid, signal.SIGINT)  # a terminal sends it to the workers as well
        rest, told = training.communicate(timeout=100)
    last, errors = int((steps + rest.splitlines())[-1].split()[1]), told.decode()
    assert training.returncode == 130, errors
    assert "interrupted; the same command with --resume goes on" in errors
    assert "Traceback" not in errors
    with safe_open("mine.run.safetensors", "pt") as kept:
        assert json.loads(kept.metadata()[HEADER])["step"] in (last, last + 1)
    rows = [row.step for row in from_csv(Path("mine.csv").read_text())]
    assert rows in ([*range(1, last + 1)], [*range(1, last + 2)])
