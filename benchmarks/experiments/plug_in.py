"""Frozen hosts of several kinds, with and without clicks: `python .../plug_in.py --help`.

The article claims that the attention can be plugged into most networks. Each host is trained
here for class-agnostic foreground, then frozen; only our part learns to take clicks. What is
shown is the overlap of the host alone and after 0 to 5 clicks.
"""

from dataclasses import dataclass
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
    counted_seeds,
    fill_encoder,
    ious_by_click,
    open_sets,
    spread,
    write,
)

from napari_faseg.interaction.tensors import choose_device
from napari_faseg.models import Host, build_host, plug_in
from napari_faseg.models.presets import DEFAULT
from napari_faseg.training import losses
from napari_faseg.training.batches import make_batch

MOST_CLICKS = 5
LITE = "tu-tf_efficientnet_lite1"
HOSTS = {  # kinds of decoders, and the encoder of those that have a choice
    "deeplabv3plus": LITE,
    "unet": LITE,
    "fpn": LITE,
    "pspnet": LITE,
    "segformer": "mit_b0",
    "lraspp_mobilenet_v3_large": "",
}


@dataclass(frozen=True)
class HostTraining:
    """How a host learns what is foreground, before it is frozen."""

    steps: int
    encoder_weights: Path | None

    def host(self, name: str, recipe: Recipe, seed: int) -> Host:
        """Build and train a host, its encoder a tenth as fast where that is pretrained."""
        device, channels = choose_device(recipe.device), DEFAULT.decoder_channels
        host = build_host(name, HOSTS[name] or LITE, decoder_channels=channels).to(device)
        weights = self.encoder_weights if HOSTS[name] == LITE else None
        fill_encoder(host, weights)
        encoder = set(host.encoder.parameters())
        rest = [p for p in host.parameters() if p not in encoder]
        slow = {"params": list(encoder), "lr": 1e-3 if weights is None else 1e-4}
        optimiser = torch.optim.AdamW([slow, {"params": rest, "lr": 1e-3}])
        pool, config = recipe.pool(), recipe.config(seed)
        for number in range(self.steps):
            batch = make_batch(pool, config, number)
            known = None if batch.unknown is None else 1 - batch.unknown.float()
            logit = host(batch.pixels(device)).logit.cpu()
            loss = losses.coarse(logit, batch.objects.float(), known).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return host.eval()


def main(
    learn: Sources,
    data: Data,
    output: Output,
    cache: Cache,
    host: Annotated[list[str] | None, typer.Option(help="Repeatable; default: all.")] = None,
    encoder: Annotated[Path | None, typer.Option(help="ImageNet weights of lite1.")] = None,
    host_steps: Steps = 1000,
    steps: Steps = 1000,
    seeds: Seeds = 1,
    sample: Sample = 100,
    side: Side = 256,
    batch_pixels: BatchPixels = 8 * 256 * 256,
    device: Device = "cpu",
) -> None:
    """Train hosts, freeze them, plug the attention in, and write the overlaps."""
    recipe = Recipe(tuple(learn), cache, steps, side, batch_pixels, device)
    training, sets = HostTraining(host_steps, encoder), open_sets(data)
    kept = Kept(output.with_suffix(".jsonl"))

    def run(name: str, seed: int) -> list[list[float]]:
        torch.manual_seed(seed)
        net = plug_in(training.host(name, recipe, seed))
        predictor = as_predictor(recipe.trained(net, seed, frozen_host=True), device)
        return [ious_by_click(predictor, dataset, sample, MOST_CLICKS) for dataset in sets]

    rows = []
    for name in host or HOSTS:
        key = [name, host_steps, steps, side, batch_pixels, sample, encoder, *learn, *data]
        found = [kept.found([seed, *key], partial(run, name, seed)) for seed in range(seeds)]
        for place, dataset in enumerate(sets):
            ious = [spread([f[place][n] for f in found], 3) for n in range(MOST_CLICKS + 1)]
            rows.append([name, dataset.name, *ious])
    heads = ["frozen host", "data set", "host alone"]
    heads += ["1 click", *(f"{n} clicks" for n in range(2, MOST_CLICKS + 1))]
    about = (
        f"Mean IoU on {sample} random objects of each data set, the same for all. Hosts: "
        f"{host_steps} steps on foreground; our part: {steps} steps; {counted_seeds(seeds)}; "
        f"{side} pixels."
    )
    write(output, "The attention plugged into frozen hosts", about, as_table(heads, rows))


if __name__ == "__main__":
    typer.run(main)
