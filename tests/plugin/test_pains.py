"""What people miss in tools of this kind, at least one test for each of 15 complaints.

The most frequent complaint comes first. Each test does what a person does and asserts what that
person missed. Where it is cheap, the way in which it usually goes wrong is there, too, as something
`naive`: the test convicts it.
"""

import ast
import os
import socket
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch
from napari.layers import Labels
from npe2 import PluginManifest

import napari_faseg
from napari_faseg import Click, ClickSession, load_model, read_session
from napari_faseg.interaction.sparing import SparingPredictor
from napari_faseg.models import FASegNet, save_model
from napari_faseg.plugin.annotator import Annotator, start
from napari_faseg.plugin.latest import LatestRunner
from napari_faseg.plugin.runner import ImmediateRunner
from napari_faseg.plugin.training_form import pictures_of
from napari_faseg.plugin.training_job import trained
from napari_faseg.training import TrainConfig
from tests.fakes import DiscPredictor, LookingDiscs
from tests.models.networks import tiny_preset
from tests.plugin.conftest import SHAPE
from tests.plugin.gestures import RIGHT, click, press
from tests.plugin.heartbeat import Heartbeat
from tests.training.little import measure_little

ROOT = Path(__file__).parents[2]
SOURCE = Path(napari_faseg.__file__).parent
MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")}
LAYERS = ["image", "image objects", "image negative", "image positive"]


def picture(viewer):
    return viewer.layers["image objects"].data.copy()


# 1. There is no undo, and a finished object cannot be corrected


def test_pain_1_a_finished_object_is_corrected_and_all_of_it_is_undone(viewer, annotator):
    pictures = [picture(viewer)]
    for ask in (
        partial(click, viewer, (10, 10)),
        partial(press, viewer, "Enter"),
        partial(click, viewer, (30, 30)),
        partial(press, viewer, "Enter"),
        partial(click, viewer, (10, 10), modifiers=("Shift",)),
        partial(click, viewer, (10, 14), RIGHT),
        partial(press, viewer, "Enter"),
        partial(annotator.delete, 2),
    ):
        ask()
        pictures.append(picture(viewer))
    assert (pictures[7][10, 10], pictures[7][10, 12]) == (1, 0), "it was corrected"
    for before in reversed(pictures[:-1]):
        press(viewer, "Ctrl+Z")
        assert np.array_equal(picture(viewer), before)
    for after in pictures[1:]:
        press(viewer, "Ctrl+Shift+Z")
        assert np.array_equal(picture(viewer), after)


def test_pain_1_naive_a_layer_that_is_given_a_mask_has_nothing_to_undo():
    naive = Labels(np.zeros(SHAPE, np.int32))
    naive.data = np.eye(*SHAPE, dtype=np.int32)
    naive.undo()
    assert naive.data.any()


# 2. Training on own data is closed, or fails


def test_pain_2_what_was_just_finished_is_learned_from(viewer, tmp_path, monkeypatch):
    measure_little(monkeypatch)
    pixels = np.random.default_rng(0).integers(0, 255, (3, 64, 64)).astype(np.uint8)
    image = viewer.add_image(pixels, name="image", scale=(3, 0.5, 0.5))
    annotator = start(viewer, image, DiscPredictor(radius=12))
    for z in range(3):
        viewer.dims.set_point(0, 3 * z)
        click(viewer, (3 * z, 15, 15))
        press(viewer, "Enter")
    annotator.relabel(3, 70)
    annotator.close()
    objects = viewer.layers["image objects"]
    pictures = pictures_of(image, objects, None)
    assert np.array_equal([sample.mask for sample in pictures], objects.data > 0)
    naive = [objects.data == number for number in (1, 2, 3)]  # as if numbers had no gaps
    assert not naive[-1].any()
    torch.manual_seed(0)
    save_model(FASegNet(preset=tiny_preset()), tmp_path / "start.safetensors")
    config = TrainConfig(steps=1, sizes=(64,), batch_pixels=64 * 64, max_clicks=1, warmup_steps=1)
    first, mine = str(tmp_path / "start.safetensors"), tmp_path / "mine.safetensors"
    *_, last = trained(pictures, first, config, mine, Event())
    assert last.best.n_objects == 1, "what was held out"
    assert isinstance(load_model(mine), FASegNet)


# 3. A release of napari, or its own installation, breaks it


