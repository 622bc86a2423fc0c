"""`faseg segment`: clicks in, a label file out, and one sentence when something is wrong."""

import errno

import numpy as np
import pytest
import skimage.io
import tifffile
from typer.testing import CliRunner

from napari_faseg.cli import app


class SquarePredictor:
    """The object is an 11 x 11 square about each positive click, less those of negative clicks."""

    @classmethod
    def from_weights(cls, name_or_path, **options):
        if name_or_path != "default":
            raise ValueError(f"expected the name of weights, got {name_or_path!r}")
        return cls()

    def set_image(self, image):
        self.shape = image.shape[:2]

    def predict(self, clicks, previous):
        probability = np.zeros(self.shape, dtype=np.float32)
        for click in clicks:
            y, x = int(click.y), int(click.x)
            probability[max(y - 5, 0) : y + 6, max(x - 5, 0) : x + 6] = click.positive
        return probability


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_faseg.interaction.NetPredictor", SquarePredictor)
    monkeypatch.chdir(tmp_path)
    skimage.io.imsave("image.png", np.zeros((40, 60, 3), dtype=np.uint8), check_contrast=False)
    return tmp_path


def faseg(*arguments):
    return CliRunner().invoke(app, ["segment", *arguments])


def test_a_positive_click_writes_its_object_as_label_one():
    answer = faseg("image.png", "--positive", "20,30", "--output", "labels.tif")
    assert answer.exit_code == 0, answer.output
    labels = tifffile.imread("labels.tif")
    expected = np.zeros((40, 60), dtype=np.uint8)
    expected[15:26, 25:36] = 1
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, expected)
    assert "121 of 2400 pixels" in answer.output


def test_options_can_be_repeated_in_any_order():
    clicks = ["--positive", "10,10", "--negative", "14,14", "--positive", "20,30"]
    assert faseg("image.png", *clicks, "--output", "one.tif").exit_code == 0
    assert faseg("image.png", *clicks[2:], *clicks[:2], "--output", "two.tif").exit_code == 0
    one, two = tifffile.imread("one.tif"), tifffile.imread("two.tif")
    np.testing.assert_array_equal(one, two)
    assert one[6, 6] == 1
    assert one[20, 30] == 1
    assert one[14, 14] == 0


def test_the_picture_shows_object_and_clicks_on_the_image():
    arguments = ("--positive", "20,30", "--output", "labels.tif", "--picture", "picture.png")
    result = faseg("image.png", *arguments)
    assert result.exit_code == 0
    assert "the object and 1 click\n" in result.output
    picture = skimage.io.imread("picture.png")
    assert picture.shape == (40, 60, 3)
    assert tuple(picture[20, 30]) == (0, 170, 70)
    assert tuple(picture[15, 25]) == (255, 255, 255)
    assert not picture[0, 0].any()


def test_all_files_are_written_where_nobody_reads_what_is_said(folder, monkeypatch):
    def echo(*_, **__):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("typer.echo", echo)
    arguments = ("--positive", "20,30", "--output", "labels.tif", "--picture", "picture.png")
    faseg("image.png", *arguments)
    names = {path.name for path in folder.iterdir()}
    assert names == {"image.png", "labels.tif", "picture.png"}


def test_an_existing_file_is_replaced_and_nothing_else_is_left_behind(folder):
    (folder / "labels.tif").write_text("old")
    assert faseg("image.png", "--positive", "20,30", "--output", "labels.tif").exit_code == 0
    assert tifffile.imread("labels.tif").max() == 1
    assert sorted(path.name for path in folder.iterdir()) == ["image.png", "labels.tif"]


def test_a_failure_leaves_the_existing_file_as_it_was(folder):
    (folder / "labels.tif").write_text("old")
    assert faseg("image.png", "--positive", "99,99", "--output", "labels.tif").exit_code == 1
    assert (folder / "labels.tif").read_text() == "old"


@pytest.mark.parametrize("text", ["20", "20,30,40", "a,b", "", "20;30", "nan,1"])
def test_a_click_that_cannot_be_read_is_refused_in_one_sentence(text):
    answer = faseg("image.png", "--positive", text, "--output", "labels.tif")
    assert answer.exit_code == 2
    assert f"expected Y,X in pixels such as 120,85, got {text!r}" in answer.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["image.png", "--output", "labels.tif"], "expected at least one click"),
        (["image.png", "--positive", "1,1", "--output", "labels.jpg"], "ends in .tif or .tiff"),
        (["image.png", "--positive", "1,1", "--output", "no/labels.tif"], "existing folder"),
        (["image.png", "--positive", "-1,1", "--output", "labels.tif"], "(-1, 1)"),
        (["text.png", "--positive", "1,1", "--output", "labels.tif"], "expected an image file"),
        (["stack.tif", "--positive", "1,1", "--output", "labels.tif"], "(2, 5, 40, 60)"),
        (
            ["image.png", "--positive", "1,1", "--output", "labels.tif", "--weights", "none"],
            "expected the name of weights, got 'none'",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence_without_a_traceback(folder, arguments, sentence):
    (folder / "text.png").write_text("not an image")
    tifffile.imwrite("stack.tif", np.zeros((2, 5, 40, 60), dtype=np.uint8))
    answer = faseg(*arguments)
    assert answer.exit_code == 1
    assert sentence in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert answer.stderr.startswith("faseg: ")
    assert not (folder / "labels.tif").exists()


def test_a_missing_image_is_told_by_its_name():
    answer = faseg("missing.png", "--positive", "1,1", "--output", "labels.tif")
    assert answer.exit_code == 2
    assert "missing.png" in answer.output


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        (["--output", "image.tif"], "expected an output that is not read as well, got image.tif"),
        (["--output", "./link.tif"], "expected an output that is not read as well, got link.tif"),
        (["--output", "a.tif", "--picture", "image.tif"], "not read as well, got image.tif"),
        (["--output", "a.tif", "--picture", "a.tif"], "a.tif for --output and --picture"),
    ],
)
def test_no_output_takes_the_place_of_the_image_or_of_another_one(folder, outputs, sentence):
    tifffile.imwrite("image.tif", np.zeros((40, 60), dtype=np.uint8))
    (folder / "link.tif").hardlink_to("image.tif")
    before = (folder / "image.tif").read_bytes()
    answer = faseg("image.tif", "--positive", "20,30", *outputs)
    assert answer.exit_code == 1
    assert sentence in answer.stderr
    assert (folder / "image.tif").read_bytes() == before
    assert not (folder / "a.tif").exists()


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        ("picture", "expected a file that ends in .png"),
        ("picture.xyz", "expected a file that ends in .png"),
        ("nowhere/picture.png", "expected a file in an existing folder"),
    ],
)
def test_a_picture_that_cannot_be_written_is_refused_before_the_work(folder, picture, sentence):
    clicks = "--positive", "20,30"
    answer = faseg("image.png", *clicks, "--output", "labels.tif", "--picture", picture)
    assert answer.exit_code == 1
    assert sentence in answer.stderr
    assert [path.name for path in folder.iterdir()] == ["image.png"]
