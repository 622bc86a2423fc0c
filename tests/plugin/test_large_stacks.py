"""Stacks of which only a few planes are worked on: what their layers take, and where that ends."""

import sys

import numpy as np
import psutil
import pytest

from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.overlay import Overlay
from tests.fakes import DiscPredictor

PLANE = (40, 50)
HUGE = (2**20, 2**20, *PLANE)  # no machine has addresses for a layer of it
SENTENCE = (
    "expected 8,796,093.0 GB of memory for the layer lapse objects, 4 bytes for each of 1048576 x "
    "1048576 x 40 x 50 voxels, got a system that does not give so much"
)


def add_stack(viewer, shape):
    """Add an image that takes the memory of one plane."""
    data = np.broadcast_to(np.zeros(shape[-2:], np.uint8), shape)
    image = viewer.add_image(data, name="lapse", contrast_limits=(0, 255))
    viewer.dims.set_point((0, 1), (0, 0))
    return image


def test_a_stack_whose_objects_do_not_fit_into_memory_is_refused_in_one_sentence(viewer):
    image = add_stack(viewer, HUGE)
    with pytest.raises(MemoryError) as refusal:
        start(viewer, image, DiscPredictor(radius=3))
    told = str(refusal.value)
    assert told.startswith(SENTENCE)
    assert told.endswith("GB are free): crop the image, or open a part of it")
    assert list(viewer.layers) == [image]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured on Linux")
def test_a_layer_of_objects_takes_memory_for_the_planes_that_have_some(viewer):
    image = add_stack(viewer, (750, 1000, 1000))
    process = psutil.Process()
    before = process.memory_info().rss
    annotator = start(viewer, image, DiscPredictor(radius=3))
    annotator.prompts.positive.add((0, 500, 500))
    annotator.finish()
    layer = annotator.painter.layer
    annotator.close()
    assert layer.data.nbytes == 3 * 10**9
    assert process.memory_info().rss - before < layer.data.nbytes / 10


@pytest.mark.parametrize("name", ["probability", "uncertainty"])
def test_a_view_that_does_not_fit_into_memory_is_told_and_the_session_goes_on(
    viewer, annotator, name, monkeypatch
):
    told = []
    monkeypatch.setattr("napari_faseg.plugin.actions.show_warning", told.append)
    view = getattr(annotator, f"_{name}")
    view._overlay = Overlay(add_stack(viewer, HUGE))
    setattr(annotator, f"show_{name}", True)
    [sentence] = told
    assert sentence.startswith(SENTENCE.replace("objects", name))
    assert not getattr(annotator, f"show_{name}")
    annotator.prompts.positive.add((20, 20))
    annotator.finish()
    assert annotator.painter.layer.data[20, 20] == 1
    assert len(told) == 1
