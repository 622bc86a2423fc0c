"""Files are written whole or not at all."""

import errno
import os
import struct
import zlib

import numpy as np
import pytest
import skimage.io
import tifffile
from imageio.config import known_plugins
from matplotlib.figure import Figure
from PIL import Image

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


COLOURS = np.zeros((24, 32, 3), np.uint8)
COLOURS[:12, :16], COLOURS[:12, 16:], COLOURS[12:] = (200, 30, 40), (20, 180, 60), (250, 240, 10)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.jpg", "CMYK"),
        ("a.tif", "CMYK"),
        ("a.tif", "P"),
        ("a.png", "P"),
        ("a.tif", "YCbCr"),
        ("a.tif", "RGB"),
    ],
)
def test_colours_of_any_kind_are_read_as_red_green_and_blue(name, mode, tmp_path):
    picture = Image.fromarray(COLOURS)
    (picture.quantize() if mode == "P" else picture.convert(mode)).save(tmp_path / name)
    read = read_image(tmp_path / name)
    assert read.shape == COLOURS.shape
    assert np.abs(read.astype(int) - COLOURS).mean() < 6


def test_colours_that_cannot_be_turned_into_red_green_and_blue_are_refused(tmp_path):
    pixels = Image.frombytes("LAB", (4, 4), bytes(range(48)))
    pixels.save(tmp_path / "a.tif")
    with pytest.raises(ValueError, match="expected grey or colours of a screen or printer, got"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_a_gif_of_one_frame_is_an_image(mode, tmp_path):
    Image.new(mode, (50, 40), 7 if mode != "RGB" else (7, 7, 7)).save(tmp_path / "a.gif")
    assert read_image(tmp_path / "a.gif").shape == (40, 50, 3)


def test_grey_with_alpha_is_grey(tmp_path):
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Image.merge("LA", [Image.fromarray(grey), Image.new("L", (4, 3), 255)]).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), np.stack([grey] * 3, axis=-1))


def test_the_numbers_of_16_bits_stay_as_they_are(tmp_path):
    values = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    skimage.io.imsave(tmp_path / "a.png", values, check_contrast=False)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack")
    for name in ("a.png", "a.tif"):
        read = read_image(tmp_path / name)
        assert read.dtype == np.uint16
        np.testing.assert_array_equal(read, values)


@pytest.mark.parametrize(
    "error",
    [zlib.error("Error -5"), struct.error("no"), MemoryError(), ZeroDivisionError(), EOFError("x")],
)
def test_a_file_that_cannot_be_read_for_any_reason_is_refused_in_one_sentence(error, tmp_path):
    def read(path):
        raise error

    with pytest.raises(ValueError, match="expected an image file, got .*a.tif: .+"):
        read_image(tmp_path / "a.tif", read)


@pytest.mark.parametrize("kept", [0, 1, 3, 8, 100, -60])
@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
def test_a_file_that_was_cut_off_is_refused_in_one_sentence(kept, name, tmp_path):
    rng = np.random.default_rng(0)
    file = tmp_path / name
    Image.fromarray(rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(file)
    if name == "a.tif":
        tifffile.imwrite(file, rng.integers(0, 255, (40, 40), dtype=np.uint8), compression="zlib")
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ValueError, match=f"expected an image file, got .*{name}: .+"):
        read_image(file)


def test_an_image_may_have_as_many_pixels_as_napari_segments(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_faseg.cli.files.MOST_PIXELS", 400)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 100)
    Image.new("L", (20, 20)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").shape == (20, 20)
    Image.new("L", (20, 21)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"expected an image file, got .*a\.png: .*exceeds limit"):
        read_image(tmp_path / "a.png")


def test_a_name_that_is_no_utf8_is_written_so_that_the_file_is(tmp_path):
    write_text(tmp_path / "scores.csv", f"image,clicks\n{os.fsdecode(b'a' + bytes([255]))}.png,3\n")
    assert (tmp_path / "scores.csv").read_text("utf-8") == "image,clicks\na\\udcff.png,3\n"


class CrashingReader:
    """Stands for OpenCV, which ends the process at a file name that is not UTF-8."""

    @property
    def plugin_class(self):
        raise MemoryError("a crash")


def test_no_file_is_ever_given_to_opencv(tmp_path, monkeypatch):
    monkeypatch.setitem(known_plugins, "opencv", CrashingReader())
    path = tmp_path / "notes.txt"
    path.write_text("no image")
    with pytest.raises(ValueError, match=r"expected an image file, got .*no format that is known"):
        read_image(path)


def test_formats_beside_those_of_data_sets_are_read_as_they_are(tmp_path):
    image = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    Image.fromarray(image).save(tmp_path / "image.ppm")
    np.testing.assert_array_equal(read_image(tmp_path / "image.ppm"), image)
