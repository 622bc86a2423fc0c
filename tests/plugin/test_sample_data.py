import socket

import numpy as np
import pytest

from napari_faseg.plugin import sample_data


def no_network(*args, **kwargs):
    raise OSError("a sample image asked for the network")


@pytest.mark.parametrize(
    ("sample", "shape"),
    [
        (sample_data.cat, (300, 451, 3)),
        (sample_data.coffee, (400, 600, 3)),
        (sample_data.coins, (303, 384)),
    ],
)
def test_a_sample_is_one_image_that_needs_no_network(monkeypatch, viewer, sample, shape):
    monkeypatch.setattr(socket, "socket", no_network)
    [(image, options, kind)] = sample()
    assert (image.shape, image.dtype, kind) == (shape, np.uint8, "image")
    layer = viewer.add_image(image, **options)
    assert layer.rgb is (len(shape) == 3)
