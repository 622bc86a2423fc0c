"""`faseg demo`: a window where there is one, files where there is none."""

import sys

import numpy as np
import pytest
import skimage.io
import tifffile
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.demo import DEMO_CLICKS, demo_image, segment_demo

HEIGHT, WIDTH = 303, 384


class OwnPixel:
    """The object is the pixels of the positive clicks."""

    @classmethod
    def from_weights(cls):
        return cls()

    def set_image(self, image):
        self.shape = image.shape[:2]

    def predict(self, clicks, previous):
        probability = np.zeros(self.shape, dtype=np.float32)
        for click in clicks:
            probability[click.pixel] = click.positive
        return probability


@pytest.fixture(autouse=True)
def fake_network(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_faseg.interaction.NetPredictor", OwnPixel)
    monkeypatch.chdir(tmp_path)


def test_the_photograph_ships_with_scikit_image():
    assert demo_image().shape == (HEIGHT, WIDTH)


def test_each_object_of_the_demo_gets_the_label_of_its_place_in_the_list():
    demo = segment_demo(OwnPixel())
    for label, clicks in enumerate(demo.clicks, start=1):
        for click in clicks:
            assert (demo.labels[click.pixel] == label) == click.positive
    assert demo.labels.max() == len(DEMO_CLICKS)


def test_without_a_window_it_writes_labels_and_a_picture_and_says_where():
    answer = CliRunner().invoke(app, ["demo", "--no-window", "--output", "out"])
    assert answer.exit_code == 0, answer.output
    assert tifffile.imread("out/faseg-demo-labels.tif").shape == (HEIGHT, WIDTH)
    assert skimage.io.imread("out/faseg-demo-picture.png").shape == (HEIGHT, WIDTH, 3)
    assert "labels.tif" in answer.output
    assert "picture.png" in answer.output


def test_a_folder_with_labels_and_a_picture_of_ones_own_keeps_them(tmp_path):
    own = [tmp_path / "labels.tif", tmp_path / "picture.png"]
    for file in own:
        file.write_bytes(b"mine")
    for _ in range(2):  # what the demo itself has written, it replaces
        answer = CliRunner().invoke(app, ["demo", "--no-window", "--output", str(tmp_path)])
        assert answer.exit_code == 0, answer.output
    assert [file.read_bytes() for file in own] == [b"mine", b"mine"]


def test_where_no_window_opens_it_says_why_and_writes_the_files(monkeypatch):
    broken = (sys.executable, "-c", "import sys; sys.exit('there is no display')")
    monkeypatch.setattr("napari_faseg.cli.demo.WINDOW", broken)
    answer = CliRunner().invoke(app, ["demo", "--output", "out"])
    assert answer.exit_code == 0, answer.output
    assert "(there is no display)" in answer.output
    assert tifffile.imread("out/faseg-demo-labels.tif").shape == (HEIGHT, WIDTH)


def test_a_window_that_was_closed_leaves_no_files(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_faseg.cli.demo.WINDOW", (sys.executable, "-c", ""))
    answer = CliRunner().invoke(app, ["demo", "--output", "out"])
    assert answer.exit_code == 0, answer.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_faseg.interaction.NetPredictor", None)
    (tmp_path / "notes").write_text("mine")
    answer = CliRunner().invoke(app, ["demo", "--no-window", "--output", "notes"])
    assert answer.exit_code == 1
    assert answer.stderr == "faseg: expected a folder for the files, got the file notes\n"
