"""The mean of weights of one network: `python benchmarks/mean_weights.py --help`.

The mean of what a run began with and what it gave often spoils less than either.
"""

from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from napari_faseg.models import load_model, save_model


def mean(tensors: list[Tensor]) -> Tensor:
    """Return the mean of tensors of one shape; of counts, the last."""
    last = tensors[-1]
    return torch.stack(tensors).mean(dim=0) if last.is_floating_point() else last


def main(
    weights: Annotated[list[str], typer.Argument(metavar="NAME_OR_PATH...")],
    output: Annotated[Path, typer.Option(help="File to write.")],
) -> None:
    """Write the mean of several weights of the same network."""
    nets = [load_model(name) for name in weights]
    states = [net.state_dict() for net in nets]
    names = states[-1].keys()
    if any(state.keys() != names for state in states):
        raise typer.BadParameter("expected weights of one network, got those of several")
    nets[-1].load_state_dict({name: mean([state[name] for state in states]) for name in names})
    save_model(nets[-1], output, card={"mean_of": [Path(name).name for name in weights]})


if __name__ == "__main__":
    typer.run(main)
