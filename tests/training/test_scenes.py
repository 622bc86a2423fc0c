import re
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_faseg.datasets import open_dataset
from napari_faseg.training import scenes
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.pool import Pool, Source
from napari_faseg.training.scenes import MAX_SHARE, MIN_SHARE, draw_scene
from tests.training.archives import pool_of, write_archive


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return pool_of(tmp_path_factory.mktemp("pool"))


def test_scenes_have_the_asked_size_and_targets_of_some_extent(pool: Pool) -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        scene = draw_scene(pool, rng, 96, n_targets=3)
        assert scene.image.shape == (96, 96, 3)
        assert scene.image.dtype == np.uint8
        assert scene.targets.shape == (3, 96, 96)
        assert scene.targets.dtype == bool
        assert all(0 < target.mean() < 1 for target in scene.targets)
        assert scene.objects.any()


def test_most_targets_are_annotated_objects(pool: Pool) -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_scene(pool, rng, 96) for _ in range(60)]
    inside = [not (t & ~s.objects).any() for s in drawn for t in s.targets]
    shares = [t.mean() for s in drawn for t in s.targets]
    assert np.mean(inside) > 0.9
    assert np.mean([MIN_SHARE <= share <= MAX_SHARE for share in shares]) > 0.9


def test_whole_objects_lie_inside_what_is_annotated(pool: Pool) -> None:
    rng = np.random.default_rng(3)
    drawn = [draw_scene(pool, rng, 96) for _ in range(60)]
    assert {bool(w) for s in drawn for w in s.whole} == {True, False}
    for scene in drawn:
        assert not (scene.targets[scene.whole] & ~scene.objects).any()


@pytest.mark.parametrize("unclear", ["COMPLEMENT", "MERGED"])
def test_targets_that_one_click_cannot_mean_are_not_called_whole(
    pool: Pool, unclear: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenes, "N_PASTED", (1.0,))
    share = {}
    for chance in (0.0, 1.0):
        monkeypatch.setattr(scenes, unclear, chance)
        rng = np.random.default_rng(4)
        share[chance] = np.mean([draw_scene(pool, rng, 96).whole.mean() for _ in range(40)])
    assert share[1.0] < share[0.0]
    assert share[1.0] == 0 or unclear != "COMPLEMENT"


def test_a_plain_scene_is_a_whole_photo_and_its_targets_are_annotated(pool: Pool) -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        scene = draw_scene(pool, rng, 96, n_targets=2, composites=False)
        assert scene.targets.shape == (2, 96, 96)
        assert not (scene.targets & ~scene.objects).any()
        assert scene.targets.any((1, 2)).all()


def test_the_same_seed_draws_the_same_scene(pool: Pool) -> None:
    one, other = (draw_scene(pool, np.random.default_rng(5), 96) for _ in range(2))
    assert np.array_equal(one.image, other.image)
    assert np.array_equal(one.targets, other.targets)


def test_a_pool_decodes_once_and_maps_afterwards(tmp_path: Path) -> None:
    first = pool_of(tmp_path)
    times = decoded_at(tmp_path)
    again = Pool(first.sources, tmp_path / "decoded")
    assert decoded_at(tmp_path) == times
    assert len(again) == len(first) == 9
    a, b = (p.draw(np.random.default_rng(2)) for p in (first, again))
    assert np.array_equal(a.image, b.image)
    assert np.array_equal(a.labels, b.labels)


def decoded_at(folder: Path) -> list[int]:
    return [path.stat().st_mtime_ns for path in sorted((folder / "decoded").iterdir())]


def test_another_archive_of_the_same_name_is_decoded_beside_the_first(tmp_path: Path) -> None:
    first = pool_of(tmp_path)
    photo = first.draw(np.random.default_rng(0))
    for name, n_objects in (("salient", 1), ("instances", 2), ("parts", 3)):
        write_archive(tmp_path / f"{name}.zip", seed=9, n_objects=n_objects)
    sources = [
        Source(open_dataset("folder", tmp_path / f"{source.dataset.name}.zip"), source.kind)
        for source in first.sources
    ]
    again = Pool(sources, tmp_path / "decoded")
    assert again.fingerprint != first.fingerprint
    assert not np.array_equal(again.draw(np.random.default_rng(0)).image, photo.image)
    np.testing.assert_array_equal(first.draw(np.random.default_rng(0)).image, photo.image)


def test_how_often_a_source_is_drawn_tells_pools_apart(tmp_path: Path) -> None:
    first = pool_of(tmp_path)
    once, twice = (
        Pool([Source(s.dataset, s.kind, weight) for s in first.sources], tmp_path / "decoded")
        for weight in (1.0, 2.0)
    )
    assert once.fingerprint == first.fingerprint != twice.fingerprint


