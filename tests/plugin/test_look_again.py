"""The image is encoded again when a network would see it otherwise, and not for anything else."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg.interaction import Click
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.plugin.annotator import Annotator, start
from tests.fakes import DiscPredictor, discs
from tests.plugin.hand_cranked import HandCrankedRunner

SHAPE = (3, 20, 24)


class Brightest(DiscPredictor):
    """Answers with discs where the image is bright, and remembers what it was shown."""

    def __init__(self):
        super().__init__(radius=3)
        self.seen = []

    def set_image(self, image):
        super().set_image(image)
        self.seen.append(np.array(image))

    def predict(self, clicks, previous):
        image = self.seen[-1]
        image = image if image.ndim == 2 else image[:, :, 0]
        return np.where(image > 127, super().predict(clicks, previous), np.float32(0.1))


@pytest.fixture
def predictor():
    return Brightest()


@pytest.fixture
def image(viewer):
    """Columns that become brighter from left to right; three channels, or planes, of them."""
    data = np.broadcast_to(np.arange(24) * 10, SHAPE).astype(np.uint16)
    return viewer.add_image(data * np.array([1, 2, 3], np.uint16)[:, None, None], name="image")


def begin(viewer, image, predictor, **choice):
    viewer.dims.set_point(0, 0)
    image.contrast_limits = (0, 100)  # columns from 5 on are bright
    return start(viewer, image, predictor, channel_axis=0, channels=(0,), **choice)


def columns(annotator):
    return sorted(set(np.nonzero(annotator.painter.layer.data)[-1].tolist()))


# What is seen otherwise


def test_another_contrast_is_looked_at_and_the_clicks_are_answered_again(viewer, image, predictor):
    annotator = begin(viewer, image, predictor)
    annotator.prompts.positive.add((10, 5))
    annotator.prompts.positive.add((10, 9))
    assert columns(annotator) == [5, 6, 7, 8, 9, 10, 11, 12]
    image.contrast_limits = (0, 200)  # columns from 10 on are bright
    assert len(predictor.seen) == 2
    assert columns(annotator) == [10, 11, 12]
    assert [len(clicks) for clicks, _ in predictor.calls] == [1, 2, 1, 2]
    assert predictor.calls[-2][1] is None
    assert predictor.calls[-1][1].max() <= np.float32(0.9)
    assert annotator.prompts.clicks() == (Click(10, 5), Click(10, 9))


def test_a_mask_that_was_finished_stays_as_it_was(viewer, image, predictor):
    annotator = begin(viewer, image, predictor)
    annotator.prompts.positive.add((10, 7))
    annotator.finish()
    image.contrast_limits = (0, 200)
    assert len(predictor.seen) == 2
    assert len(predictor.calls) == 1
    assert columns(annotator) == [5, 6, 7, 8, 9, 10]


def test_other_channels_are_looked_at(viewer, image, predictor):
    annotator = begin(viewer, image, predictor)
    annotator.prompts.positive.add((10, 4))
    annotator.channels = (1,)  # twice as bright: columns from 3 on
    assert annotator.channels == (1,)
    assert columns(annotator) == [3, 4, 5, 6, 7]
    annotator.channels = (2, 0)
    assert [seen.shape for seen in predictor.seen] == [(20, 24), (20, 24), (20, 24, 2)]


def test_percentiles_are_looked_at_when_they_change(viewer, image, predictor):
    annotator = begin(viewer, image, predictor)
    annotator.percentiles = (0, 100)
    annotator.percentiles = (0, 50)
    assert len(predictor.seen) == 3
    annotator.percentiles = None
    assert np.array_equal(predictor.seen[3], predictor.seen[0])


def test_other_data_of_the_same_shape_is_looked_at(viewer, image, predictor):
    annotator = begin(viewer, image, predictor)
    annotator.prompts.positive.add((10, 10))
    image.data = image.data[:, :, ::-1].copy()
    assert len(predictor.seen) == 2
    assert columns(annotator) == list(range(7, 14))
    assert np.array_equal(predictor.seen[1], predictor.seen[0][:, ::-1])


@pytest.mark.parametrize("shape", [(20, 24), (700, 900)])
def test_pixels_that_are_changed_in_place_are_looked_at_once_they_are_shown(
    viewer, predictor, shape
):
    data = np.broadcast_to(np.arange(shape[1]) * 10, shape).astype(np.float32)
    image = viewer.add_image(data, name="live", contrast_limits=(0, 100))
    annotator = start(viewer, image, predictor)
    annotator.prompts.positive.add((10, 10))
    assert len(predictor.seen) == 1
    data[:] = data[:, ::-1].copy()
    image.refresh()
    assert len(predictor.seen) == 2
    assert np.array_equal(predictor.seen[1], predictor.seen[0][:, ::-1])
    image.refresh()
    assert len(predictor.seen) == 2


def test_another_contrast_compares_no_pixels(viewer, image, predictor, monkeypatch):
    begin(viewer, image, predictor)
    read = []
    monkeypatch.setattr("napari_faseg.plugin.image_source.checksum", lambda *_: read.append(1))
    image.contrast_limits = (0, 200)
    assert not read
    image.refresh()
    assert read


def test_pixels_that_are_no_number_are_no_change(viewer, predictor):
    data = np.full((20, 24), np.nan, np.float32)
    data[5:] = 50
    image = viewer.add_image(data, contrast_limits=(0, 100))
    start(viewer, image, predictor)
    image.refresh()
    assert len(predictor.seen) == 1


def test_undo_goes_to_what_was_before_and_not_to_the_contrast_before(viewer, image, predictor):
    annotator = begin(viewer, image, predictor)
    annotator.prompts.positive.add((10, 9))
    annotator.prompts.positive.add((10, 15))
    image.contrast_limits = (0, 200)
    annotator.undo()
    assert annotator.prompts.clicks() == (Click(10, 9),)
    annotator.redo()
    assert columns(annotator) == list(range(10, 19))


# What is not


CHANGES = {
    "colormap": lambda layer: setattr(layer, "colormap", "viridis"),
    "opacity": lambda layer: setattr(layer, "opacity", 0.3),
    "blending": lambda layer: setattr(layer, "blending", "additive"),
    "name": lambda layer: setattr(layer, "name", "another name"),
    "visibility": lambda layer: setattr(layer, "visible", False),
    "gamma": lambda layer: setattr(layer, "gamma", 0.4),
    "interpolation": lambda layer: setattr(layer, "interpolation2d", "linear"),
    "range of the sliders": lambda layer: setattr(layer, "contrast_limits_range", (0, 5000)),
    "the same contrast": lambda layer: setattr(layer, "contrast_limits", (0, 100)),
    "the same data": lambda layer: setattr(layer, "data", layer.data),
    "a refresh": lambda layer: layer.refresh(),
    "metadata": lambda layer: layer.metadata.update(seen=True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_for_the_eyes_alone_is_not_looked_at(viewer, image, predictor, change):
    annotator = begin(viewer, image, predictor)
    annotator.prompts.positive.add((10, 9))
    CHANGES[change](image)
    annotator.channels = annotator.channels
    assert (len(predictor.seen), len(predictor.calls)) == (1, 1)


def test_contrast_does_not_count_where_percentiles_do(viewer, image, predictor):
    begin(viewer, image, predictor, percentiles=(1, 99))
    image.contrast_limits = (50, 60)
    assert len(predictor.seen) == 1


def test_contrast_does_not_count_for_colours(viewer, predictor):
    image = viewer.add_image(np.zeros((20, 24, 3), np.uint8), rgb=True)
    start(viewer, image, predictor)
    image.contrast_limits = (50, 60)
    assert len(predictor.seen) == 1


def test_a_choice_that_is_refused_changes_nothing(viewer, image, predictor):
    annotator = begin(viewer, image, predictor)
    with pytest.raises(ValueError, match="0 to 2, got \\(7,\\)"):
        annotator.channels = (7,)
    assert (annotator.channels, len(predictor.seen)) == ((0,), 1)


def test_nothing_is_looked_at_after_the_end(viewer, image, predictor):
    begin(viewer, image, predictor).close()
    image.contrast_limits = (0, 10)
    assert len(predictor.seen) == 1


# Planes that are not in front


def test_each_plane_is_looked_at_again_when_it_is_shown(viewer, image, predictor):
    viewer.dims.set_point(0, 0)
    image.contrast_limits = (0, 100)
    annotator = start(viewer, image, predictor)
    annotator.prompts.positive.add((0, 10, 9))
    viewer.dims.set_point(0, 1)
    annotator.prompts.positive.add((1, 10, 9))
    image.contrast_limits = (0, 200)
    assert len(predictor.seen) == 3
    viewer.dims.set_point(0, 0)
    assert len(predictor.seen) == 4
    assert np.nonzero(annotator.painter.layer.data[0])[1].min() == 10
    viewer.dims.set_point(0, 1)
    assert len(predictor.calls) == 4


# Faster than the predictor


@pytest.fixture
def runner():
    return HandCrankedRunner()


@pytest.fixture
def slow(viewer, image, predictor, runner):
    image.contrast_limits = (0, 100)
    annotator = Annotator(viewer, image, lambda: predictor, runner, channel_axis=0, channels=(0,))
    runner.turn_all()
    return annotator


def test_a_slider_that_is_dragged_is_looked_at_once(slow, image, predictor, runner):
    for white in range(101, 160):
        image.contrast_limits = (0, white)
    runner.turn_all()
    assert len(predictor.seen) == 2
    assert not slow._jobs.is_outdated


def test_a_click_after_another_contrast_is_answered_on_it(slow, image, predictor, runner):
    image.contrast_limits = (0, 200)
    slow.prompts.positive.add((10, 9))
    runner.turn_all()
    assert len(predictor.seen) == 2
    assert columns(slow) == [10, 11, 12]


def test_an_object_is_finished_as_it_looks_in_the_contrast_that_came_before(
    slow, image, predictor, runner
):
    slow.prompts.positive.add((10, 9))
    image.contrast_limits = (0, 200)
    slow.finish()
    runner.turn_all()
    assert columns(slow) == [10, 11, 12]
    assert slow.prompts.clicks() == ()


def test_a_contrast_that_changes_while_an_object_is_finished_is_looked_at_after_it(
    slow, image, predictor, runner
):
    slow.prompts.positive.add((10, 15))
    slow.finish()
    slow.prompts.positive.add((10, 9))
    image.contrast_limits = (0, 200)
    runner.turn_all()
    assert len(predictor.seen) == 2
    assert not slow._jobs.is_outdated
    data = slow.painter.layer.data
    assert sorted(set(np.nonzero(data == 2)[1].tolist())) == [10, 11]


def test_an_image_that_cannot_be_looked_at_again_is_told_and_tried_with_the_next_click(
    slow, image, predictor, runner
):
    told = []
    slow.failed.connect(told.append)
    slow.prompts.positive.add((10, 9))
    runner.turn_all()
    predictor.error = RuntimeError("the disk is gone")
    image.contrast_limits = (0, 200)
    runner.turn_all()
    assert told == ["the disk is gone"]
    predictor.error = None
    slow.prompts.positive.add((10, 15))
    runner.turn_all()
    assert columns(slow) == list(range(10, 19))


# Recorded


def recorded(data, **choice):
    viewer = ViewerModel()
    image = viewer.add_image(data, name="cells", contrast_limits=(0, 100))
    return image, start(viewer, image, Brightest(), resume=True, **choice)


def stored(folder):
    return [read_session(place) for place in sorted(folder.glob("*.faseg"))]


def test_a_recording_goes_on_and_says_how_the_image_looked(own_sessions):
    data = np.broadcast_to(np.arange(24) * 10, SHAPE[1:]).astype(np.uint16)
    image, annotator = recorded(data)
    annotator.prompts.positive.add((10, 9))
    image.contrast_limits = (0, 200)
    annotator.finish()
    labels = annotator.painter.layer.data.copy()
    annotator.close()
    [session] = stored(own_sessions)
    assert np.array_equal(session.state.labels, labels)
    facts = session.about.facts
    assert facts["view"]["contrast_limits"] == [0.0, 200.0]
    assert [view["contrast_limits"] for view in facts["earlier_views"]] == [[0.0, 100.0]]
    assert session.warnings == ()


def test_an_image_that_is_opened_again_has_no_other_look_behind_it(own_sessions):
    data = np.broadcast_to(np.arange(24) * 10, SHAPE[1:]).astype(np.uint16)
    for _ in range(2):
        _, annotator = recorded(data)
        annotator.prompts.positive.add((10, 9))
        annotator.finish()
        annotator.close()
    [session] = stored(own_sessions)
    assert "earlier_views" not in session.about.facts


def replace(image, data):
    image.data = data


def overwrite(image, data):
    image.data[:] = data
    image.refresh()


@pytest.mark.parametrize("change", [replace, overwrite])
def test_objects_on_other_data_are_recorded_in_a_folder_of_their_own(own_sessions, change):
    data = np.broadcast_to(np.arange(24) * 10, SHAPE[1:]).astype(np.uint16)
    image, first = recorded(data.copy())
    first.prompts.positive.add((10, 9))
    first.finish()
    change(image, data[:, ::-1].copy())
    first.prompts.positive.add((10, 2))
    first.finish()
    first.close()
    before, after = sorted(stored(own_sessions), key=lambda session: session.state.n_objects)
    assert (before.state.n_objects, after.state.n_objects) == (1, 2)
    assert before.about.image != after.about.image
    _, again = recorded(data.copy())
    assert np.array_equal(again.painter.layer.data > 0, discs([Click(10, 9)], SHAPE[1:], 3) > 0.5)
    again.close()
