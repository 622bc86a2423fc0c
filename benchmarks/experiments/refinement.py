"""With and without the refinement, by encoder (table 4): `python .../refinement.py --help`.

Without it the answer is what the attention says: the mean of its guidance over the scales.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from study import clicked, spread
from torch import Tensor, nn
from train_packaged import fill_encoder
from trial import Trial, trains

from napari_faseg.models import FASegNet
from napari_faseg.models.presets import DEFAULT, find_preset

ENCODERS = (DEFAULT.encoder,)
SETTINGS = {"full": True, "without refinement": False}


class Unrefined(nn.Module):
    """Takes the place of the refinement and passes on what the attention says.

    Parameters
    ----------
    n_scales
        Of the attention.
    """

    def __init__(self, n_scales: int) -> None:
        super().__init__()
        self.n_scales = n_scales

    def prepare(self, decoder: Tensor) -> Tensor:
        """Return nothing of the ``(b, c, h, w)`` decoder map but one channel, for its shape."""
        return decoder[:, :1]

    def refine(self, guide: Tensor, prepared: Tensor) -> Tensor:  # noqa: ARG002  not used
        """Return the ``(b, 1, h, w)`` mean logit of all scales, whose maps follow the first."""
        guidance = guide[:, 1 : 1 + 2 * self.n_scales].unflatten(1, (-1, 2))
        return (guidance[:, :, 0] - guidance[:, :, 1]).mean(1, keepdim=True)


@trains(n_seeds=1)
def main(
    trial: Trial,
    encoder: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=FILE]", help="With ImageNet weights in a file; repeatable."),
    ] = None,
    network: Annotated[str, typer.Option(help="default, or paper.")] = "default",
) -> None:
    """Train both settings with every encoder and write the table."""

    def run(name: str, is_refined: bool, seed: int) -> list[list[float]]:
        net = built(network, name, is_refined=is_refined)
        predictor = trial.predictor(trial.recipe.trained(net, seed))
        found = (clicked(predictor, dataset, trial.sample) for dataset in trial.sets)
        return [[curves.noc(0.85), curves.noc(0.90)] for curves in found]

    rows, places = [], range(len(trial.sets))
    for setting, is_refined in SETTINGS.items():
        for name in encoder or ENCODERS:
            found = trial.runs([setting, name, network], partial(run, name, is_refined))
            nocs = [spread([f[i][j] for f in found]) for i in places for j in range(2)]
            rows.append([setting, name.partition("=")[0], *nocs])
    heads = ["setting", "encoder"]
    heads += [f"{dataset.name} NoC@{t}" for dataset in trial.sets for t in (85, 90)]
    trial.write("What the refinement is worth", f"Network {network}.", heads, rows)


def built(network: str, encoder: str, *, is_refined: bool) -> FASegNet:
    """Make a network on an encoder, NAME or NAME=FILE, with or without its refinement."""
    name, _, file = encoder.partition("=")
    net = FASegNet(preset=replace(find_preset(network), encoder=name))
    fill_encoder(net.host, Path(file) if file else None)
    if not is_refined:
        net.refinement = Unrefined(len(net.host.feature_channels))  # type: ignore[assignment]
    return net


if __name__ == "__main__":
    typer.run(main)
