"""Files are written whole or not at all."""

import numpy as np
import pytest
import tifffile

from napari_faseg.cli.files import read_image, write_labels, write_text


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
