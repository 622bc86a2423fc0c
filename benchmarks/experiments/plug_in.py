"""Frozen hosts of several kinds, with and without clicks: `python .../plug_in.py --help`.

The article claims that the attention can be plugged into most networks. Each host is trained
here for class-agnostic foreground, then frozen; only our part learns to take clicks. What is
shown is the overlap of the host alone and after 0 to 5 clicks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import typer
from study import ious_by_click, spread
from train_packaged import fill_encoder
from trial import Recipe, Steps, Trial, frozen, trains

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
    """How a host learns what is foreground, before it is frozen, and from what."""

    steps: int
    encoder_weights: Path | None
    sources: Sequence[str]

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
        recipe = replace(recipe, sources=self.sources or recipe.sources)
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


@trains(n_seeds=1)
def main(
    trial: Trial,
    host: Annotated[list[str] | None, typer.Option(help="Repeatable; default: all.")] = None,
    encoder: Annotated[Path | None, typer.Option(help="ImageNet weights of lite1.")] = None,
    host_steps: Steps = 1000,
    host_learn: Annotated[
        list[str] | None, typer.Option(help="What hosts learn; default: the same.")
    ] = None,
    distinct: Annotated[int, typer.Option(min=0, help="Batches for a frozen host; 0: all.")] = 0,
) -> None:
    """Train hosts, freeze them, plug the attention in, and write the overlaps."""
    training, recipe = HostTraining(host_steps, encoder, host_learn or ()), trial.recipe

    def run(name: str, seed: int) -> list[list[float]]:
        net = plug_in(training.host(name, recipe, seed))
        predictor = trial.predictor(recipe.trained(net, seed, **frozen(distinct)))
        return [
            ious_by_click(predictor, dataset, trial.sample, MOST_CLICKS) for dataset in trial.sets
        ]

    rows = []
    for name in host or HOSTS:
        found = trial.runs([name, host_steps, encoder, host_learn, distinct], partial(run, name))
        for place, dataset in enumerate(trial.sets):
            ious = [spread([f[place][n] for f in found], 3) for n in range(MOST_CLICKS + 1)]
            rows.append([name, dataset.name, *ious])
    heads = ["frozen host", "data set", "host alone"]
    heads += ["1 click", *(f"{n} clicks" for n in range(2, MOST_CLICKS + 1))]
    learned = ", ".join(Path(text.split(":", 2)[-1]).stem for text in host_learn or ())
    of = f" of {learned}" if learned else ""
    about = f"Mean IoU; the hosts had {host_steps} steps on the foreground{of} before."
    about += f" {distinct} different batches for our part." if distinct else ""
    trial.write("The attention plugged into frozen hosts", about, heads, rows)


if __name__ == "__main__":
    typer.run(main)
