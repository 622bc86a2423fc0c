"""The demonstration is right with the weights of the package."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import sobel
from skimage.segmentation import watershed

from napari_faseg import NetPredictor
from napari_faseg.demo import demo_image, segment_demo
from napari_faseg.evaluation import iou

DARK, BRIGHT = 30, 150  # grey values that are surely table and surely coin


@pytest.fixture(scope="module")
def demo():
    return segment_demo(NetPredictor.from_weights(device="cpu"))


@pytest.fixture(scope="module")
def coins():
    """Label all coins the classical way: a watershed of the edges between sure markers."""
    image = demo_image()
    markers = np.where(image < DARK, 1, np.where(image > BRIGHT, 2, 0))
    return ndimage.label(ndimage.binary_fill_holes(watershed(sobel(image), markers) == 2))[0]


def test_every_object_is_the_coin_that_was_clicked(demo, coins):
    for label, clicks in enumerate(demo.clicks, start=1):
        coin = coins == coins[clicks[0].pixel]
        assert iou(demo.labels == label, coin) > 0.85


def test_every_click_got_its_way(demo):
    for label, clicks in enumerate(demo.clicks, start=1):
        for click in clicks:
            assert (demo.labels[click.pixel] == label) == click.positive
