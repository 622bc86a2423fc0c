"""Run by `torchrun` and by tests: trains a small network and prints what every step gave."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from napari_faseg.datasets import SyntheticDataset
from napari_faseg.models import FASegNet
from napari_faseg.training import TrainConfig, TrainingRun
from napari_faseg.training.processes import new_fabric
from tests.models.networks import tiny_preset
from tests.training.little import measure_little


def learn_together(batch: int, output: Path, precision: str = "32-true") -> list[dict[str, object]]:
    """Train on ``batch`` images in each process; return the facts of every step."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = FASegNet(preset=tiny_preset())
    config = TrainConfig(
        steps=4, sizes=(64,), batch_pixels=batch * 64 * 64, max_clicks=3, warmup_steps=2,
        frozen_norms=True, frozen_host=True, no_click=0.5, validate_every=4,
    )  # fmt: skip
    fabric = new_fabric("cpu", precision)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        measure_little(patch, objects=3)
        run = TrainingRun(
            *(network, SyntheticDataset(8), config, output),
            fabric=fabric, share_held_out=0.3, workers=0,
        )  # fmt: skip
        return [
            {
                "losses": dict(report.losses),
                "loss": report.loss,
                "iou": report.iou,
                "rates": report.learning_rates,
                "scores": asdict(report.scores) if report.scores else None,
                "best": asdict(run.best) if run.best else None,
            }
            for report in run.reports()
        ]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    found = learn_together(int(sys.argv[2]), folder / "made.safetensors")
    process = torch.distributed.get_rank()
    (folder / f"steps-{process}.json").write_text(json.dumps(found))
