"""Which parameters learn, and how fast."""

from __future__ import annotations

from itertools import chain

from torch import nn

from napari_faseg.models import FASegNet
from napari_faseg.training.config import TrainConfig


def freeze(model: FASegNet, config: TrainConfig) -> None:
    """Put a network into training mode, all but what a configuration leaves as it is.

    The batch norms of the encoder keep their statistics and weights in any case.
    """
    model.train()
    encoder = model.host.encoder
    is_frozen = config.frozen_host or model.frozen_host
    kept = model.host if is_frozen else encoder
    kept.eval().requires_grad_(False)
    if config.frozen_norms:
        for layer in _norms(model):
            layer.eval()
    if is_frozen or config.frozen_blocks < 0:
        return
    for block in _blocks(encoder)[config.frozen_blocks :]:
        block.requires_grad_(True)
        for layer in _norms(block):
            layer.requires_grad_(False)


def parameter_groups(model: FASegNet, config: TrainConfig) -> list[dict[str, object]]:
    """Two groups for the optimiser, each with its full learning rate."""
    encoder = [p for p in model.host.encoder.parameters() if p.requires_grad]
    ids = {id(p) for p in encoder}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in ids]
    groups = [(encoder, config.backbone_learning_rate), (rest, config.learning_rate)]
    return [{"params": ps, "lr": lr, "full_lr": lr} for ps, lr in groups if ps]


def _norms(module: nn.Module) -> list[nn.Module]:
    return [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]


def _blocks(encoder: nn.Module) -> list[nn.Module]:
    """Stages of an encoder, fine to coarse; its parts in their order where nothing names them."""
    inner = getattr(encoder, "model", encoder)
    blocks = getattr(inner, "blocks", None)
    if blocks is not None:
        return list(blocks)
    layers = list(chain(*(getattr(inner, f"layer{i}", []) for i in range(1, 5))))
    return layers or list(inner.children())
