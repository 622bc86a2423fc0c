"""Several processes learn together as one."""

import json
import math
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from napari_faseg.models import load_model
from napari_faseg.training.processes import average_gradients, mean_of, new_fabric, share_of
from tests.training.learn_together import learn_together

ROOT = Path(__file__).parents[2]
# The same products are summed in another order, in single precision: 6e-8 was seen. Another batch
# makes a difference of 1e-3 and more.
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that two processes with two images each have written to."""
    folder = tmp_path_factory.mktemp("together")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--master-addr", "127.0.0.1", "--master-port", str(port)]
    command += ["-m", "tests.training.learn_together", str(folder), "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_two_processes_have_the_losses_of_one_with_the_doubled_batch(
    of_two: Path, tmp_path: Path
) -> None:
    first, second = (json.loads((of_two / f"steps-{i}.json").read_text()) for i in range(2))
    alone = learn_together(4, tmp_path / "alone.safetensors")
    assert len(alone) == len(first) == 4
    for one, other, single in zip(first, second, alone, strict=True):
        for name in ("losses", "loss", "iou", "scores", "best"):
            assert one[name] == other[name]  # all processes agree to the bit
        assert one["losses"] == pytest.approx(single["losses"], rel=TOLERANCE)
        assert one["loss"] == pytest.approx(single["loss"], rel=TOLERANCE)
        assert one["iou"] == pytest.approx(single["iou"], rel=TOLERANCE)
        assert one["rates"] == pytest.approx(single["rates"])
    assert first[-1]["scores"] is not None
    assert len({step["loss"] for step in alone}) == 4


def test_two_processes_with_the_same_batch_are_something_else(of_two: Path, tmp_path: Path) -> None:
    together = json.loads((of_two / "steps-0.json").read_text())
    alone = learn_together(2, tmp_path / "alone.safetensors")
    ratios = [one["loss"] / other["loss"] for one, other in zip(together, alone, strict=True)]
    assert max(abs(ratio - 1) for ratio in ratios) > 100 * TOLERANCE


def test_one_process_writes_the_files_for_all(of_two: Path) -> None:
    assert sorted(p.name for p in of_two.iterdir()) == [
        "made.csv", "made.png", "made.safetensors", "steps-0.json", "steps-1.json",
    ]  # fmt: skip
    assert load_model(of_two / "made.safetensors").host_name == "deeplabv3plus"
    rows = (of_two / "made.csv").read_text().splitlines()
    assert len(rows) == 1 + 4


def test_half_precision_begins_with_nearly_the_same_loss(tmp_path: Path) -> None:
    exact = learn_together(2, tmp_path / "exact.safetensors")
    rough = learn_together(2, tmp_path / "rough.safetensors", "bf16-mixed")
    assert rough[0]["loss"] == pytest.approx(exact[0]["loss"], rel=0.02)
    assert rough[0]["loss"] != exact[0]["loss"]
    assert all(math.isfinite(step["loss"]) for step in rough)


def test_a_process_alone_has_all_of_every_batch_and_its_own_means() -> None:
    fabric = new_fabric()
    assert list(share_of(fabric).places(3)) == [0, 1, 2]
    assert mean_of(fabric, [torch.tensor(2.0), torch.tensor(5.0)]) == [2, 5]
    weight = torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([1.0, 2.0])
    average_gradients(fabric, [weight])
    assert weight.grad.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("device", "precision", "sentence"),
    [
        ("toaster", "auto", 'expected a device such as "auto" or "cpu", got \'toaster\''),
        ("cpu", "16", "expected one of auto, 32-true, bf16-mixed, got '16'"),
    ],
)
def test_what_torch_does_not_know_is_refused(device: str, precision: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        new_fabric(device, precision)  # type: ignore[arg-type]
