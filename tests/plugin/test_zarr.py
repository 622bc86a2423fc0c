"""Images on the disk as zarr: only the chunks of the planes that are segmented are read."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg.interaction import Click
from napari_faseg.plugin.annotator import start
from tests.fakes import DiscPredictor, discs
from tests.plugin.gestures import click

zarr = pytest.importorskip("zarr", minversion="3")
da = pytest.importorskip("dask.array")

from zarr.storage import LocalStore  # noqa: E402

SHAPE, CHUNKS = (2, 6, 16, 20), (1, 1, 8, 10)  # time or channel, z, y, x
SHOWN_FIRST, SHOWN_NEXT = 3, 5


class CountingStore(LocalStore):
    """A folder that remembers the first two indices of every chunk that was read."""

    def __init__(self, root):
        super().__init__(root)
        self.planes = set()

    async def get(self, key, prototype, byte_range=None):
        if key.startswith("c/"):
            self.planes.add(tuple(map(int, key.split("/")[1:3])))
        return await super().get(key, prototype, byte_range)


class Seeing(DiscPredictor):
    def __init__(self):
        super().__init__(radius=2)
        self.seen = []

    def set_image(self, image):
        super().set_image(image)
        self.seen.append(np.asarray(image))


def pixels():
    return np.random.default_rng(0).integers(0, 60000, SHAPE, np.uint16)


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "cells.zarr"
    zarr.create_array(LocalStore(path), data=pixels(), chunks=CHUNKS)
    return CountingStore(path)


@pytest.fixture(params=["zarr", "dask"])
def lazy(request, store):
    array = zarr.open_array(store, mode="r+")
    return array if request.param == "zarr" else da.from_zarr(array)


def opened(lazy, store):
    """Open it in a viewer that shows one plane, and forget what napari has read for itself."""
    viewer = ViewerModel()
    image = viewer.add_image(lazy, contrast_limits=(0, 65535), name="cells")
    viewer.dims.point = (1, SHOWN_FIRST, 0, 0)
    store.planes.clear()
    return viewer, image


def segment_two_planes(viewer, image, place, **choice):
    predictor = Seeing()
    annotator = start(viewer, image, predictor, resume=True, **choice)
    for z in (SHOWN_FIRST, SHOWN_NEXT):
        viewer.dims.set_point(1, z)
        annotator.buttons.select()
        click(viewer, (1, z, 8, 9))
        annotator.finish()
    found = annotator.painter.layer.data
    for label, z in enumerate((SHOWN_FIRST, SHOWN_NEXT), start=1):
        wanted = discs([Click(8, 9)], SHAPE[-2:], 2) > 0.5
        assert np.array_equal(found[place(z)] == label, wanted)
    annotator.close()
    return predictor.seen


def test_only_the_chunks_of_two_segmented_planes_are_read(lazy, store):
    viewer, image = opened(lazy, store)
    seen = segment_two_planes(viewer, image, lambda z: (1, z))
    assert store.planes == {(1, SHOWN_FIRST), (1, SHOWN_NEXT)}
    for shown, z in zip(seen, (SHOWN_FIRST, SHOWN_NEXT), strict=True):
        assert np.array_equal(shown, pixels()[1, z])


def test_of_channels_on_the_disk_those_of_the_segmented_planes_are_read(lazy, store):
    viewer, image = opened(lazy, store)
    seen = segment_two_planes(viewer, image, lambda z: z, channel_axis=0, channels=(1, 0))
    assert store.planes == {(c, z) for c in (0, 1) for z in (SHOWN_FIRST, SHOWN_NEXT)}
    assert np.array_equal(seen[1], np.moveaxis(pixels()[[1, 0], SHOWN_NEXT], 0, -1))
