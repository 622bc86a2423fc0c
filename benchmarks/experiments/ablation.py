"""Parts of the attention left out or exchanged: `python .../ablation.py --help`.

The article does not show what its distance, its regions, its attention and its scales are worth.
Every variant is trained with the same recipe and several seeds, with its host or, with `--host`,
in front of one that is trained already and frozen: then only our part differs between two runs.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from study import SCORES, clicked, scores, spread
from torch import Tensor, nn
from trial import Distinct, FrozenHost, Trial, freezing, host_for, trains, what_is_trained

from napari_faseg.models import FASegNet, Host, HostOutput
from napari_faseg.models.presets import DEFAULT, Preset


@dataclass(frozen=True)
class Variant:
    """What differs from the full network."""

    says: str
    network: dict[str, Any] = field(default_factory=dict)
    levels: tuple[int, ...] = (0, 1, 2, 3, 4)


AROUND = {  # what the variants differ from
    "article": replace(DEFAULT, regions=(1, 3, 5)),  # all that it describes
    "default": DEFAULT,
}
VARIANTS = {
    "full": Variant("trainable distance, attention to clicks, five scales"),
    "euclidean": Variant("distance as printed, without weights", {"distance": "euclidean"}),
    "regions 1": Variant("single cells compared", {"regions": (1,)}),
    "regions 1, 3": Variant("cells and regions of 3 x 3", {"regions": (1, 3)}),
    "no attention": Variant("distances alone", {"attention": "none"}),
    "dense": Variant("attention to every cell", {"attention": "dense"}),
    "deepest scale": Variant("one scale, the deepest", {}, (4,)),
    "finest scale": Variant("one scale, the finest", {}, (0,)),
    "three scales": Variant("every other scale", {}, (0, 2, 4)),
    "no previous mask": Variant("no previous mask, no click maps", {"previous_mask": False}),
}


class SomeLevels(Host):
    """A host of which only some feature levels are read."""

    def __init__(self, host: Host, levels: tuple[int, ...]) -> None:
        super().__init__()
        self.host, self._levels = host, levels
        self.feature_channels = tuple(host.feature_channels[i] for i in levels)
        self.decoder_channels = host.decoder_channels

    @property
    def encoder(self) -> nn.Module:  # type: ignore[override]  # is not registered twice
        """The pretrained part of the host."""
        return self.host.encoder

    def forward(self, image: Tensor) -> HostOutput:
        """Run the host on ``(b, 3, h, w)`` images."""
        seen: HostOutput = self.host(image)
        return replace(seen, features=tuple(seen.features[i] for i in self._levels))


@trains(n_seeds=3)
def main(
    trial: Trial,
    variant: Annotated[list[str] | None, typer.Option(help="Repeatable; default: all.")] = None,
    encoder: Annotated[Path | None, typer.Option(help="ImageNet weights of lite1.")] = None,
    host: FrozenHost = None,
    distinct: Distinct = 60,
    around: Annotated[str, typer.Option(help=f"What is varied: {', '.join(AROUND)}.")] = "article",
) -> None:
    """Train every variant with every seed and write the table."""
    if around not in AROUND:
        raise typer.BadParameter(f"expected one of {', '.join(AROUND)}, got {around!r}")
    base = AROUND[around]

    def run(name: str, seed: int) -> list[dict[str, float]]:
        net = network(base, VARIANTS[name], encoder, host)
        net = trial.recipe.trained(net, seed, **freezing(host, distinct))
        predictor = trial.predictor(net)
        return [scores(clicked(predictor, dataset, trial.sample)) for dataset in trial.sets]

    rows = []
    for name in variant or VARIANTS:
        found = trial.runs([name, encoder, host, distinct, around], partial(run, name))
        for place, dataset in enumerate(trial.sets):
            cells = [spread([f[place][what] for f in found]) for what in SCORES]
            rows.append([name, VARIANTS[name].says, dataset.name, *cells])
    heads = ["variant", "what differs", "data set", *SCORES]
    title = "What the parts of the attention are worth"
    sizes = ", ".join(map(str, base.regions))
    about = f"{what_is_trained(host, distinct)} Regions: {sizes}, unless the row says otherwise."
    trial.write(title, about, heads, rows)


def network(base: Preset, variant: Variant, encoder: Path | None, trained: str | None) -> FASegNet:
    """Make the network of a variant, in front of a trained host or of a new one."""
    sizes = replace(base, **variant.network)
    host = host_for(sizes, encoder, trained)
    return FASegNet(SomeLevels(host, variant.levels), preset=sizes)


if __name__ == "__main__":
    typer.run(main)
