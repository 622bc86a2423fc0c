"""A whole run: held-out images, files, what is best, and what is left of an interrupted one."""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_faseg.datasets import PictureSubset, SyntheticDataset, split_pictures
from napari_faseg.interaction import Predictor
from napari_faseg.models import FASegNet, load_model, read_card
from napari_faseg.training import TrainConfig, TrainingRun, fine_tune, fit, run
from napari_faseg.training.history import from_csv
from napari_faseg.training.pool import Pool, Source
from napari_faseg.training.scores import Scores
from tests.models.networks import tiny_preset
from tests.training.little import measure_little

SHAPES = SyntheticDataset(10)
CONFIG = TrainConfig(
    steps=6, sizes=(64,), batch_pixels=2 * 64 * 64, max_clicks=2, warmup_steps=2,
    checkpoint_every=2, validate_every=2, frozen_blocks=-1,
)  # fmt: skip


@pytest.fixture(scope="module")
def network() -> FASegNet:
    torch.manual_seed(0)
    return FASegNet(preset=tiny_preset())


@pytest.fixture(autouse=True)
def little_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    measure_little(monkeypatch)


def new_run(network: FASegNet, output: Path, **options: object) -> TrainingRun:
    torch.manual_seed(0)
    model = FASegNet(preset=tiny_preset())
    model.load_state_dict(network.state_dict())
    config = options.pop("config", CONFIG)
    return TrainingRun(model, SHAPES, config, output, workers=0, **options)  # type: ignore[arg-type]


def test_a_run_leaves_weights_with_a_card_and_its_course(network: FASegNet, tmp_path: Path) -> None:
    output = tmp_path / "mine.safetensors"
    made = new_run(network, output)
    reports = list(made.reports())
    assert [r.step for r in reports if r.scores] == [2, 4, 6]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mine.csv", "mine.png", "mine.safetensors",
    ]  # fmt: skip
    card = read_card(output)
    assert Scores(**card["scores"]) == made.best  # type: ignore[arg-type]
    assert Scores(**card["scores before"]) == made.before  # type: ignore[arg-type]
    assert made.best.noc90 == min(r.scores.noc90 for r in reports if r.scores)
    assert card["objects smaller than a cell"] == made.n_small_objects == 0
    assert card["data"]["held out"]["images"] == 2  # type: ignore[index]
    assert card["data"]["learned from"]["images"] == 8  # type: ignore[index]
    rows = from_csv((tmp_path / "mine.csv").read_text())
    assert [row.step for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.loss for row in rows] == [r.loss for r in reports]
    assert load_model(output).preset == network.preset


def test_an_interrupted_run_is_resumed_with_its_course_and_its_best(
    network: FASegNet, tmp_path: Path
) -> None:
    whole = new_run(network, tmp_path / "whole.safetensors")
    expected = [r.loss for r in whole.reports()]
    output = tmp_path / "mine.safetensors"
    list(islice(new_run(network, output).reports(), 3))
    assert not output.exists()
    resumed = new_run(network, output, resume=True)
    assert [r.step for r in resumed.reports()] == [4, 5, 6]
    rows = from_csv((tmp_path / "mine.csv").read_text())
    assert [row.loss for row in rows] == expected
    assert resumed.best == whole.best
    assert sorted(path.suffix for path in tmp_path.glob("mine*")) == [
        ".csv",
        ".png",
        ".safetensors",
    ]


def interrupting(at: int) -> Callable[[Predictor], Predictor]:
    """Return a guard that interrupts the measurement of a number; 0 is the one before the run."""
    numbers = count()

    def guard(predictor: Predictor) -> Predictor:
        if next(numbers) == at:
            raise KeyboardInterrupt
        return predictor

    return guard


@pytest.mark.parametrize(("every", "at"), [(0, 1), (2, 1), (2, 2)])
def test_a_run_that_was_interrupted_while_it_measured_measures_that_and_goes_on(
    every: int, at: int, network: FASegNet, tmp_path: Path
) -> None:
    config = replace(CONFIG, steps=4, validate_every=every)
    whole = new_run(network, tmp_path / "whole.safetensors", config=config)
    expected = [(r.step, r.loss, r.losses, r.scores) for r in whole.reports()]
    output = tmp_path / "mine.safetensors"
    with pytest.raises(KeyboardInterrupt):
        list(new_run(network, output, config=config, guard=interrupting(at)).reports())
    resumed = new_run(network, output, config=config, resume=True)
    seen = [(r.step, r.loss, r.losses, r.scores) for r in resumed.reports()]
    assert seen == expected[-len(seen) :]
    assert seen[0][-1] is not None
    assert resumed.best == whole.best
    assert read_card(output)["scores"] == read_card(tmp_path / "whole.safetensors")["scores"]
    rows = from_csv((tmp_path / "mine.csv").read_text())
    assert [(row.step, row.loss) for row in rows] == [fact[:2] for fact in expected]
    assert not resumed.files.checkpoint.exists()


