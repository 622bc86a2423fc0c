"""What a session has left in the viewer is not seen below what it goes on with."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg.plugin.annotator import Annotator, start
from tests.fakes import DiscPredictor
from tests.plugin.conftest import SHAPE


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sentences: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_info", sentences.append)
    return sentences


def begin(viewer: ViewerModel, *, resume: bool = True) -> Annotator:
    return start(viewer, viewer.layers[0], DiscPredictor(radius=3), resume=resume)


def work(annotator: Annotator) -> None:
    annotator.prompts.positive.add((10,) * annotator.painter.layer.ndim)
    annotator.finish()


def test_an_object_that_is_deleted_after_another_start_is_seen_nowhere(told: list[str]) -> None:
    viewer = ViewerModel()
    viewer.add_image(np.zeros(SHAPE, np.uint8), name="image")
    first = begin(viewer)
    work(first)
    before = first.painter.layer.data.copy()
    first.close()
    told.clear()
    second = begin(viewer)
    second.delete(1)
    assert [each.name for each in viewer.layers if each.visible][1] == "image objects [1]"
    assert not first.painter.layer.visible
    np.testing.assert_array_equal(first.painter.layer.data, before)
    assert "image objects is hidden: this session goes on in image objects [1]." in told
    first.painter.layer.visible = True
    work(second)
    assert first.painter.layer.visible  # shown again by a person, it stays so
    second.close()


def test_layers_of_other_sessions_and_of_ones_own_stay_as_they_are(told: list[str]) -> None:
    viewer = ViewerModel()
    viewer.add_image(np.zeros(SHAPE, np.uint8), name="image")
    own = viewer.add_labels(np.ones(SHAPE, int))
    first = begin(viewer)
    work(first)
    first.close()
    second = begin(viewer, resume=False)
    work(second)
    assert own.visible
    assert first.painter.layer.visible
    assert not [sentence for sentence in told if "hidden" in sentence]
    second.close()


def test_so_it_is_on_a_stack(told: list[str]) -> None:
    viewer = ViewerModel()
    viewer.add_image(np.zeros((12, *SHAPE), np.uint8), name="stack")
    viewer.dims.set_point(0, 10)
    first = begin(viewer)
    work(first)
    first.close()
    second = begin(viewer)
    assert not first.painter.layer.visible
    second.close()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("shape", [SHAPE, (4, *SHAPE)])
def test_in_the_layer_that_a_session_has_left_it_goes_on_with_the_object_in_progress(
    told: list[str], shape: tuple[int, ...], overwrite: bool
) -> None:
    viewer = ViewerModel()
    image = viewer.add_image(np.zeros(shape, np.uint8), name="image")
    viewer.dims.set_point(range(len(shape) - 2), [2] * (len(shape) - 2))
    plane = (2,) * (len(shape) - 2)
    first = begin(viewer)
    first.overwrite = overwrite
    for place in ((5, 5), (30, 30), (10, 10)):
        first.prompts.positive.add((*plane, *place))
        if place != (10, 10):
            first.finish()
    first.delete(2)  # so that the object in progress has a label that no new one would get
    first.prompts.positive.add((*plane, 12, 10))
    left, clicks, objects = first.painter.layer.data.copy(), first.prompts.clicks(), first.painter
    first.close()
    again = start(viewer, image, DiscPredictor(radius=3), resume=True, objects=objects.layer)
    again.overwrite = overwrite
    np.testing.assert_array_equal(objects.layer.data, left)
    assert again.prompts.clicks() == clicks
    again.prompts.positive.data = again.prompts.positive.data[:1]
    assert objects.layer.data[(*plane, 15, 10)] == 0, "the mask follows"
    again.finish()
    assert objects.layer.data[(*plane, 10, 10)] == 3
    again.reopen(1)
    assert len(again.prompts.clicks()) == 1
    again.close()
