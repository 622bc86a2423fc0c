"""Files are written whole or not at all."""

import errno

import numpy as np
import pytest
import tifffile
from matplotlib.figure import Figure

from napari_faseg.cli.files import read_image, write_figure, write_labels, write_text


def test_more_than_255_objects_are_written_as_int32(tmp_path):
    labels = np.arange(400, dtype=np.int32).reshape(20, 20)
    write_labels(tmp_path / "labels.tif", labels)
    read = tifffile.imread(tmp_path / "labels.tif")
    assert read.dtype == np.int32
    np.testing.assert_array_equal(read, labels)


def test_an_image_without_pixels_can_still_be_written_and_read(tmp_path):
    write_labels(tmp_path / "labels.tif", np.zeros((1, 1), dtype=np.int32))
    assert read_image(tmp_path / "labels.tif").shape == (1, 1)


def test_a_folder_in_the_place_of_the_file_is_refused_and_leaves_no_part_behind(tmp_path):
    (tmp_path / "scores.json").mkdir()
    with pytest.raises(OSError, match="scores"):
        write_text(tmp_path / "scores.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["scores.json"]


def test_a_file_gets_the_permissions_that_the_user_has_chosen(tmp_path):
    write_text(tmp_path / "scores.json", "{}")
    (tmp_path / "plain").touch()
    assert (tmp_path / "scores.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_labels_in_the_place_of_a_folder_are_refused(tmp_path):
    (tmp_path / "labels.tif").mkdir()
    with pytest.raises(IsADirectoryError, match="expected a file, got the folder"):
        write_labels(tmp_path / "labels.tif", np.zeros((2, 2), np.int32))


def test_a_figure_without_an_ending_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match=r"expected a file that ends in \.png, .*, got .*curves"):
        write_figure(tmp_path / "curves", Figure())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_the_name_of_the_file_that_was_asked_for(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("napari_faseg._durable.os.fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/scores\.json'") as told:
        write_text(tmp_path / "scores.json", "{}")
    assert told.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []
