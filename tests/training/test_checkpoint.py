"""A run that was interrupted goes on as if nothing had happened.

`FASEG_TRAINING_KILLS=25` kills a run so many times, at random moments, instead of twice.
"""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from napari_faseg.models import FASegNet
from napari_faseg.training import TrainConfig, fit, sequence
from napari_faseg.training.batches import batches
from napari_faseg.training.checkpoint import HEADER
from napari_faseg.training.pool import Pool
from napari_faseg.training.schedule import MovingAverage
from tests.models.networks import TinyHost, tiny_preset
from tests.training.archives import pool_of

N_KILLS = int(os.environ.get("FASEG_TRAINING_KILLS", "0"))
CONFIG = TrainConfig(
    steps=6, sizes=(64,), batch_pixels=2 * 64 * 64, max_clicks=2, warmup_steps=2,
    checkpoint_every=2, frozen_blocks=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return pool_of(tmp_path_factory.mktemp("pool"))


def new_network() -> FASegNet:
    torch.manual_seed(0)
    return FASegNet(TinyHost(), preset=tiny_preset())


def fact(r):
    return r.step, r.loss, r.iou, r.learning_rates, dict(r.losses)


def facts(reports):
    return [fact(report) for report in reports]


@pytest.mark.parametrize("n_before", [2, 3, 5])
def test_an_interrupted_run_ends_with_the_same_bits(
    n_before: int, pool: Pool, tmp_path: Path
) -> None:
    whole_net, net = new_network(), new_network()
    whole = facts(fit(whole_net, pool, CONFIG, workers=0))
    kept = tmp_path / "run.safetensors"
    list(islice(fit(net, pool, CONFIG, workers=0, checkpoint=kept), n_before))
    again = new_network()
    torch.manual_seed(99)  # the state of the process is another
    *_, last = reports = list(fit(again, pool, CONFIG, workers=1, checkpoint=kept, resume=True))
    assert facts(reports) == whole[n_before:]
    for one, other in zip(
        again.state_dict().values(), whole_net.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other)
    assert last.progress == 1


@pytest.mark.parametrize(
    ("where", "n_kept"), [("refine", 3), ("zero_grad", 3), ("step", 4), ("update", 4)]
)
def test_a_run_that_ctrl_c_ends_in_a_step_loses_no_step_before(
    where: str, n_kept: int, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answered
) -> None:
    whole_net, net = with_statistics(), with_statistics()
    config = replace(CONFIG, checkpoint_every=100)
    whole = facts(fit(whole_net, pool, config, workers=0))
    kept = tmp_path / "run.safetensors"
    told = []
    places = {
        "refine": (FASegNet, "refine"), "zero_grad": (torch.optim.AdamW, "zero_grad"),
        "step": (torch.optim.AdamW, "step"), "update": (MovingAverage, "update"),
    }  # fmt: skip
    owner, name = places[where]
    plain = getattr(owner, name)

    def pressed(*args, **options):
        if len(told) == 3:
            signal.raise_signal(signal.SIGINT)
        return plain(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, pressed)
        with pytest.raises(KeyboardInterrupt):
            told.extend(map(fact, fit(net, pool, config, workers=0, checkpoint=kept)))
    assert json.loads(safe_open(kept, "pt").metadata()[HEADER])["step"] == n_kept
    again = with_statistics()
    rest = facts(fit(again, pool, config, workers=0, checkpoint=kept, resume=True))
    assert told + rest == whole
    for one, other in zip(
        again.state_dict().values(), whole_net.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other)


def with_statistics() -> FASegNet:
    """Return a network that also learns by looking: it has a batch norm."""
    network = new_network()
    network.host.head = torch.nn.Sequential(network.host.head, torch.nn.BatchNorm2d(1))
    return network


SCRIPT = """
import sys
from pathlib import Path
import torch
from tests.training.test_checkpoint import CONFIG, new_network, pool_of
from napari_faseg.models import FASegNet
from napari_faseg.training import fit
folder = Path(sys.argv[1])
torch.set_num_threads(1)
network = new_network()
for report in fit(network, pool_of(folder), replace(CONFIG, steps=16), workers=1,
                  checkpoint=folder / "run.safetensors", resume=True):
    print(report.step, report.loss.hex(), flush=True)
""".replace("import sys", "import sys\nfrom dataclasses import replace")


def started(folder: Path) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def killed_after_lines(folder: Path, n_lines: int) -> list[str]:
    """Kill a run at once when it has told of so many steps; return what it told."""
    process = started(folder)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(n_lines)]
    process.kill()
    process.communicate(timeout=60)
    return lines


def sha256(path: Path) -> str:
    """Return that of all tensors; the file also has the seconds that the run took."""
    whole = hashlib.sha256()
    for tensor in contents(path):
        whole.update(tensor.numpy().tobytes())
    return whole.hexdigest()


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_file(tmp_path: Path) -> None:
    whole, _ = started(tmp_path / "whole").communicate(timeout=200)
    losses = dict(line.split() for line in whole.splitlines())
    assert len(losses) == 16
    seen: dict[str, str] = {}
    for n_lines in (3, 7):
        lines = killed_after_lines(tmp_path / "killed", n_lines)
        seen |= dict(line.split() for line in lines)
    rest, _ = started(tmp_path / "killed").communicate(timeout=200)
    seen |= dict(line.split() for line in rest.splitlines())
    assert seen == losses
    one, other = ((tmp_path / name / "run.safetensors") for name in ("whole", "killed"))
    for tensors in zip(contents(one), contents(other), strict=True):
        assert torch.equal(*tensors)


