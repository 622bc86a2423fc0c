from threading import Event

import numpy as np
import pytest
import torch

pytest.importorskip("napari")

from napari.layers import Image, Labels

from napari_faseg.datasets import SyntheticDataset
from napari_faseg.models import FASegNet, read_card, save_model
from napari_faseg.plugin.layer_dataset import LayerDataset
from napari_faseg.plugin.training_form import annotated, compared, pictures_of, remaining
from napari_faseg.plugin.training_job import trained
from napari_faseg.training import TrainConfig
from napari_faseg.training.history import Row
from napari_faseg.training.scores import Scores
from tests.models.networks import tiny_preset
from tests.training.little import measure_little

CONFIG = TrainConfig(
    steps=3, sizes=(64,), batch_pixels=64 * 64, max_clicks=2, warmup_steps=2, validate_every=2
)
SHAPES = [SyntheticDataset(5)[i] for i in range(5)]
STACK = Image(np.stack([s.image for s in SHAPES]), rgb=True, name="shapes")
TRUTH = Labels(np.stack([s.mask for s in SHAPES]).astype(np.uint8))


@pytest.fixture
def start(tmp_path, monkeypatch):
    measure_little(monkeypatch)
    torch.manual_seed(0)
    save_model(FASegNet(preset=tiny_preset()), tmp_path / "start.safetensors")
    return str(tmp_path / "start.safetensors")


def test_layers_are_learned_from_step_by_step(start, tmp_path, monkeypatch):
    monkeypatch.setattr("napari_faseg.plugin.training_job.REDRAWN", 1000)
    events = list(
        trained(LayerDataset(STACK, TRUTH), start, CONFIG, tmp_path / "m.safetensors", Event())
    )
    assert [len(e.rows) for e in events] == [0, 1, 2, 3, 3]
    assert events[0].best is None
    assert [event.curve is None for event in events] == [True, False, True, True, False]
    assert len(np.unique(events[-1].curve.reshape(-1, 4), axis=0)) > 10  # a curve, not a blank
    assert read_card(tmp_path / "m.safetensors")["scores"]["noc90"] == events[-1].best.noc90


def test_objects_that_are_changed_meanwhile_change_nothing_of_a_run(start, tmp_path, monkeypatch):
    measure_little(monkeypatch, objects=2)  # in two images, which are read again and again

    def scores(change):
        labels = Labels(np.concatenate([TRUTH.data, TRUTH.data]))
        stack = Image(np.concatenate([STACK.data, STACK.data]), rgb=True)
        pictures, output = pictures_of(stack, labels, None), tmp_path / f"{change}.safetensors"
        for event in trained(pictures, start, CONFIG, output, Event()):
            if change and len(event.rows) == 1:
                labels.data[:] = 0
        return event.before, event.best

    assert scores(True) == scores(False)


def test_a_run_that_is_stopped_after_a_measure_keeps_its_best(start, tmp_path):
    stop, output = Event(), tmp_path / "m.safetensors"
    for event in trained(LayerDataset(STACK, TRUTH), start, CONFIG, output, stop):
        if event.best is not None:
            stop.set()
    assert read_card(output)["steps"] == 2


def test_a_run_that_is_stopped_before_it_measured_leaves_nothing(start, tmp_path):
    stop, output = Event(), tmp_path / "m.safetensors"
    for event in trained(LayerDataset(STACK, TRUTH), start, CONFIG, output, stop):
        if event.rows:
            stop.set()
    assert [path.name for path in tmp_path.iterdir()] == ["start.safetensors"]


def test_a_run_that_is_stopped_while_it_measures_ends_there(start, tmp_path):
    stop = Event()
    stop.set()
    assert (
        list(trained(LayerDataset(STACK, TRUTH), start, CONFIG, tmp_path / "m.safetensors", stop))
        == []
    )


def annotated_on(*planes):
    """Ten planes of shapes, of which some have an object."""
    labels = np.zeros((10, *TRUTH.data.shape[1:]), np.uint8)
    for plane in planes:
        labels[plane] = SHAPES[plane % 5].mask
    pixels = np.stack([SHAPES[plane % 5].image for plane in range(10)])
    return LayerDataset(Image(pixels, rgb=True, name="stack"), Labels(labels))


@pytest.mark.parametrize("planes", [(3, 7), (0, 1), (8, 9)])
def test_a_stack_that_is_annotated_on_two_planes_can_be_learned_from(start, tmp_path, planes):
    output = tmp_path / "m.safetensors"
    *_, last = trained(annotated_on(*planes), start, CONFIG, output, Event())
    assert last.best.n_objects == 1
    told = read_card(output)["data"]
    assert (told["learned from"]["images"], told["held out"]["images"]) == (1, 1)


@pytest.mark.parametrize(("planes", "found"), [((), "none: annotate 2"), ((4,), "1: annotate 1")])
def test_a_stack_with_fewer_annotated_planes_is_refused_in_one_sentence(
    start, tmp_path, planes, found
):
    message = f"at least 2 of the 10 planes of stack, since some are held out, got them on {found}"
    with pytest.raises(ValueError, match=message):
        next(trained(annotated_on(*planes), start, CONFIG, tmp_path / "m.safetensors", Event()))


def test_a_stack_whose_planes_all_have_objects_is_split_as_ever():
    whole = LayerDataset(STACK, TRUTH)
    chosen = annotated(whole)
    assert chosen.fingerprint == whole.fingerprint
    assert chosen.n_pictures == whole.n_pictures == 5
    assert annotated(SyntheticDataset(3)).n_pictures == 3


def test_layers_have_pictures_with_what_is_unknown():
    labels = TRUTH.data.astype(np.int32)
    unknown = np.zeros_like(labels)
    unknown[2, :5] = 1
    dataset = LayerDataset(STACK, Labels(labels), Labels(unknown))
    assert dataset.n_pictures == 5
    image, found = dataset.picture(2)
    np.testing.assert_array_equal(image, SHAPES[2].image)
    assert (found[:5] == -1).all()
    np.testing.assert_array_equal(found[5:] > 0, SHAPES[2].mask[5:])
    assert dataset.picture_size(0) == SHAPES[0].mask.shape
    assert dataset.fingerprint != LayerDataset(STACK, Labels(labels)).fingerprint


def test_a_folder_goes_before_the_layers(tmp_path):
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match="none of the layouts"):
        pictures_of(STACK, TRUTH, tmp_path)
    assert pictures_of(STACK, TRUTH, None).n_pictures == 5


def test_weights_that_have_become_worse_are_told():
    before, best = Scores(3, 4, 6, 0.5, 0.7, 0.8), Scores(3, 2, 3, 0.6, 0.8, 0.9)
    assert "The new weights take more clicks" in compared(best, before)
    assert "more clicks" not in compared(before, best) + compared(before, None)


def test_numbers_are_told_in_words():
    before, best = Scores(3, 4, 6, 0.5, 0.7, 0.8), Scores(3, 2, 3, 0.6, 0.8, 0.9)
    assert compared(before, None).splitlines()[1] == "NoC@85: 4.00 → …"
    assert compared(before, best).splitlines()[2] == "NoC@90: 6.00 → 3.00"
    row = Row(10, 60.0, 1.234, 0.5, 1e-3, 0)
    assert remaining((row,), 0.25) == "Step 10, loss 1.23, 3 min left"
    assert remaining((row,), 0.5) == "Step 10, loss 1.23, 60 s left"
    assert remaining((), 0.0) == "Counting the clicks before …"
