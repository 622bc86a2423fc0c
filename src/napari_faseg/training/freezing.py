"""Which parameters learn, and how fast."""

from __future__ import annotations

from itertools import chain

from torch import nn

from napari_faseg.models import FASegNet
from napari_faseg.training.config import TrainConfig


def freeze_backbone(model: FASegNet, frozen_blocks: int) -> None:
    """Freeze the leading blocks of the encoder (all for -1), and its batch norms everywhere."""
    model.train()
    encoder = model.host.encoder
    encoder.eval()  # running statistics stay those of the pretrained encoder
    encoder.requires_grad_(False)
    if frozen_blocks < 0:
        return
    for block in _blocks(encoder)[frozen_blocks:]:
        for layer in block.modules():
            if not isinstance(layer, nn.BatchNorm2d):
                for parameter in layer.parameters(recurse=False):
                    parameter.requires_grad_(True)


def parameter_groups(model: FASegNet, config: TrainConfig) -> list[dict[str, object]]:
    """Two groups for the optimiser, each with its full learning rate."""
    encoder = [p for p in model.host.encoder.parameters() if p.requires_grad]
    ids = {id(p) for p in encoder}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in ids]
    groups = [(encoder, config.backbone_learning_rate), (rest, config.learning_rate)]
    return [{"params": ps, "lr": lr, "full_lr": lr} for ps, lr in groups if ps]


def _blocks(encoder: nn.Module) -> list[nn.Module]:
    """Stages of an encoder, fine to coarse."""
    inner = getattr(encoder, "model", encoder)
    blocks = getattr(inner, "blocks", None)
    if blocks is not None:
        return list(blocks)
    return list(chain(*(getattr(inner, f"layer{i}", []) for i in range(1, 5))))
