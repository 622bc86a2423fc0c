"""With and without the refinement, by encoder (table 4): `python .../refinement.py --help`.

Without it the answer is what the attention says: the mean of its guidance over the scales.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import typer
from study import (
    BatchPixels,
    Cache,
    Data,
    Device,
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
    fill_encoder,
    open_sets,
    spread,
    write,
)
from torch import Tensor, nn

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


def main(
    learn: Sources,
    data: Data,
    output: Output,
    cache: Cache,
    encoder: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=FILE]", help="With ImageNet weights in a file; repeatable."),
    ] = None,
    network: Annotated[str, typer.Option(help="default, or paper.")] = "default",
    steps: Steps = 1000,
    seeds: Seeds = 1,
    sample: Sample = 100,
    side: Side = 256,
    batch_pixels: BatchPixels = 8 * 256 * 256,
    device: Device = "cpu",
) -> None:
    """Train both settings with every encoder and write the table."""
    recipe = Recipe(tuple(learn), cache, steps, side, batch_pixels, device)
    sets, kept = open_sets(data), Kept(output.with_suffix(".jsonl"))

    def run(name: str, is_refined: bool, seed: int) -> list[list[float]]:
        torch.manual_seed(seed)
        net = built(network, name, is_refined=is_refined)
        predictor = as_predictor(recipe.trained(net, seed), device)
        found = (clicked(predictor, dataset, sample) for dataset in sets)
        return [[curves.noc(0.85), curves.noc(0.90)] for curves in found]

    rows = []
    for setting, is_refined in SETTINGS.items():
        for name in encoder or ENCODERS:
            key = [setting, name, network, steps, side, batch_pixels, sample, *learn, *data]
            found = [
                kept.found([seed, *key], partial(run, name, is_refined, seed))
                for seed in range(seeds)
            ]
            nocs = [spread([f[i][j] for f in found]) for i in range(len(sets)) for j in range(2)]
            rows.append([setting, name.partition("=")[0], *nocs])
    heads = ["setting", "encoder"]
    heads += [f"{dataset.name} NoC@{t}" for dataset in sets for t in (85, 90)]
    about = (
        f"Network {network}, {steps} steps each, {counted_seeds(seeds)}, {sample} random objects "
        "of each data set, the same for all."
    )
    write(output, "What the refinement is worth", about, as_table(heads, rows))


def built(network: str, encoder: str, *, is_refined: bool) -> FASegNet:
    """Make a network on an encoder, NAME or NAME=FILE, with or without its refinement."""
    name, _, file = encoder.partition("=")
    net = FASegNet(preset=replace(find_preset(network), encoder=name))
    fill_encoder(net.host, Path(file) if file else None)
    if not is_refined:
        net.refinement = Unrefined(len(net.host.feature_channels))
    return net


if __name__ == "__main__":
    typer.run(main)
