"""The demonstration is right with the weights of the package."""

import numpy as np
import pytest
from skimage.draw import polygon2mask

from napari_faseg import NetPredictor
from napari_faseg.demo import demo_image, segment_demo
from napari_faseg.evaluation import iou

# Drawn by hand around the cup without its handle: rows of y, x.
CUP_OUTLINE = np.array([
    (90, 172), (55, 190), (28, 230), (20, 290), (28, 350), (58, 395), (95, 412), (130, 408),
    (190, 395), (230, 375), (250, 340), (262, 300), (258, 250), (240, 215), (200, 190), (140, 176),
])  # fmt: skip


@pytest.fixture(scope="module")
def demo():
    return segment_demo(NetPredictor.from_weights(device="cpu"))


def test_the_first_object_is_the_cup(demo):
    cup = polygon2mask(demo_image().shape[:2], CUP_OUTLINE)
    assert iou(demo.labels == 1, cup) > 0.8


def test_every_click_got_its_way(demo):
    for label, clicks in enumerate(demo.clicks, start=1):
        for click in clicks:
            assert (demo.labels[click.pixel] == label) == click.positive
