"""Choices of the packaged recipe, left out or exchanged: `python .../recipe.py --help`.

Every variant is trained with several seeds, from ImageNet encoders or, with `--host`, in front of
one that is trained already and frozen: then twice as many steps take the time of a few.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from study import (
    SCORES,
    BatchPixels,
    Cache,
    Data,
    Device,
    Distinct,
    FrozenHost,
    Kept,
    Output,
    Recipe,
    Sample,
    Seeds,
    Side,
    Sources,
    Steps,
    as_predictor,
    as_table,
    clicked,
    counted_seeds,
    freezing,
    host_for,
    open_sets,
    scores,
    spread,
    what_is_trained,
    write,
)

from napari_faseg.models import FASegNet
from napari_faseg.models.presets import DEFAULT


@dataclass(frozen=True)
class Variant:
    """What differs from the recipe: in the network, in the training, in the clicking."""

    says: str
    network: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    of_encoder: bool = False
    """Whether it makes no sense where the host is trained already."""


VARIANTS = {
    "recipe": Variant("the recipe"),
    "no previous mask": Variant("no previous mask, no click maps", {"previous_mask": False}),
    "cross entropy": Variant("cross entropy and L1 for focal and region", {}, {"loss": "paper"}),
    "no windows": Variant("no windows around objects in training", {}, {"centred": 0.0}),
    "looks once": Variant("no first mask seen again", {}, {"look_again": 0.0}),
    "deepest pixels": Variant("no click anywhere in the error", {}, {"anywhere": 0.0}),
    "no composites": Variant("photographs as they are", {}, {"composites": False}),
    "frozen encoder": Variant("nothing of the encoder trained", {}, {"frozen_blocks": -1}, True),
    "whole encoder": Variant("all of the encoder trained", {}, {"frozen_blocks": 0}, True),
    "lite0": Variant("encoder lite0", {"encoder": "tu-tf_efficientnet_lite0"}, {}, True),
    "lite2": Variant("encoder lite2", {"encoder": "tu-tf_efficientnet_lite2"}, {}, True),
}
CLICKED: dict[str, tuple[str, dict[str, Any]]] = {  # the network of the recipe, in other ways
    "protocol windows": ("looks once, at the windows of the protocol", {"mode": "zoom"}),
    "whole image": ("looks once, at the whole image", {"mode": "once"}),
    "clicks may lose": ("without clicks that always win", {"obedient": False}),
}


def main(
    learn: Sources,
    data: Data,
    output: Output,
    cache: Cache,
    variant: Annotated[list[str] | None, typer.Option(help="Repeatable; default: all.")] = None,
    encoders: Annotated[Path | None, typer.Option(help="Folder with lite0.pth and so on.")] = None,
    host: FrozenHost = None,
    distinct: Distinct = 60,
    steps: Steps = 1000,
    seeds: Seeds = 2,
    sample: Sample = 100,
    side: Side = 256,
    batch_pixels: BatchPixels = 8 * 256 * 256,
    device: Device = "cpu",
) -> None:
    """Train every variant with every seed and write the table."""
    recipe = Recipe(tuple(learn), cache, steps, side, batch_pixels, device)
    sets, kept = open_sets(data), Kept(output.with_suffix(".jsonl"))

    def run(name: str, seed: int) -> dict[str, list[dict[str, float]]]:
        torch.manual_seed(seed)
        changes = {**freezing(host, distinct), **VARIANTS[name].training}
        net = recipe.trained(network(VARIANTS[name], encoders, host), seed, **changes)
        ways = CLICKED if name == "recipe" else {}
        asked = {name: {}, **{way: options for way, (_, options) in ways.items()}}
        return {way: found(net, options) for way, options in asked.items()}

    def found(net: FASegNet, options: dict[str, Any]) -> list[dict[str, float]]:
        net.preset = replace(net.preset, clicks_win=options.get("obedient", True))
        predictor = as_predictor(net, device, **options)
        return [scores(clicked(predictor, dataset, sample)) for dataset in sets]

    says = {name: choice.says for name, choice in VARIANTS.items()}
    says |= {way: text for way, (text, _) in CLICKED.items()}
    rows = []
    for name in variant or [name for name in VARIANTS if not (host and VARIANTS[name].of_encoder)]:
        key = [name, steps, side, batch_pixels, sample, encoders, host, distinct, *learn, *data]
        runs = [kept.found([seed, *key], partial(run, name, seed)) for seed in range(seeds)]
        for way in runs[0]:
            for place, dataset in enumerate(sets):
                cells = [spread([r[way][place][what] for r in runs]) for what in SCORES]
                rows.append([way, says[way], dataset.name, *cells])
    about = (
        f"{steps} steps each of {side} pixels, {counted_seeds(seeds)} (lowest and highest in "
        f"brackets), {sample} random objects of each data set, the same for all. "
        + what_is_trained(host, distinct)
    )
    heads = ["variant", "what differs", "data set", *SCORES]
    write(output, "Choices of the recipe", about, as_table(heads, rows))


def network(variant: Variant, encoders: Path | None, trained: str | None) -> FASegNet:
    """Make the network of a variant, in front of a trained host or of a new one."""
    sizes = replace(DEFAULT, **variant.network)
    weights = encoders and encoders / f"{sizes.encoder.rsplit('_', 1)[1]}.pth"
    return FASegNet(host_for(sizes, weights, trained), preset=sizes)


if __name__ == "__main__":
    typer.run(main)