@pytest.mark.skipif(N_KILLS == 0, reason="a slow tier: set FASEG_TRAINING_KILLS")
def test_a_run_that_is_killed_at_any_moment_ends_with_the_same_hash(tmp_path: Path) -> None:
    started(tmp_path / "whole").communicate(timeout=200)
    rng = np.random.default_rng(0)
    n_kills, n_lost = 0, 0
    while n_kills < N_KILLS:
        folder = tmp_path / f"killed-{n_kills}"
        for _ in range(min(4, N_KILLS - n_kills)):  # then this run may end
            process = started(folder)
            assert process.stdout is not None
            n_lost += process.stdout.readline() == ""
            time.sleep(rng.uniform(0, 0.6))
            process.kill()
            process.communicate(timeout=60)
            n_kills += 1
        started(folder).communicate(timeout=200)
        files = (tmp_path / "whole" / "run.safetensors", folder / "run.safetensors")
        assert sha256(files[0]) == sha256(files[1])
    assert n_lost < N_KILLS / 2, "most kills came after the end"


def contents(path: Path) -> list[torch.Tensor]:
    return [tensor for _, tensor in sorted(load_file(path).items())]


def test_a_full_disk_ends_a_run_that_goes_on_from_its_last_checkpoint(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = facts(fit(new_network(), pool, CONFIG, workers=0))
    kept = tmp_path / "run.safetensors"
    run = fit(new_network(), pool, CONFIG, workers=0, checkpoint=kept)
    assert facts(islice(run, 3)) == whole[:3]
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left on device"):
            next(run)
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    rest = fit(new_network(), pool, CONFIG, workers=0, checkpoint=kept, resume=True)
    assert facts(rest) == whole[2:]


def full(handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_finished_run_has_nothing_to_go_on_with(pool: Pool, tmp_path: Path) -> None:
    kept = tmp_path / "run.safetensors"
    list(fit(new_network(), pool, CONFIG, workers=0, checkpoint=kept))
    assert list(fit(new_network(), pool, CONFIG, workers=0, checkpoint=kept, resume=True)) == []


def test_resuming_without_a_checkpoint_begins(pool: Pool, tmp_path: Path) -> None:
    run = fit(new_network(), pool, CONFIG, workers=0, checkpoint=tmp_path / "a", resume=True)
    assert next(run).step == 1


def test_a_run_that_is_kept_is_never_overwritten_by_another(pool: Pool, tmp_path: Path) -> None:
    kept = tmp_path / "run.safetensors"
    kept.write_bytes(b"valuable")
    with pytest.raises(FileExistsError, match=r"run.safetensors keeps a run already"):
        next(fit(new_network(), pool, CONFIG, workers=0, checkpoint=kept))
    assert kept.read_bytes() == b"valuable"


def test_a_checkpoint_of_another_run_is_refused_by_what_differs(pool: Pool, tmp_path: Path) -> None:
    kept = tmp_path / "run.safetensors"
    list(islice(fit(new_network(), pool, CONFIG, workers=0, checkpoint=kept), 2))

    def resumed(network=None, photos=pool, config=CONFIG):
        network = network or new_network()
        return next(fit(network, photos, config, workers=0, checkpoint=kept, resume=True))

    with pytest.raises(ValueError, match="is of a run with ema 0.998, seed 0"):
        resumed(config=replace(CONFIG, seed=1, ema=0.5))
    other = FASegNet(TinyHost(), preset=replace(tiny_preset(), width=24))
    with pytest.raises(ValueError, match="is of a run of another network"):
        resumed(network=other)
    fewer = Pool(pool.sources[:2], tmp_path)
    with pytest.raises(ValueError, match="is of a run on other data"):
        resumed(photos=fewer)
    kept.write_bytes(kept.read_bytes()[:-100])
    with pytest.raises(ValueError, match="expected a whole checkpoint"):
        resumed()


def test_a_loss_that_is_not_finite_changes_nothing_and_is_counted(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = sequence.losses.region
    n_calls = iter(range(10_000))
    spoilt = lambda *a: plain(*a) * (float("nan") if 4 <= next(n_calls) < 7 else 1)  # noqa: E731
    monkeypatch.setattr(sequence.losses, "region", spoilt)
    net = new_network()
    reports = list(fit(net, pool, CONFIG, workers=0))
    assert 1 <= reports[-1].n_skipped <= 3
    assert all(t.isfinite().all() for t in net.state_dict().values() if t.is_floating_point())


def test_a_run_whose_loss_stays_not_finite_ends_in_one_sentence(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence.losses, "region", lambda logits, *_: logits.sum() * float("nan"))
    run = fit(new_network(), pool, replace(CONFIG, steps=50), workers=0)
    with pytest.raises(RuntimeError, match="expected finite losses, got none in 20 steps"):
        list(run)


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_do_not_depend_on_the_number_of_processes(workers: int, pool: Pool) -> None:
    here = list(islice(batches(pool, CONFIG, first=2, workers=0), 4))
    there = list(islice(batches(pool, CONFIG, first=2, workers=workers), 4))
    for one, other in zip(here, there, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.targets, other.targets)


def test_training_leaves_the_random_numbers_of_the_process_alone(pool: Pool) -> None:
    net = new_network()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    list(islice(fit(net, pool, CONFIG, workers=0), 2))
    assert torch.equal(torch.rand(3), expected)
