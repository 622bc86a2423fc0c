from dataclasses import replace
from pathlib import Path

import pytest
import torch

from napari_faseg.datasets import SyntheticDataset
from napari_faseg.evaluation import evaluate
from napari_faseg.interaction import NetPredictor
from napari_faseg.models import FASegNet
from napari_faseg.training import TrainConfig, fit, scenes
from napari_faseg.training.batches import make_batch
from napari_faseg.training.config import PRESETS, find_preset
from napari_faseg.training.freezing import freeze, parameter_groups
from napari_faseg.training.processes import new_fabric
from napari_faseg.training.scenes import _Object as Object
from napari_faseg.training.schedule import MovingAverage, progress, rate
from napari_faseg.training.scores import Scores, measure
from tests.models.networks import TinyHost, tiny_preset
from tests.training.archives import pool_of

QUICK = TrainConfig(
    steps=120, sizes=(64,), batch_pixels=4 * 64 * 64, max_clicks=3, warmup_steps=2, ema=0.5,
    learning_rate=2e-2,
)  # fmt: skip


def new_network() -> FASegNet:
    torch.manual_seed(0)
    return FASegNet(TinyHost(), preset=tiny_preset())


def test_training_lowers_the_loss_and_reports_every_step(tmp_path: Path) -> None:
    reports = list(fit(new_network(), pool_of(tmp_path), QUICK, workers=0))
    assert [r.step for r in reports] == list(range(1, 121))
    assert reports[-1].progress == 1
    early, late = (sum(r.loss for r in part) for part in (reports[:30], reports[-30:]))
    assert late < 0.95 * early
    assert all(2 <= r.n_clicks <= 3 for r in reports)
    for report in reports:
        assert sum(report.losses.values()) == pytest.approx(report.loss, rel=1e-5)
        assert report.images_per_second > 0
    assert reports[0].learning_rates == (1e-2,)  # half of the full one: it warms up
    assert {"coarse", "focal", "region", "guidance"} <= set(reports[0].losses)


def test_the_paper_learns_from_the_last_of_one_to_ten_clicks(tmp_path: Path) -> None:
    config = replace(
        find_preset("paper"), steps=25, sizes=(64,), batch_pixels=2 * 64 * 64, no_click=0.0
    )
    reports = list(fit(new_network(), pool_of(tmp_path), config, workers=0))
    assert {r.n_clicks for r in reports} == {1}
    assert all({"cross entropy", "L1", "guidance", "coarse"} >= set(r.losses) for r in reports)
    assert any("L1" in r.losses for r in reports)
    early, late = (sum(r.loss for r in part) for part in (reports[:8], reports[-8:]))
    assert late < early


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_a_batch_of_its_sizes(name: str, tmp_path: Path) -> None:
    config = find_preset(name)
    batch = make_batch(pool_of(tmp_path), config, 0)
    b, _, h, w = batch.images.shape
    assert h == w
    assert h in config.sizes
    assert b == config.batch_size(h)
    assert batch.targets.shape == (b * config.targets, 1, h, w)
    assert batch.objects.shape == (b, 1, h, w)


def test_a_preset_that_is_none_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="expected one of default, paper, fine-tune, got 'quick'"):
        find_preset("quick")


def test_the_same_seed_gives_the_same_losses(tmp_path: Path) -> None:
    pool, config = pool_of(tmp_path), TrainConfig(steps=3, sizes=(64,), batch_pixels=2 * 64 * 64)
    one, other = ([r.loss for r in fit(new_network(), pool, config, workers=0)] for _ in range(2))
    assert one == other


def test_the_first_click_is_not_scored_where_it_cannot_tell_what_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrainConfig(
        steps=4, sizes=(64,), batch_pixels=2 * 64 * 64, max_clicks=2, head_start=0.0,
        learning_rate=1e-9, coarse_weight=0.0, no_click=0.0,
    )  # fmt: skip
    net, pool = new_network(), pool_of(tmp_path)
    clear = [r.loss for r in fit(net, pool, config, workers=0)]
    monkeypatch.setattr(scenes, "_Object", lambda mask, whole: Object(mask, whole=False))
    unclear = [r.loss for r in fit(net, pool, config, workers=0)]
    assert all(0 < u < 0.75 * c for u, c in zip(unclear, clear, strict=True))


