"""A frozen host sees each distinct batch once."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from napari_faseg.models import FASegNet
from napari_faseg.training import TrainConfig, fit
from napari_faseg.training.batches import make_batch
from napari_faseg.training.pool import Pool
from tests.models.networks import TinyHost, tiny_preset
from tests.training.archives import pool_of

CONFIG = TrainConfig(
    steps=7, sizes=(64, 128), batch_pixels=2 * 64 * 64, max_clicks=2, warmup_steps=2,
    frozen_host=True, frozen_norms=True, distinct_batches=3,
)  # fmt: skip


class CountingHost(TinyHost):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []

    def forward(self, image):
        self.seen.append(image)
        return super().forward(image)


def new_network() -> FASegNet:
    torch.manual_seed(0)
    return FASegNet(CountingHost(), preset=tiny_preset())


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return pool_of(tmp_path_factory.mktemp("pool"))


def losses(net: FASegNet, pool: Pool, folder: Path | None, **options) -> list[float]:
    return [r.loss for r in fit(net, pool, CONFIG, workers=0, folder=folder, **options)]


def test_a_frozen_host_sees_each_distinct_batch_once(pool: Pool, tmp_path: Path) -> None:
    net = new_network()
    assert len(losses(net, pool, tmp_path)) == 7
    assert len(net.host.seen) == 3
    assert not torch.equal(net.host.seen[0], net.host.seen[1])


def test_what_is_kept_gives_nearly_the_losses_of_what_is_computed_again(
    pool: Pool, tmp_path: Path
) -> None:
    net = new_network()
    again = losses(net, pool, None)
    assert len(net.host.seen) == 7
    kept = losses(new_network(), pool, tmp_path)
    assert kept == pytest.approx(again, rel=1e-3)  # it is kept in half precision


def test_clicks_differ_on_the_batches_that_come_again(pool: Pool) -> None:
    first, again = make_batch(pool, CONFIG, 1), make_batch(pool, CONFIG, 4)
    assert torch.equal(first.images, again.images)
    still = replace(CONFIG, learning_rate=1e-12, no_click=0.0)
    found = [r.loss for r in fit(new_network(), pool, still, workers=0)]
    assert found[1] != pytest.approx(found[4], rel=1e-6)


def test_an_interrupted_run_goes_on_to_the_bit(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = losses(new_network(), pool, tmp_path)
    kept = tmp_path / "run.safetensors"
    run = fit(new_network(), pool, CONFIG, workers=0, folder=tmp_path / "a", checkpoint=kept)
    begun = [r.loss for r in islice(run, 2)]
    run.close()
    rest = losses(new_network(), pool, tmp_path / "b", checkpoint=kept, resume=True)
    assert begun + rest == whole


def test_nothing_of_a_frozen_host_learns(pool: Pool, tmp_path: Path) -> None:
    net = new_network()
    before = {name: t.clone() for name, t in net.state_dict().items()}
    losses(net, pool, tmp_path)
    changed = {name for name, t in net.state_dict().items() if not torch.equal(t, before[name])}
    assert changed
    assert not any(name.startswith("host.") for name in changed)
    assert not any("running" in name or "num_batches" in name for name in changed)


def test_distinct_batches_of_a_host_that_learns_are_refused() -> None:
    with pytest.raises(ValueError, match="expected distinct_batches 0, or above 0 with a frozen"):
        TrainConfig(distinct_batches=5)
