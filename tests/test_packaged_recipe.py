"""The scripts that made the packaged weights run, at a tiny size."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import typer

from napari_faseg.models import FASegNet, load_model, save_model
from napari_faseg.models.weights import read_card
from napari_faseg.training import TrainConfig
from tests.training.archives import write_archive

FOLDER = Path(__file__).parents[1] / "benchmarks"
TINY = ["sizes=[64]", "batch_pixels=8192", "targets=1", "max_clicks=1", "head_start=0"]


def script(name: str) -> Callable[..., None]:
    return runpy.run_path(str(FOLDER / f"{name}.py"))["main"]  # type: ignore[no-any-return]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Path]:
    write_archive(tmp_path / "drawn.zip", seed=0, n_objects=2)

    def run(steps: int, name: str = "learned", **options: object) -> Path:
        output = tmp_path / f"{name}.safetensors"
        script("train_packaged")(
            [f"instances:1:{tmp_path / 'drawn.zip'}"],
            output=output,
            cache=tmp_path / "decoded",
            start="default",
            minutes=0,
            change=[*TINY, f"steps={steps}"],
            **options,
        )
        return output

    return run


def same(a: FASegNet, b: FASegNet) -> bool:
    states = a.state_dict(), b.state_dict()
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_the_packaged_recipe_learns_from_the_packaged_weights(run: Callable[..., Path]) -> None:
    learned = run(2)
    assert not same(load_model(learned), load_model("default"))
    card = read_card(learned)
    assert card["steps"] == 2
    assert card["config"]["batch_pixels"] == 8192  # type: ignore[index]
    assert json.loads(json.dumps(card)) == card


def test_a_finished_run_of_the_packaged_recipe_is_not_begun_again(
    run: Callable[..., Path],
) -> None:
    run(1)
    with pytest.raises(FileExistsError):
        run(1)
    assert same(load_model(run(1, resume=True)), load_model(run(1, name="once more")))


def test_a_misspelt_choice_of_the_recipe_is_named() -> None:
    changed = script("train_packaged").__globals__["changed"]
    assert changed(TrainConfig(), ["steps=3", "sizes=[64, 128]"]).sizes == (64, 128)
    with pytest.raises(typer.BadParameter, match="got 'batchpixels'"):
        changed(TrainConfig(), ["batchpixels=3"])


def test_the_mean_of_weights_lies_between_them(tmp_path: Path) -> None:
    nets = [FASegNet() for _ in range(2)]
    files = [str(tmp_path / f"{i}.safetensors") for i in range(2)]
    for net, file in zip(nets, files, strict=True):
        save_model(net, Path(file))
    script("mean_weights")(files, output=tmp_path / "mean.safetensors")
    found = load_model(tmp_path / "mean.safetensors").state_dict()
    given = [load_model(file).state_dict() for file in files]
    for name, tensor in found.items():
        if tensor.is_floating_point():
            expected = (given[0][name] + given[1][name]) / 2
            torch.testing.assert_close(tensor, expected, rtol=2e-3, atol=2e-3)