def test_the_frozen_encoder_keeps_its_weights_and_the_rest_learns(tmp_path: Path) -> None:
    net = new_network()
    encoder = [p.clone() for p in net.host.encoder.parameters()]
    first = net.refinement.first.weight.clone()
    list(
        fit(net, pool_of(tmp_path), TrainConfig(steps=2, sizes=(64,), batch_pixels=9000), workers=0)
    )
    assert all(map(torch.equal, encoder, net.host.encoder.parameters()))
    assert not torch.equal(first, net.refinement.first.weight)


def test_the_last_blocks_of_the_packaged_encoder_can_learn_at_their_own_rate() -> None:
    net, config = FASegNet(), TrainConfig(frozen_blocks=6)
    freeze(net, config)
    backbone, rest = parameter_groups(net, config)
    assert (backbone["full_lr"], rest["full_lr"]) == (1e-4, 1e-3)
    learning = {n for n, p in net.host.encoder.named_parameters() if p.requires_grad}
    assert learning
    assert all(".blocks.6." in f".{name}" for name in learning)
    assert not any(m.training for m in net.host.encoder.modules())


def test_the_rate_rises_then_falls_to_zero_at_the_limit_that_comes_first() -> None:
    config = TrainConfig(steps=1000, minutes=10, warmup_steps=10)
    assert rate(config, 0, 0) == pytest.approx(0.1)
    assert rate(config, 500, 0) == pytest.approx(0.5)
    assert rate(config, 20, 600) == 0
    assert progress(config, 20, 300) == 0.5


def test_the_average_follows_the_weights() -> None:
    net = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(net.weight)
    average = MovingAverage(net, decay=0.0)
    torch.nn.init.ones_(net.weight)
    average.update(net)
    assert average.network.weight.item() == 1
    assert not average.network.weight.requires_grad


class Watched(FASegNet):
    """Keeps the previous masks that its refinement was shown."""

    def refine(self, features, state, guidance, previous=None):
        self.shown.append((state.clicks.shape[1], previous))
        return super().refine(features, state, guidance, previous)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_network_that_looks_again_is_shown_the_mask_of_its_first_click(
    share: float, tmp_path: Path
) -> None:
    network = Watched(TinyHost(), preset=tiny_preset())
    network.shown = []
    config = replace(QUICK, steps=1, no_click=0.0, head_start=0.0, look_again=share)
    list(fit(network, pool_of(tmp_path), config, workers=0))
    of_first_click = [previous for n_clicks, previous in network.shown if n_clicks == 1]
    assert [previous is None for previous in of_first_click] == ([True, False] if share else [True])
    assert all(previous is not None for n_clicks, previous in network.shown if n_clicks > 1)


def test_clicks_that_are_not_learned_from_come_first_as_many_as_asked_for(tmp_path: Path) -> None:
    network = Watched(TinyHost(), preset=tiny_preset())
    network.shown = []
    config = replace(QUICK, steps=12, no_click=0.0, head_start=1.0, head_start_clicks=9)
    list(fit(network, pool_of(tmp_path), config, workers=0))
    most = max(n_clicks for n_clicks, _ in network.shown)
    assert config.max_clicks + 5 < most <= config.max_clicks + 9


def test_held_out_images_without_an_object_are_told_as_such() -> None:
    with pytest.raises(ValueError, match="in the images of synthetic that are held out, got none"):
        measure(new_network(), SyntheticDataset(0), new_fabric())


def test_a_measurement_is_an_evaluation_by_the_protocol() -> None:
    net, shape = new_network(), SyntheticDataset(1)
    curves = evaluate(NetPredictor(net.for_inference(), device="cpu"), shape)
    assert len(curves.results[0].ious) == 20
    assert measure(net, shape, new_fabric("cpu")) == Scores.of(curves)
