"""Images that are renamed, replaced, swapped, changed or copied: no mask lies on another image.

`FASEG_SCENARIOS=200` makes up so many stories instead of a few.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from napari.layers import Image as ImageLayer
from numpy.typing import NDArray

from napari_faseg._durable import Disk
from napari_faseg.interaction import Click
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.interaction.session_search import read_about
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.image_choice import ImageChoice
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.session_jobs import SessionJobs
from napari_faseg.plugin.session_keeper import SessionKeeper
from tests.fakes import DiscPredictor

N_SCENARIOS = int(os.environ.get("FASEG_SCENARIOS", "40"))
Image = NDArray[np.generic]


class Window:
    """What a window does when a person presses Start on an image that came from a file."""

    def __init__(self, path: Path) -> None:
        image = np.load(path)
        self.identity = ImageIdentity.of(image)
        layer = ImageLayer(image, name=path.stem)
        layer._set_source(layer.source.model_copy(update={"path": str(path)}))
        plane = Plane((0, 1), (0, 0), image.shape)
        source = ImageSource(Overlay(layer), plane, ImageChoice())
        keeper = SessionKeeper(source, resume=True)
        self._jobs = SessionJobs(lambda: DiscPredictor(radius=2), source, keeper)
        shown = self._jobs.open()
        self.labels, self.told = shown.labels, shown.recording
        self.began_with = self.labels

    def work(self, rng: np.random.Generator) -> None:
        """Make an object or two where no others are."""
        for _ in range(int(rng.integers(1, 3))):
            y, x = map(int, rng.choice(np.argwhere(self.labels == 0)))
            [shown] = self._jobs.replay([Click(y, x)])
            self.labels = self._jobs.finish(shown.next_label).labels

    def close(self) -> None:
        self._jobs.close()


class World:
    """A folder of images, the person who works on them, and what that person may expect.

    `made` has all labels that windows on an image ended with, by its identity; what a window went
    on with is not among them any more.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.rng = np.random.default_rng(seed)
        self.made: defaultdict[ImageIdentity, list[Image]] = defaultdict(list)
        self.n_files = 0
        side = int(self.rng.integers(12, 20))
        self.shape = (side, side) if self.rng.random() < 0.5 else (side, side + 3)
        for _ in range(2):
            self.put(self.new_name(), self.new_image())

    def new_name(self) -> str:
        self.n_files += 1
        return f"cells-{self.n_files}.npy"

    def new_image(self) -> Image:
        return self.rng.integers(0, 2**16, self.shape).astype(np.uint16)

    def put(self, name: str, image: Image) -> None:
        """Write a file, some seconds after the one before."""
        np.save(self.folder / name, image)
        self.n_files += 1
        os.utime(self.folder / name, (1e9 + self.n_files, 1e9 + self.n_files))

    def image(self, name: str) -> Image:
        return np.load(self.folder / name)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*.npy"))

    def choose(self) -> str:
        return str(self.rng.choice(self.names()))

    def open(self, name: str) -> Window:
        return Window(self.folder / name)

    def look_at(self, name: str) -> Window:
        """Open an image, and check what lies on it."""
        window = self.open(name)
        made = self.made[window.identity]
        if window.labels.any():
            assert is_among(window.labels, made), "the mask of another image"
        elif made:
            assert "it stays as it is" in window.told, "a session is missing, and nobody says so"
            assert self.has_twin(name), "the image did not get its session back"
        return window

    def has_twin(self, name: str) -> bool:
        """Say whether another file has the same pixels: whose session it is, nobody knows."""
        same = [np.array_equal(self.image(name), self.image(other)) for other in self.names()]
        return sum(same) > 1

    def visit(self, name: str) -> None:
        """Open an image, check it, and work on it."""
        window = self.look_at(name)
        window.work(self.rng)
        self.end(window)

    def end(self, window: Window) -> None:
        made = self.made[window.identity]
        same = [np.array_equal(labels, window.began_with) for labels in made]
        if any(same):
            del made[same.index(True)]  # one of them, where a session was copied
        made.append(window.labels)
        window.close()

    def check_all(self) -> None:
        """Everything that was made is in some session of its image, and on no other image."""
        for identity, made in self.made.items():
            kept = [labels for _, labels in self.kept(identity)]
            assert all(is_among(labels, kept) for labels in made)
        for name in self.names():
            self.look_at(name).close()

    def kept(self, identity: ImageIdentity) -> list[tuple[Path, Image]]:
        """Return the folders with sessions of an image, and their labels."""
        places = self.folder.glob("*.faseg")
        own = [
            place for place in places if (about := read_about(place)) and about.image == identity
        ]
        return [(place, read_session(place).state.labels) for place in own]