def test_a_run_that_is_killed_while_it_measures_has_its_whole_course_when_it_is_resumed(
    network: FASegNet, tmp_path: Path
) -> None:
    alive, left = tmp_path / "alive", tmp_path / "left"
    alive.mkdir()
    numbers = count()

    def killed(predictor: Predictor) -> Predictor:
        if next(numbers) == 2:  # what a kill leaves behind in the second one of the run
            shutil.copytree(alive, left)
        return predictor

    expected = [
        r.loss for r in new_run(network, alive / "mine.safetensors", guard=killed).reports()
    ]
    assert len(list(new_run(network, left / "mine.safetensors", resume=True).reports())) == 3
    rows = from_csv((left / "mine.csv").read_text())
    assert [(row.step, row.loss) for row in rows] == list(enumerate(expected, 1))


def test_a_run_is_not_resumed_with_other_choices_and_that_is_said_before_the_work(
    network: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "mine.safetensors"
    list(islice(new_run(network, output).reports(), 1))
    monkeypatch.setattr(run, "measure", None)  # it would be work
    with pytest.raises(ValueError, match="is of a run with steps 6: go on with that"):
        new_run(network, output, config=replace(CONFIG, steps=7), resume=True)


def test_a_result_that_could_not_be_written_is_written_when_the_run_is_resumed(
    network: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    output = tmp_path / "mine.safetensors"
    config = replace(CONFIG, steps=3, validate_every=0)
    with monkeypatch.context() as patched:
        patched.setattr(run, "save_model", full)
        with pytest.raises(OSError, match="No space left"):
            list(new_run(network, output, config=config).reports())
    resumed = new_run(network, output, config=config, resume=True)
    assert [r.step for r in resumed.reports()] == [3]
    assert Scores(**read_card(output)["scores"]) == resumed.best  # type: ignore[arg-type]
    rows = from_csv((tmp_path / "mine.csv").read_text())
    assert [row.step for row in rows] == [1, 2, 3]


def test_a_run_that_is_stopped_keeps_the_best_so_far(network: FASegNet, tmp_path: Path) -> None:
    stopped = new_run(network, tmp_path / "mine.safetensors")
    list(islice(stopped.reports(), 2))
    stopped.finish()
    assert read_card(tmp_path / "mine.safetensors")["steps"] == 2
    early = new_run(network, tmp_path / "early.safetensors")
    list(islice(early.reports(), 1))
    with pytest.raises(RuntimeError, match="nothing to keep yet"):
        early.finish()


def test_what_somebody_made_is_never_overwritten(network: FASegNet, tmp_path: Path) -> None:
    output = tmp_path / "mine.safetensors"
    list(islice(new_run(network, output).reports(), 2))
    with pytest.raises(FileExistsError, match=r"mine.run.safetensors is left from another run"):
        new_run(network, output)
    output.write_bytes(b"valuable")
    for resume in (True, False):
        with pytest.raises(FileExistsError, match=r"mine.safetensors exists already"):
            new_run(network, output, resume=resume)
    assert output.read_bytes() == b"valuable"


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("ending", [".png", ".csv", ".best.safetensors"])
def test_a_file_beside_the_output_that_a_run_would_overwrite_is_named_before_the_work(
    ending: str, resume: bool, network: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / f"mine{ending}"
    own.write_bytes(b"valuable")
    monkeypatch.setattr(run, "measure", None)  # it would be work
    with pytest.raises(FileExistsError, match=rf"mine{ending} exists already and would be over"):
        new_run(network, tmp_path / "mine.safetensors", resume=resume)
    assert own.read_bytes() == b"valuable"
    assert list(tmp_path.iterdir()) == [own]


@pytest.mark.parametrize("ending", [".png", ".csv", ".best.safetensors"])
def test_a_file_of_somebody_in_the_place_of_what_an_interrupted_run_left_is_not_overwritten(
    ending: str, network: FASegNet, tmp_path: Path
) -> None:
    output = tmp_path / "mine.safetensors"
    list(islice(new_run(network, output).reports(), 2))
    left = new_run(network, output, resume=True).files
    if ending == ".png":
        left.table.unlink()
    own = tmp_path / f"mine{ending}"
    own.write_bytes(b"valuable")
    with pytest.raises((FileExistsError, ValueError), match=rf"{own.name}.* move"):
        new_run(network, output, resume=True)
    assert own.read_bytes() == b"valuable"


def test_two_runs_with_one_output_are_refused_before_the_work(
    network: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "mine.safetensors"
    first = new_run(network, output, config=replace(CONFIG, steps=2))
    reports = first.reports()
    steps = []
    with monkeypatch.context() as patched:
        patched.setattr(run, "measure", None)  # it would be work
        for begun in (False, True):
            if begun:
                steps.append(next(reports).step)
            for resume in (False, True):
                with pytest.raises(ValueError, match="expected no other run with the same output"):
                    new_run(network, output, resume=resume)
    assert steps + [r.step for r in reports] == [1, 2]
    assert read_card(output)["steps"] == 2
    assert not first.files.lock.exists()


def test_an_output_that_appears_during_a_run_stays_and_so_do_the_new_weights(
    network: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, config = tmp_path / "mine.safetensors", replace(CONFIG, steps=2)
    for links in (True, False):
        reports = new_run(network, output, config=config, resume=not links).reports()
        next(reports)
        output.write_bytes(b"valuable")
        if not links:
            monkeypatch.setattr(os, "link", no_links)
        with pytest.raises(FileExistsError, match=r"mine.safetensors is there since the run began"):
            list(reports)
        assert output.read_bytes() == b"valuable"
        output.unlink()
    assert [r.step for r in new_run(network, output, config=config, resume=True).reports()] == [2]
    assert read_card(output)["steps"] == 2


def no_links(*_: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_run_is_not_resumed_with_other_weights_than_it_began_with(
    network: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "mine.safetensors"
    list(islice(new_run(network, output).reports(), 1))
    list(islice(new_run(network, output, resume=True).reports(), 2))
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    other = FASegNet(preset=tiny_preset())
    with monkeypatch.context() as patched:
        patched.setattr(run, "measure", None)  # it would be work
        message = r"expected the weights that the run of .*mine.run.safetensors began with, got oth"
        with pytest.raises(ValueError, match=message):
            new_run(other, output, resume=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == left
    assert next(new_run(network, output, resume=True).reports()).step == 4


def test_closing_removes_only_what_the_run_has_written(network: FASegNet, tmp_path: Path) -> None:
    output = tmp_path / "mine.safetensors"
    list(islice(new_run(network, output).reports(), 1))
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert "mine.run.safetensors" in left
    new_run(network, output, resume=True).close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == left
    begun = new_run(network, tmp_path / "other.safetensors")
    list(islice(begun.reports(), 1))
    begun.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == left


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        ("mine.pt", ValueError, "ends in .safetensors"),
        ("missing/mine.safetensors", FileNotFoundError, "in an existing folder"),
    ],
)
def test_an_output_that_cannot_be_is_told_at_once(
    network: FASegNet, output: str, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        new_run(network, tmp_path / output)


def test_a_copy_for_inference_is_refused_before_the_work(
    network: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, output = network.for_inference(), tmp_path / "mine.safetensors"
    pool = Pool([Source(SyntheticDataset(2))], tmp_path / "pool")
    monkeypatch.setattr(run, "measure", None)  # it would be work
    for begin in (
        lambda: TrainingRun(copy, SHAPES, CONFIG, output),
        lambda: next(fit(copy, pool, CONFIG, workers=0)),
    ):
        with pytest.raises(ValueError, match="the network itself to train, got its copy for inf"):
            begin()


def test_what_is_no_configuration_no_data_and_no_pool_is_named(
    network: FASegNet, tmp_path: Path
) -> None:
    output = tmp_path / "mine.safetensors"
    with pytest.raises(TypeError, match="expected a TrainConfig, got 'fine-tune': find_preset"):
        TrainingRun(network, SHAPES, "fine-tune", output)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected images with labels, .* got str"):
        next(iter(fine_tune("default", "images", CONFIG, output)))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a Pool, got SyntheticDataset: Pool"):
        next(fit(network, SHAPES, CONFIG, workers=0))  # type: ignore[arg-type]
    pool = Pool([Source(SHAPES)], tmp_path / "pool")
    with pytest.raises(TypeError, match="expected a TrainConfig, got 'fine-tune': find_preset"):
        next(fit(network, pool, "fine-tune", workers=0))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a FASegNet to train, got str: load_model"):
        next(fit("default", pool, CONFIG, workers=0))  # type: ignore[arg-type]


def test_a_data_set_that_shows_no_whole_images_is_nothing_to_learn_from(
    network: FASegNet, tmp_path: Path
) -> None:
    samples = list(SHAPES)  # each with its own object alone
    with pytest.raises(TypeError, match="expected images with labels, .* got list"):
        TrainingRun(network, samples, CONFIG, tmp_path / "mine.safetensors")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected images with labels, .* got list"):
        Source(samples)  # type: ignore[arg-type]


class EmptyFirst:
    """Three images, the first of which has no object."""

    name, fingerprint, n_pictures = "half", "a", 3

    def picture(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        image, labels = SHAPES.picture(index)
        return image, labels * (index > 0)

    def picture_size(self, index: int) -> tuple[int, int]:
        return SHAPES.picture_size(index)


def test_where_no_image_that_is_held_out_has_an_object_one_that_has_takes_its_place(
    network: FASegNet, tmp_path: Path
) -> None:
    seed = next(s for s in range(10) if len(split_pictures(EmptyFirst(), 0.3, s)[1]) == 0)
    config = replace(CONFIG, steps=2, seed=seed)

    def begun(name: str, **options: object) -> TrainingRun:
        output = tmp_path / f"{name}.safetensors"
        torch.manual_seed(0)
        model = FASegNet(preset=tiny_preset())
        return TrainingRun(
            *(model, EmptyFirst(), config, output), share_held_out=0.3, workers=0, **options
        )  # type: ignore[arg-type]

    made = begun("mine")
    assert made.before.n_objects == 1
    assert (made._learned._indices, made._held_out._indices) == ((0, 2), (1,))
    assert [report.step for report in made.reports()] == [1, 2]
    assert begun("other")._held_out.fingerprint == made._held_out.fingerprint


class EmptyOrBroken(EmptyFirst):
    """Three images, of which one has no object, and one cannot be read."""

    def picture(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if index == 1:
            raise ValueError("cannot read 1.png")
        return super().picture(index)


@pytest.mark.parametrize(
    ("n_with_objects", "found"), [(0, "none"), (1, "1")], ids=["none", "too few"]
)
def test_fewer_than_two_images_with_objects_are_refused_in_one_sentence(
    n_with_objects: int, found: str, network: FASegNet, tmp_path: Path
) -> None:
    class FewWithObjects(EmptyFirst):
        def picture(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            image, labels = SHAPES.picture(index)
            return image, labels * (index < n_with_objects)

    pictures = FewWithObjects()
    seed = next(s for s in range(10) if len(split_pictures(pictures, 0.3, s)[1]) == 0)
    config, output = replace(CONFIG, seed=seed), tmp_path / "mine.safetensors"
    message = f"expected objects in at least 2 of the 3 images of half, .*, got them in {found}$"
    with pytest.raises(ValueError, match=message):
        TrainingRun(network, pictures, config, output, share_held_out=0.3, workers=0)
    assert list(tmp_path.iterdir()) == []


def test_an_image_that_cannot_be_read_takes_no_place_among_those_held_out(
    network: FASegNet, tmp_path: Path
) -> None:
    held_out = [split_pictures(EmptyOrBroken(), 0.3, s)[1] for s in range(10)]
    seed = next(s for s in range(10) if held_out[s]._indices == (0,))
    config, told = replace(CONFIG, seed=seed), []

    def begin(**options: object) -> TrainingRun:
        output = tmp_path / "mine.safetensors"
        return TrainingRun(
            *(network, EmptyOrBroken(), config, output), share_held_out=0.3, workers=0, **options
        )  # type: ignore[arg-type]

    with pytest.raises(ValueError, match=r"cannot read 1.png"):
        begin()
    with pytest.raises(ValueError, match="at least 2 of the 3 images of half, .* got them in 1$"):
        begin(on_broken=lambda what, _: told.append(what))
    assert told == []  # nothing of it would have been learned from yet


class BrokenFirst(EmptyFirst):
    """Three images, the first of which cannot be read."""

    def picture(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if index == 0:
            raise ValueError("cannot read 0.png")
        return SHAPES.picture(index)


def test_a_broken_image_among_those_held_out_is_left_out_where_somebody_is_told(
    network: FASegNet, tmp_path: Path
) -> None:
    seed = next(s for s in range(10) if 0 in split_pictures(BrokenFirst(), 0.7, s)[1]._indices)
    config, told = replace(CONFIG, steps=1, seed=seed), []

    def begin(**options: object) -> TrainingRun:
        output = tmp_path / "mine.safetensors"
        return TrainingRun(
            *(network, BrokenFirst(), config, output), share_held_out=0.7, workers=0, **options
        )  # type: ignore[arg-type]

    with pytest.raises(ValueError, match=r"cannot read 0.png"):
        begin()
    made = begin(on_broken=lambda what, error: told.append(f"{what}: {error}"))
    assert told == ["image 0 of half: cannot read 0.png"]
    assert made.before.n_objects == 1
    assert [report.step for report in made.reports()] == [1]
    alone = next(s for s in range(10) if split_pictures(BrokenFirst(), 0.3, s)[1]._indices == (0,))
    config = replace(config, seed=alone)
    with pytest.raises(ValueError, match="among the 1 held out of half, got none: hold out more"):
        TrainingRun(
            *(network, BrokenFirst(), config, tmp_path / "b.safetensors"),
            share_held_out=0.3,
            on_broken=lambda *_: None,
        )


class NoneButFirst(EmptyFirst):
    """Three images, the first of which alone has an object."""

    def picture(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        image, labels = SHAPES.picture(index)
        return image, labels * (index == 0)


def test_where_nothing_is_to_be_learned_the_sentence_tells_of_those_images_alone(
    network: FASegNet, tmp_path: Path
) -> None:
    seeds = range(10)
    seed = next(s for s in seeds if len(split_pictures(NoneButFirst(), 0.3, s)[1]) == 1)
    config = replace(CONFIG, seed=seed)
    made = TrainingRun(
        network, NoneButFirst(), config, tmp_path / "mine.safetensors", share_held_out=0.3
    )
    with pytest.raises(ValueError, match="images with objects in half, got none among 2 to learn"):
        next(made.reports())


def test_the_best_is_kept_where_later_ones_are_worse(
    network: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noc90 = iter([9.0, 3.0, 5.0])
    monkeypatch.setattr(
        import_module("napari_faseg.training.fitting"),
        "measure",
        lambda *_, **__: Scores(2, 1.0, next(noc90), 0.5, 0.5, 0.5),
    )
    made = new_run(network, tmp_path / "mine.safetensors", config=replace(CONFIG, steps=6))
    list(made.reports())
    assert made.best is not None
    assert made.best.noc90 == 3.0
    assert read_card(tmp_path / "mine.safetensors")["steps"] == 4


def test_images_are_split_and_never_shared() -> None:
    learned, held_out = split_pictures(SHAPES, 0.3, seed=1)
    names = [{tuple(p.picture(i)[0].ravel()[:50]) for i in range(p.n_pictures)} for p in
             (learned, held_out)]  # fmt: skip
    assert [len(n) for n in names] == [7, 3]
    assert not names[0] & names[1]
    again = split_pictures(SHAPES, 0.3, seed=1)[1]
    assert again.fingerprint == held_out.fingerprint
    assert split_pictures(SHAPES, 0.3, seed=2)[1].fingerprint != held_out.fingerprint


@pytest.mark.parametrize(("n", "share", "held_out"), [(2, 0.01, 1), (2, 0.99, 1), (10, 0.25, 2)])
def test_at_least_one_image_is_held_out_and_one_learned_from(
    n: int, share: float, held_out: int
) -> None:
    learned, rest = split_pictures(SyntheticDataset(n), share)
    assert (learned.n_pictures, rest.n_pictures) == (n - held_out, held_out)


@pytest.mark.parametrize(("n", "share"), [(1, 0.5), (5, 0.0), (5, 1.0)])
def test_a_split_that_leaves_nothing_is_refused(n: int, share: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        split_pictures(SyntheticDataset(n), share)


def test_a_subset_has_the_objects_of_its_images() -> None:
    subset = PictureSubset(SHAPES, [7, 2])
    assert [sample.name for sample in subset] == ["synthetic-7#1", "synthetic-2#1"]
    np.testing.assert_array_equal(subset[1].mask, SHAPES[2].mask)
    assert len(PictureSubset(SHAPES, range(10), n_objects=4)) == 4
