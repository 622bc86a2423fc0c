"""What `faseg evaluate` keeps of a data set is used for this data set as it is, and no other."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.io
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.cli.evaluation_sets import OpenedSet, open_sets, paired
from napari_faseg.datasets import FolderDataset, SyntheticDataset


class LeftHalf:
    """Finds the left half of any image; it can break at an image."""

    broken_at = -1
    n_images = 0

    def set_image(self, image):
        if LeftHalf.n_images == LeftHalf.broken_at:
            raise RuntimeError("broken off")
        LeftHalf.n_images += 1
        self.shape = image.shape[:2]

    def predict(self, clicks, previous):
        found = np.zeros(self.shape, np.float32)
        found[:, : self.shape[1] // 2] = 1
        return found


def write_data(root: Path, width: int, n_images: int = 2) -> Path:
    """Write images of 8 times 8 pixels with an object on the left of some width."""
    for folder in ("images", "labels"):
        (root / folder).mkdir(parents=True)
    labels = np.zeros((8, 8), np.uint8)
    labels[:, :width] = 1
    for n in range(n_images):
        skimage.io.imsave(root / "images" / f"{n}.png", labels * 100, check_contrast=False)
        skimage.io.imsave(root / "labels" / f"{n}.png", labels, check_contrast=False)
    return root


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_faseg.cli.evaluate.make_predictor", lambda name, **_: LeftHalf())
    monkeypatch.setattr(LeftHalf, "n_images", 0)
    monkeypatch.chdir(tmp_path)


def faseg(*roots: str | Path, output: str = "scores.json"):
    options = [text for root in roots for text in ("--root", str(root))]
    options += ["--dataset", "folder", "--json", output]
    return CliRunner().invoke(app, ["evaluate", "--predictor", "graph_cut", *options])


def first_ious(output: str = "scores.json") -> list[float]:
    rows = json.loads(Path(output).read_text("utf-8"))
    return [row["mean_iou"][0] for row in (rows if isinstance(rows, list) else [rows])]


def break_off(monkeypatch: pytest.MonkeyPatch, *roots: str | Path, after: int) -> None:
    monkeypatch.setattr(LeftHalf, "broken_at", after)
    assert faseg(*roots).exit_code == 1
    monkeypatch.setattr(LeftHalf, "broken_at", -1)


def test_data_sets_of_one_name_keep_their_own_numbers_and_are_told_apart():
    answer = faseg(write_data(Path("a/data"), 4), write_data(Path("b/data"), 2))
    assert answer.exit_code == 0, answer.output
    assert "done already" not in answer.stderr
    assert first_ious() == [1.0, 0.5]
    rows = json.loads(Path("scores.json").read_text("utf-8"))
    assert [row["dataset"] for row in rows] == ["a/data", "b/data"]
    assert "a/data" in answer.stdout


def test_a_run_goes_on_with_the_same_files(monkeypatch):
    write_data(Path("data"), 4)
    break_off(monkeypatch, "data", after=1)
    answer = faseg("data")
    assert "data: 1 object done already" in answer.stderr
    assert first_ious() == [1.0]


def replace_a_mask(root: Path) -> None:
    half = np.zeros((8, 8), np.uint8)
    half[:, :2] = 1
    mask = root / "labels" / "0.png"
    before = mask.stat().st_mtime_ns
    skimage.io.imsave(mask, half, check_contrast=False)
    os.utime(mask, ns=(before + 10**9, before + 10**9))


def list_the_objects(root: Path) -> None:
    rows = [{"image": f"images/{n}.png", "mask": f"labels/{n}.png", "id": 1} for n in (0, 1)]
    (root / "index.json").write_text(json.dumps(rows), "utf-8")


@pytest.mark.parametrize("change", [replace_a_mask, list_the_objects])
def test_a_run_begins_afresh_when_the_data_have_changed(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    write_data(Path("data"), 4)
    break_off(monkeypatch, "data", after=1)
    change(Path("data"))
    answer = faseg("data")
    assert answer.exit_code == 0, answer.output
    assert "done already" not in answer.stderr


def test_a_run_begins_afresh_with_another_root_of_the_same_name(monkeypatch):
    write_data(Path("a/data"), 4)
    break_off(monkeypatch, "a/data", after=1)
    answer = faseg(write_data(Path("b/data"), 2))
    assert "done already" not in answer.stderr
    assert first_ious() == [0.5]


def test_the_folder_that_one_is_in_has_its_name(monkeypatch):
    write_data(Path("photographs"), 4)
    monkeypatch.chdir("photographs")
    answer = faseg(".", output="../scores.json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(Path("../scores.json").read_text("utf-8"))["dataset"] == "photographs"


def test_masks_without_objects_are_told_with_the_name_of_the_data_set():
    answer = faseg(write_data(Path("blank"), 0))
    assert answer.exit_code == 1
    assert answer.stderr == "faseg: expected at least one object in the data set blank, got none\n"


class Named(SyntheticDataset):
    """Called by the stem of its root, as data sets of files are."""

    def __init__(self, root: Path | None) -> None:
        super().__init__()
        self.name = "shapes" if root is None else root.stem


def titles(*places: tuple[str, str | None]) -> list[str]:
    kinds, roots = zip(*places, strict=True)
    given = [(kind, None if root is None else Path(root)) for kind, root in places]
    assert len(kinds) == len(roots)
    return [opened.title for opened in open_sets(given, lambda kind, root: Named(root))]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([("folder", "/x/data")], ["data"]),
        ([("folder", "/x/data"), ("folder", "/x/more")], ["data", "more"]),
        ([("folder", "/x/p/data"), ("folder", "/y/p/data")], ["x/p/data", "y/p/data"]),
        ([("folder", "/data"), ("folder", "/x/data")], ["/data", "x/data"]),
        ([("folder", "/x/data"), ("folder", "/x/data.zip")], ["data", "data.zip"]),
        ([("coco", "/x/data"), ("coco_all", "/x/data")], ["coco data", "coco_all data"]),
        ([("synthetic", None), ("folder", "/x/shapes")], ["synthetic shapes", "folder shapes"]),
        ([("folder", "/x/data"), ("folder", "/x/data")], ["data", "data"]),
    ],
)
def test_a_title_has_as_much_of_the_place_as_tells_it_from_others(places, expected):
    assert titles(*places) == expected


def test_a_name_that_is_not_in_the_place_stays_in_the_title():
    places = [("synthetic", Path("/x/a")), ("synthetic", Path("/x/b"))]
    opened = open_sets(places, lambda kind, root: SyntheticDataset())
    assert [found.title for found in opened] == ["synthetic a", "synthetic b"]


def test_the_kind_and_the_archive_belong_to_what_identifies_a_data_set(tmp_path):
    archive = tmp_path / "data.zip"
    archive.write_bytes(b"one")
    first = OpenedSet("coco", archive, SyntheticDataset(), "data")
    again = OpenedSet("coco", archive, SyntheticDataset(), "another title")
    other = OpenedSet("coco_all", archive, SyntheticDataset(), "data")
    before = first.identity()
    assert before == again.identity()
    assert before != other.identity()
    archive.write_bytes(b"three")
    assert before != first.identity()


def test_a_data_set_without_a_fingerprint_has_one_of_all_its_files(tmp_path):
    samples = list(FolderDataset(write_data(tmp_path / "data", 4)))
    opened = OpenedSet("mine", tmp_path / "data", samples, "data")  # type: ignore[arg-type]
    before = opened.identity()
    assert before == opened.identity()
    (tmp_path / "data" / "images" / "0.png").write_bytes(b"changed")
    assert before != opened.identity()


def test_names_and_roots_are_paired_and_a_folder_without_a_name_gets_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert paired(["folder"], [Path(), Path("x")]) == [
        ("folder", tmp_path.resolve()),
        ("folder", Path("x")),
    ]
    assert paired(["a", "b"], []) == [("a", None), ("b", None)]