class Labelled:
    """One image with the labels that it is given; the second cannot be read."""

    name, fingerprint, n_pictures = "labelled", "a", 2

    def __init__(self, labels: object) -> None:
        self.labels = np.asarray(labels)

    def picture(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if index == 1:
            raise ValueError("cannot read b.png")
        return np.zeros(self.labels.shape, np.uint16), self.labels

    def picture_size(self, index: int) -> tuple[int, int]:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([[0, 7], [70_000, 7]], [[0, 1], [2, 1]]),
        ([[5, 5], [9, 9]], [[1, 1], [2, 2]]),
        ([[-1, 0], [3, -1]], [[-1, 0], [1, -1]]),
    ],
)
def test_labels_are_numbered_and_what_is_unknown_stays_so(
    labels: list[list[int]], expected: list[list[int]], tmp_path: Path
) -> None:
    told: list[str] = []
    source = Source(Labelled(labels))
    pool = Pool([source], tmp_path, on_broken=lambda what, error: told.append(f"{what}: {error}"))
    photo = pool.draw(np.random.default_rng(0))
    np.testing.assert_array_equal(photo.labels, expected)
    assert photo.image.shape == (2, 2, 3)
    assert told == ["image 1 of labelled: cannot read b.png"]
    assert len(pool) == 1


def test_a_broken_image_ends_it_unless_somebody_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot read b.png"):
        Pool([Source(Labelled([[0, 1]]))], tmp_path)
    with pytest.raises(ValueError, match="expected images with objects in labelled, got none"):
        Pool([Source(Labelled([[0, 0]]))], tmp_path, on_broken=lambda *_: None)


class Askew:
    """Images of 64 x 64 pixels; the first has labels of another size."""

    name, fingerprint, n_pictures = "askew", "b", 3

    def picture(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.zeros((64, 64) if index else (32, 32), np.int16)
        labels[2:20, 2:20] = 1
        return np.full((64, 64, 3), 50 * index, np.uint8), labels

    def picture_size(self, index: int) -> tuple[int, int]:
        return 64, 64


def test_an_image_whose_labels_have_another_size_is_named_and_spoils_no_other(
    tmp_path: Path,
) -> None:
    message = "expected labels of the size of image 0 of askew, (64, 64), got (32, 32)"
    with pytest.raises(ValueError, match=re.escape(message)):
        Pool([Source(Askew())], tmp_path)
    told: list[str] = []
    pool = Pool([Source(Askew())], tmp_path, on_broken=lambda what, error: told.append(str(error)))
    assert told == [message]
    rng = np.random.default_rng(0)
    assert {tuple(np.unique(pool.draw(rng).image)) for _ in range(20)} == {(50,), (100,)}


@pytest.mark.parametrize(
    "change",
    [
        *({"steps": 0}, {"ema": 1.5}, {"sizes": (32,)}, {"minutes": -1}, {"loss": "dice"}),
        *({"sizes": ()}, {"sizes": (64.5,)}, {"targets": 1.5}, {"steps": True}, {"seed": -1}),
        *({"seed": "x"}, {"seed": 2**64}, {"learning_rate": inf}, {"learning_rate": nan}),
        *({"gradient_clip": nan}, {"sizes": 64}, {"weight_decay": -1.0}, {"validate_every": -1}),
    ],
)
def test_a_configuration_that_cannot_work_names_the_field(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"expected {next(iter(change))}"):
        TrainConfig(**change)  # type: ignore[arg-type]


def test_a_source_that_cannot_work_is_told_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one of salient, instances, parts as kind, got 'zzz'"):
        Source(Askew(), "zzz")  # type: ignore[arg-type]
    for weight in (-1.0, inf, nan):
        with pytest.raises(ValueError, match=f"a finite weight of 0 or more, got {weight}"):
            Source(Askew(), weight=weight)
    for sources in ([], [Source(Askew(), weight=0.0)]):
        with pytest.raises(ValueError, match="expected sources with a weight above 0, got"):
            Pool(sources, tmp_path)


def specks_of(folder: Path, side: int) -> Pool:
    """Return a pool of one image with two squares of a side."""
    labels = np.zeros((200, 200), np.uint8)
    labels[10 : 10 + side, 10 : 10 + side] = labels[100 : 100 + side, 90 : 90 + side] = 1
    labels[100:190] *= 2
    for name, array in (("images", np.stack([labels * 90] * 3, -1)), ("labels", labels)):
        (folder / name).mkdir()
        Image.fromarray(array).save(folder / name / "a.png")
    return Pool([Source(open_dataset("folder", folder))], folder / "decoded")


def test_objects_smaller_than_a_cell_are_counted(tmp_path: Path) -> None:
    for side, n_small in ((3, 2), (4, 0)):
        (tmp_path / str(side)).mkdir()
        assert specks_of(tmp_path / str(side), side).n_small_objects == n_small


@pytest.mark.parametrize("composites", [True, False])
def test_objects_that_are_too_small_to_ask_for_end_in_one_sentence(
    composites: bool, tmp_path: Path
) -> None:
    pool = specks_of(tmp_path, 1)
    with pytest.raises(ValueError, match=r"^expected objects that cover 0.3% of a training window"):
        draw_scene(pool, np.random.default_rng(0), 64, composites=composites)
