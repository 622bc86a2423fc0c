"""Choices of the packaged recipe, left out or exchanged: `python .../recipe.py --help`.

Every variant is trained with several seeds, from ImageNet encoders or, with `--host`, in front of
a host that is trained already and frozen: then only our part has to learn, and does so sooner. So
it does, host and all, with `--photographs`.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from study import SCORES, clicked, scores, spread
from trial import Distinct, FrozenHost, Trial, freezing, host_for, trains, what_is_trained

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

AS_THEY_ARE = "Learn from photographs as they are in all variants, which takes fewer steps."


@trains(n_seeds=2)
def main(
    trial: Trial,
    variant: Annotated[list[str] | None, typer.Option(help="Repeatable; default: all.")] = None,
    encoders: Annotated[Path | None, typer.Option(help="Folder with lite0.pth and so on.")] = None,
    host: FrozenHost = None,
    distinct: Distinct = 60,
    photographs: Annotated[bool, typer.Option("--photographs", help=AS_THEY_ARE)] = False,
) -> None:
    """Train every variant with every seed and write the table."""
    scenes = {"composites": False} if photographs else {}

    def run(name: str, seed: int) -> dict[str, list[dict[str, float]]]:
        changes = {**freezing(host, distinct), **scenes, **VARIANTS[name].training}
        net = trial.recipe.trained(network(VARIANTS[name], encoders, host), seed, **changes)
        ways = CLICKED if name == "recipe" else {}
        asked = {name: {}, **{way: options for way, (_, options) in ways.items()}}
        return {way: found(net, options) for way, options in asked.items()}

    def found(net: FASegNet, options: dict[str, Any]) -> list[dict[str, float]]:
        net.preset = replace(net.preset, clicks_win=options.get("obedient", True))
        predictor = trial.predictor(net, **options)
        return [scores(clicked(predictor, dataset, trial.sample)) for dataset in trial.sets]

    says = {name: choice.says for name, choice in VARIANTS.items()}
    says |= {way: text for way, (text, _) in CLICKED.items()}
    rows = []
    for name in variant or [name for name in VARIANTS if not (host and VARIANTS[name].of_encoder)]:
        runs = trial.runs([name, encoders, host, distinct, *scenes], partial(run, name))
        for way in runs[0]:
            for place, dataset in enumerate(trial.sets):
                cells = [spread([r[way][place][what] for r in runs]) for what in SCORES]
                rows.append([way, says[way], dataset.name, *cells])
    heads = ["variant", "what differs", "data set", *SCORES]
    about = what_is_trained(host, distinct) + (" No composites." if photographs else "")
    trial.write("Choices of the recipe", about, heads, rows)


def network(variant: Variant, encoders: Path | None, trained: str | None) -> FASegNet:
    """Make the network of a variant, in front of a trained host or of a new one."""
    sizes = replace(DEFAULT, **variant.network)
    weights = encoders and encoders / f"{sizes.encoder.rsplit('_', 1)[1]}.pth"
    return FASegNet(host_for(sizes, weights, trained), preset=sizes)


if __name__ == "__main__":
    typer.run(main)
