"""Training in front of somebody else's network."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from napari_faseg.models import FASegNet, host_from_module, plug_in
from napari_faseg.training import TrainConfig, fit
from napari_faseg.training.freezing import freeze
from tests.models.networks import SmallUnet, tiny_preset
from tests.training.archives import pool_of

CONFIG = TrainConfig(
    steps=3, sizes=(64,), batch_pixels=2 * 64 * 64, max_clicks=2, no_click=1.0, frozen_blocks=0
)
CONFIGS = {
    "any": CONFIG,
    "frozen": replace(CONFIG, frozen_host=True),
    "cached": replace(CONFIG, frozen_host=True, distinct_batches=2),
}


def plugged(n_classes: int) -> FASegNet:
    torch.manual_seed(0)
    network = SmallUnet(classes=n_classes)
    host = host_from_module(network, ["down1", "down2"], decoder="up", output="head")
    return plug_in(host, preset=tiny_preset())


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("n_classes", [1, 3])
def test_whatever_the_training_only_our_part_learns(
    n_classes: int, config: TrainConfig, tmp_path: Path
) -> None:
    net = plugged(n_classes)
    before = {name: t.clone() for name, t in net.state_dict().items()}
    reports = list(fit(net, pool_of(tmp_path), config, workers=0, folder=tmp_path))
    assert all(torch.tensor(r.loss).isfinite() for r in reports)
    assert reports[-1].n_skipped == 0
    after = net.state_dict()
    changed = {name.split(".")[0] for name, t in after.items() if not torch.equal(t, before[name])}
    assert changed == {"fusion", "attention", "refinement"}


def test_of_a_host_that_is_not_frozen_all_but_the_leading_parts_of_the_encoder_learn() -> None:
    host = host_from_module(SmallUnet(), ["down1", "down2"], output="head")
    net = FASegNet(host, preset=tiny_preset())
    freeze(net, replace(CONFIG, frozen_blocks=1))
    learning = {n.split(".")[0] for n, p in host.network.named_parameters() if p.requires_grad}
    assert learning == {"down2", "up", "head"}


def test_the_backbone_of_a_network_of_torchvision_is_frozen_and_its_classifier_learns() -> None:
    net = FASegNet("lraspp_mobilenet_v3_large", preset=tiny_preset())
    freeze(net, replace(CONFIG, frozen_blocks=-1))
    learning = {n.split(".")[0] for n, p in net.host.network.named_parameters() if p.requires_grad}
    assert learning == {"classifier"}