def private_names(module, known):
    """Return names with an underscore that are asked of, or imported from, somebody else."""
    names = []
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            is_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            names += [] if is_own else [node.attr]
        elif isinstance(node, ast.ImportFrom):
            names += [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Constant) and str(node.value).isidentifier():
            names.append(str(node.value))  # maybe for getattr
    return {name for name in names if name.startswith("_") and name[:2] != "__"} - known


def names_given(module):
    """Yield the names that a module gives to something."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def test_pain_3_nothing_private_of_napari_is_used():
    known = {name for module in MODULES.values() for name in names_given(module)}
    known |= {path.stem for path in MODULES}
    in_plugin = {path: module for path, module in MODULES.items() if "plugin" in path.parts}
    found = {path.name: private_names(module, known) for path, module in in_plugin.items()}
    assert {name: private for name, private in found.items() if private} == {}
    naive = "from napari._qt import x; getattr(viewer.window, '_qt_viewer')._qt_native"
    assert private_names(ast.parse(naive), known) == {"_qt", "_qt_viewer", "_qt_native"}


def test_pain_3_the_manifest_is_found_and_is_right():
    manifest = PluginManifest.from_distribution("napari-faseg")
    manifest.validate_imports()
    assert manifest.contributions.widgets[0].display_name == "Segment by clicks"


def test_pain_3_an_installation_brings_no_window_library_unless_asked_to():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    windows = ("pyqt", "pyside", "napari[")
    assert [each for each in project["dependencies"] if each.lower().startswith(windows)] == []
    assert any(each.startswith("napari[") for each in project["optional-dependencies"]["all"])


# 4. The GPU is not used, or nothing else works


def hard_coded_devices(module):
    """Return the lines where a device is named, other than to ask which one it is."""
    nodes = list(ast.walk(module))
    compared = [part for node in nodes if isinstance(node, ast.Compare) for part in ast.walk(node)]
    names = [node for node in nodes if getattr(node, "value", "") in ("cuda", "cuda:0", "mps")]
    named = [node.lineno for node in names if node not in compared]
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    return sorted(named + [call.lineno for call in calls if getattr(call, "attr", "") == "cuda"])


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_pain_4_the_device_is_the_best_there_is_and_is_told(viewer, image, device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: device == "cuda")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    made, told = [], []
    predictor = SparingPredictor(lambda name, _: made.append(name) or LookingDiscs())
    start(viewer, image, predictor).shown.connect(told.append)
    click(viewer, (10, 10))
    assert (made, {shown.device for shown in told}) == ([device], {device})


def test_pain_4_only_the_choice_itself_names_a_device():
    named = {path.name for path, module in MODULES.items() if hard_coded_devices(module)}
    assert named == {"tensors.py"}
    naive = "if device == 'cuda':\n    pass\nmodel.cuda()\nmodel.to('cuda:0')"
    assert hard_coded_devices(ast.parse(naive)) == [3, 4]


# 5. Work is lost in a crash; nothing can be gone on with, and nobody knows how it was made

WORK_AND_DIE = """
import atexit, os, pathlib, signal, sys
import numpy as np
from napari.components import ViewerModel
from napari_faseg.plugin.annotator import start
from tests.fakes import DiscPredictor
from tests.plugin.gestures import RIGHT, click

viewer = ViewerModel()
image = viewer.add_image(np.zeros((40, 50), np.uint8), name="image")
annotator = start(viewer, image, DiscPredictor(radius=3), resume=True)
atexit.register(pathlib.Path(sys.argv[1]).write_text, "saved")
click(viewer, (10, 10))
annotator.finish()
click(viewer, (30, 30))
click(viewer, (30, 32), RIGHT)
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


def test_pain_5_a_window_that_was_killed_goes_on(viewer, image, own_sessions, tmp_path):
    naive = tmp_path / "what is saved at the end"
    command = [sys.executable, "-c", WORK_AND_DIE, str(naive)]
    killed = subprocess.run(command, cwd=ROOT, env=dict(os.environ), check=False)
    assert killed.returncode != 0
    assert not naive.exists()
    annotator = start(viewer, image, DiscPredictor(radius=3), resume=True)
    assert annotator.prompts.clicks() == (Click(30, 30), Click(30, 32, positive=False))
    found = picture(viewer)
    assert (found[10, 10], found[30, 28], found[30, 32]) == (1, 2, 0)
    annotator.reopen(1)
    assert annotator.prompts.clicks() == (Click(10, 10),)
    annotator.close()
    facts = read_session(next(own_sessions.glob("*.faseg"))).about.facts
    assert facts["predictor"]["kind"] == "DiscPredictor"
    assert facts["versions"]["napari-faseg"]


