import pickle
from pathlib import Path

import numpy as np
import pytest

from napari_faseg.datasets import mat_files, open_dataset
from napari_faseg.datasets.mat_files import MatReader
from tests.datasets.examples import SPARSE_OBJECTS as LABELS
from tests.datasets.examples import mat, sbd
from tests.datasets.trees import written


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_sbd_has_every_object_of_its_images(as_zip: bool, tmp_path: Path) -> None:
    dataset = open_dataset("sbd", written(sbd(), tmp_path, as_zip=as_zip))
    assert [sample.name for sample in dataset] == ["2008_000002#1", "2008_000002#2"]
    np.testing.assert_array_equal(dataset[0].mask, LABELS == 1)


def test_training_leaves_out_objects_that_hardly_fill_their_boxes(tmp_path: Path) -> None:
    dataset = open_dataset("sbd_train", written(sbd(), tmp_path, as_zip=False))
    assert [sample.name for sample in dataset] == ["2008_000002#1"]


@pytest.mark.parametrize("label", [np.int32(65537), np.uint16(40000), np.uint8(200)])
def test_labels_of_any_width_stay_what_they_are(label: np.integer, tmp_path: Path) -> None:
    mask = "benchmark_RELEASE/dataset/inst/2008_000002.mat"
    files = sbd() | {mask: mat((LABELS == 1) * label)}
    for name in ("sbd", "sbd_train"):
        (sample,) = open_dataset(name, written(files, tmp_path, as_zip=False))
        assert sample.name == f"2008_000002#{label}"
        np.testing.assert_array_equal(sample.mask, LABELS == 1)


def test_a_damaged_file_counts_as_one_sample(tmp_path: Path) -> None:
    prefix = "benchmark_RELEASE/dataset"
    files = sbd() | {
        f"{prefix}/val.txt": b"2007_000001 2008_000002",
        f"{prefix}/img/2007_000001.jpg": sbd()[f"{prefix}/img/2008_000002.jpg"],
        f"{prefix}/inst/2007_000001.mat": b"damaged",
    }
    dataset = open_dataset("sbd", written(files, tmp_path, as_zip=False))
    assert len(dataset) == 3
    assert dataset[1].name == "2008_000002#1"
    with pytest.raises(ValueError, match=r"cannot read .*/inst/2007_000001.mat: "):
        dataset[0]


@pytest.mark.parametrize("missing", ["img/2008_000002.jpg", "inst/2008_000002.mat", "val.txt"])
def test_a_missing_file_is_named(missing: str, tmp_path: Path) -> None:
    others = {"benchmark_RELEASE/dataset/img/a.jpg": b"", "benchmark_RELEASE/dataset/inst/a": b""}
    files = {k: v for k, v in (sbd() | others).items() if not k.endswith(missing)}
    with pytest.raises(
        FileNotFoundError, match=missing.split(".", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1]
    ):
        open_dataset("sbd", written(files, tmp_path, as_zip=False))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot read a.mat"),
        (b"MATLAB 5.0" + b"\0" * 300, "cannot read a.mat"),
        (mat(field="Boundaries"), "no field GTinst.Segmentation"),
        (mat(np.zeros((2, 3, 4))), r"shape \(2, 3, 4\)"),
    ],
)
def test_a_file_without_labels_gives_one_sentence(content: bytes, message: str) -> None:
    reader = MatReader()
    with pytest.raises(ValueError, match=message) as caught:
        reader(content, "a.mat")
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(reader(mat(), "b.mat"), LABELS)
    reader.close()


def test_a_file_that_kills_its_reader_is_damaged_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly = tmp_path / "deadly.py"
    code = mat_files.SCRIPT.read_text()
    begin = "    try:\n        found"
    assert begin in code
    deadly.write_text(
        code.replace(begin, "    if content == b'kill': import os; os._exit(139)\n" + begin)
    )
    monkeypatch.setattr(mat_files, "SCRIPT", deadly)
    reader = MatReader()
    with pytest.raises(ValueError, match=r"cannot read a.mat: it is damaged"):
        reader(b"kill", "a.mat")
    np.testing.assert_array_equal(reader(mat(), "b.mat"), LABELS)
    reader.close()


def test_a_file_that_hangs_its_reader_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(mat_files, "SCRIPT", slow)
    with pytest.raises(ValueError, match=r"not done in 0.2 seconds"):
        MatReader(timeout=0.2)(mat(), "a.mat")


def test_a_reader_can_go_to_another_process() -> None:
    reader = pickle.loads(pickle.dumps(MatReader()))
    np.testing.assert_array_equal(reader(mat(), "a.mat"), LABELS)
    reader.close()