def is_among(labels: Image, others: list[Image]) -> bool:
    return any(np.array_equal(labels, other) for other in others)


# What may happen to them


def rename(world: World) -> None:
    (world.folder / world.choose()).rename(world.folder / world.new_name())


def replace(world: World) -> None:
    world.put(world.choose(), world.new_image())


def swap(world: World) -> None:
    one, other = world.names()[:2]
    for source, target in ((one, "held"), (other, one), ("held", other)):
        (world.folder / source).rename(world.folder / target)


def change_a_block(world: World) -> None:
    name = world.choose()
    image = world.image(name)
    y, x = (int(world.rng.integers(size - 3)) for size in image.shape)
    image[y : y + 2, x : x + 2] += np.uint16(1)
    world.put(name, image)


def transpose(world: World) -> None:
    name = world.choose()
    world.put(name, np.ascontiguousarray(world.image(name).T))


def change_type(world: World) -> None:
    name = world.choose()
    is_float = world.image(name).dtype == np.float32
    world.put(name, world.image(name).astype(np.uint16 if is_float else np.float32))


def open_twice(world: World) -> None:
    name = world.choose()
    first = world.look_at(name)
    first.work(world.rng)
    second = world.open(name)
    assert "is in use by another window" in second.told
    for window in (first, second, first):
        window.work(world.rng)
    for window in (first, second):
        world.end(window)
    again = world.open(name)
    again.close()
    hidden = [
        place
        for place, labels in world.kept(again.identity)
        if not np.array_equal(labels, again.labels)
    ]
    assert world.has_twin(name) or all(place.name in again.told for place in hidden)


def work_in_two_viewers(world: World) -> None:
    names = world.names()[:2]
    if np.array_equal(*map(world.image, names)):
        return
    windows = [world.look_at(name) for name in names]
    for window in (*windows, *windows):
        window.work(world.rng)
    for window in windows:
        world.end(window)


def copy_the_session(world: World) -> None:
    source, target = world.rng.permutation(world.names())[:2]
    if (world.folder / f"{source}.faseg").exists():
        there = world.folder / f"{target}.faseg"
        if there.exists():
            world.n_files += 1
            there.rename(world.folder / f"{target}-{world.n_files}0.faseg")
        shutil.copytree(world.folder / f"{source}.faseg", there)
        stored = read_session(there)
        world.made[stored.about.image].append(stored.state.labels)


def copy_the_image(world: World) -> None:
    world.put(world.new_name(), world.image(world.choose()))


EVENTS: tuple[Callable[[World], None], ...] = (
    rename,
    replace,
    swap,
    change_a_block,
    transpose,
    change_type,
    open_twice,
    work_in_two_viewers,
    copy_the_session,
    copy_the_image,
)


@pytest.mark.parametrize("seed", range(N_SCENARIOS))
def test_no_mask_lies_on_another_image_and_no_session_is_lost(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Disk, "sync", lambda *_: None)  # no power is cut here
    world = World(tmp_path, seed)
    for name in world.names():
        world.visit(name)
    EVENTS[seed % len(EVENTS)](world)
    world.check_all()
    world.visit(world.choose())
    EVENTS[int(world.rng.integers(len(EVENTS)))](world)
    world.check_all()