# 6. Keys are stolen, or do nothing


@pytest.mark.parametrize("active", LAYERS)
def test_pain_6_keys_work_whatever_layer_is_active(viewer, annotator, active):
    click(viewer, (10, 10))
    viewer.layers.selection.active = viewer.layers[active]
    press(viewer, "Enter")
    assert annotator.prompts.clicks() == ()
    press(viewer, "Ctrl+Z")
    assert annotator.prompts.clicks() == (Click(10, 10),)


def test_pain_6_naive_a_key_of_the_viewer_alone_is_dead_where_a_layer_has_it(viewer):
    pressed = []
    layer = viewer.add_labels(np.zeros(SHAPE, np.int32))
    viewer.bind_key("Enter", lambda _: pressed.append("viewer"))
    layer.bind_key("Enter", lambda _: pressed.append("layer"))
    press(viewer, "Enter")
    assert pressed == ["layer"]


def test_pain_6_all_other_keys_keep_their_meaning_and_ours_come_back(viewer, image):
    pressed = []
    viewer.bind_key("R", lambda _: pressed.append("mine"))
    before = keys_of(viewer, image)
    annotator = start(viewer, image, DiscPredictor())
    changed = {key for key, action in keys_of(viewer, image).items() if before.get(key) != action}
    assert {str(key) for key in changed} == {*"RTN", "Enter", "Ctrl+Z", "Ctrl+Shift+Z", "Shift+N"}
    annotator.close()
    assert keys_of(viewer, image) == before
    viewer.layers.selection.active = image
    press(viewer, "R")
    assert pressed == ["mine"]


def keys_of(viewer, layer):
    """Return what each key does on a layer of a viewer."""
    keymaps = (type(viewer).class_keymap, viewer.keymap, type(layer).class_keymap, layer.keymap)
    return {key: action for keymap in keymaps for key, action in keymap.items()}


# 7. Earlier labels are overwritten, and their numbers are one's own business


def test_pain_7_a_neighbour_takes_no_pixel_and_no_number_that_is_taken(viewer, image):
    there = np.zeros(SHAPE, np.int32)
    there[5:12, 5:12], there[30:35, 30:35] = 255, 3
    cells = viewer.add_labels(there.copy(), name="cells")
    start(viewer, image, DiscPredictor(radius=3), objects=cells)
    for place in ((12, 12), (32, 36)):
        for ask in (partial(click, viewer, place), partial(press, viewer, "Enter")):
            ask()
            assert np.array_equal(cells.data[there > 0], there[there > 0])
    assert np.unique(cells.data).tolist() == [0, 3, 255, 256, 257]
    naive = there.copy()
    naive[9:16, 9:16] = naive.max() + 1
    assert not np.array_equal(naive[there > 0], there[there > 0])


# 8. Pyramids, dask arrays and large images


def test_pain_8_of_a_pyramid_of_large_planes_one_plane_is_read(viewer):
    da = pytest.importorskip("dask.array")
    read = []

    def chunk(block_info=None):
        read.append(block_info[None]["chunk-location"][0])
        return np.zeros((1, 400, 500), np.uint8)

    planes = ((1,) * 9, (400,), (500,))
    full = da.map_blocks(chunk, chunks=planes, dtype=np.uint8, meta=np.empty((0, 0, 0), np.uint8))
    levels = [full, *(da.zeros((9, 400 // n, 500 // n), dtype=np.uint8) for n in (4, 16))]
    viewer.add_image(levels, multiscale=True, contrast_limits=(0, 255), name="image")
    viewer.dims.set_point(0, 4)
    read.clear()
    start(viewer, viewer.layers["image"], DiscPredictor(radius=3))
    click(viewer, (4, 203, 307))
    assert set(read) == {4}
    assert picture(viewer).shape == (9, 400, 500)
    assert np.argwhere(picture(viewer)).mean(0).tolist() == [4, 203, 307]
    np.asarray(full)  # naive
    assert set(read) == set(range(9))


# 9. Axes, colours, channels


class Seeing(DiscPredictor):
    """Answers with the clicked pixel, and remembers what it was shown."""

    def __init__(self):
        super().__init__(radius=0.4)

    def set_image(self, image):
        super().set_image(image)
        self.seen = image.shape


@pytest.mark.parametrize(
    ("shape", "options", "order", "place", "seen"),
    [
        ((20, 24), {}, (0, 1), (5, 7), (20, 24)),
        ((20, 24, 3), {"rgb": True}, (0, 1), (5, 7), (20, 24, 3)),
        ((20, 24, 4), {"rgb": True}, (0, 1), (5, 7), (20, 24, 4)),
        ((10, 20, 3), {"rgb": False}, (0, 1, 2), (6, 5, 1), (20, 3)),
        ((20, 24, 9), {}, (2, 0, 1), (5, 7, 3), (20, 24)),
        ((2, 5, 20, 24), {}, (0, 1, 3, 2), (1, 4, 5, 7), (20, 24)),
    ],
    ids=["grey", "rgb", "rgba", "stack of three columns", "time last", "turned"],
)
def test_pain_9_axes_are_those_on_screen(viewer, shape, options, order, place, seen):
    image = viewer.add_image(np.zeros(shape, np.uint8), name="image", **options)
    viewer.dims.order, viewer.dims.point = order, place
    predictor = Seeing()
    start(viewer, image, predictor)
    click(viewer, place)
    assert predictor.seen == seen
    assert np.argwhere(picture(viewer)).tolist() == [list(place)]
    naive = shape[:-1] if shape[-1] in (3, 4) else shape
    assert (naive == picture(viewer).shape) is ("rgb" not in options or options["rgb"])


def test_pain_9_each_channel_is_a_layer_that_can_be_clicked_on(viewer):
    channels = {"channel_axis": 2, "name": ["other", "image"]}
    _, second = viewer.add_image(np.zeros((20, 24, 2), np.uint8), **channels)
    start(viewer, second, Seeing())
    click(viewer, (5, 7))
    assert np.argwhere(picture(viewer)).tolist() == [[5, 7]]


# 10. The window freezes


class WaitingForTheWindow(DiscPredictor):
    """Each of its steps waits until the window has worked meanwhile, or for so many seconds."""

    def __init__(self, heart, seconds):
        super().__init__()
        self.heart, self.seconds = heart, seconds
        self.has_worked = []
        self.step()

    def step(self):
        self.has_worked.append(self.heart.beats_within(self.seconds))

    def set_image(self, image):
        self.step()
        super().set_image(image)

    def predict(self, clicks, previous):
        self.step()
        return super().predict(clicks, previous)


@pytest.mark.window
def test_pain_10_neither_loading_nor_looking_nor_answering_stops_the_window(viewer, image, qtbot):
    assert works_meanwhile(viewer, image, LatestRunner(), qtbot, seconds=20) == [True] * 3
    naive = ImmediateRunner()
    assert works_meanwhile(viewer, image, naive, qtbot, seconds=0.1) == [False] * 3


def works_meanwhile(viewer, image, runner, qtbot, seconds):
    """Click and finish; return for each step of the predictor if the window worked in it."""
    heart, predictors = Heartbeat(), []

    def load():
        predictors.append(WaitingForTheWindow(heart, seconds))
        return predictors[0]

    annotator = Annotator(viewer, image, load, runner)
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    qtbot.waitUntil(lambda: annotator.prompts.clicks() == ())
    heart.stop()
    assert annotator.painter.layer.data[10, 10] > 0
    annotator.close()
    return predictors[0].has_worked


# 11. Memory runs out


class Hungry(LookingDiscs):
    """Has no memory for anything but a small image."""

    def __init__(self, max_side):
        super().__init__()
        self.max_side = max_side

    def looks(self, clicks, previous):
        if self.max_side > 320:
            raise torch.OutOfMemoryError("CUDA out of memory")
        yield from super().looks(clicks, previous)


def test_pain_11_work_goes_on_where_memory_has_run_out(viewer, image, monkeypatch):
    told = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    start(viewer, image, SparingPredictor(lambda _, side: Hungry(side), device="cpu"))
    for place in ((10, 10), (30, 30)):
        click(viewer, place)
        press(viewer, "Enter")
    assert (picture(viewer)[10, 10], picture(viewer)[30, 30]) == (1, 2)
    assert told == ["The memory was full: the image is looked at in 320 pixels, less sharply."]


def test_pain_11_naive_a_predictor_that_gives_up_nothing_gives_no_mask(viewer, image):
    naive = start(viewer, image, Hungry(1024))
    click(viewer, (10, 10))
    assert not picture(viewer).any()
    assert naive.prompts.clicks() == (Click(10, 10),), "the click waits for another try"


# 12. It crashes when a layer is deleted, or another one takes its place


@pytest.mark.parametrize("deleted", LAYERS)
def test_pain_12_layers_may_go_and_the_next_start_works(viewer, annotator, deleted):
    told = []
    annotator.failed.connect(told.append)
    click(viewer, (10, 10))
    viewer.layers.remove(deleted)
    assert told == [f"Segmenting image has ended: {deleted} was removed."]
    for left in viewer.layers:
        viewer.layers.selection.active = left
        click(viewer, (20, 20))
    viewer.layers.clear()
    other = viewer.add_image(np.zeros((60, 30), np.uint8), name="image")
    start(viewer, other, DiscPredictor(radius=3))
    click(viewer, (50, 10))
    assert picture(viewer).shape == (60, 30)
    assert picture(viewer)[50, 10] == 1


def test_pain_12_naive_layers_that_are_found_by_their_name_are_lost_with_it(viewer, annotator):
    for layer in viewer.layers:
        layer.name = "mine"
    with pytest.raises(KeyError):
        picture(viewer)
    click(viewer, (10, 10))
    assert annotator.painter.layer.data[10, 10] == 1


# 13. It needs a download


def test_pain_13_the_first_click_needs_no_network(viewer, monkeypatch, tmp_path):
    asked = []

    def refuse(*arguments, **options):
        asked.append(arguments)
        raise OSError("there is no network")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for cache in ("HF_HOME", "TORCH_HOME"):
        monkeypatch.setenv(cache, str(tmp_path))
    y, x = np.ogrid[:96, :128]
    pixels = np.where(np.hypot(y - 40, x - 60) < 20, 200, 40).astype(np.uint8)
    start(viewer, viewer.add_image(pixels, name="image"), SparingPredictor.from_weights())
    click(viewer, (40, 60))
    assert np.mean((picture(viewer) > 0) == (pixels > 100)) > 0.95
    assert asked == []
    naive = "https://download.pytorch.org/weights.pth"
    with pytest.raises(OSError, match="no network"):
        torch.hub.load_state_dict_from_url(naive)


# 14. The scale of a layer is ignored, so that the mask is wrong


def test_pain_14_a_mask_lies_where_the_mouse_was_in_the_world(viewer):
    angle = np.deg2rad(30)
    turned = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    place = {"scale": (2, 0.5), "translate": (100, -20), "rotate": turned, "units": ("um", "um")}
    image = viewer.add_image(np.zeros(SHAPE, np.uint8), name="image", **place)
    world = image.data_to_world((12, 30))
    start(viewer, image, DiscPredictor(radius=0.4))
    click(viewer, world)
    assert np.argwhere(picture(viewer)).tolist() == [[12, 30]]
    objects = viewer.layers["image objects"]
    assert np.allclose(objects.data_to_world((12, 30)), world)
    assert objects.units == image.units
    naive = Labels(objects.data, scale=image.scale)
    assert not np.allclose(naive.data_to_world((12, 30)), world)


# 15. Coordinates in, mask out, from Python


def test_pain_15_a_script_gives_the_pixels_of_the_window(viewer):
    pixels = np.zeros(SHAPE, np.uint8)
    image = viewer.add_image(pixels, name="image", scale=(1.5, 1.5))
    annotator = start(viewer, image, DiscPredictor(radius=3))
    session, naive = (ClickSession(DiscPredictor(radius=3)) for _ in range(2))
    session.set_image(pixels)
    naive.set_image(pixels)
    for y, x, positive in ((10, 30, True), (10, 32, False), (11, 28, True)):
        world = image.data_to_world((y, x))
        click(viewer, world, 1 if positive else RIGHT)
        session.add_click(Click(y, x, positive))
        naive.add_click(Click(*world, positive))
        assert np.array_equal(picture(viewer) == 1, session.mask)
        assert not np.array_equal(naive.mask, session.mask)
    annotator.finish()
    session.commit()
    assert np.array_equal(picture(viewer), session.labels)
