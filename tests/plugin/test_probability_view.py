"""Layers of the probability and the uncertainty: there while they are wanted, and up to date."""

import numpy as np
import pytest

from napari_faseg.interaction import Click
from napari_faseg.interaction.uncertainty import uncertainty_of
from napari_faseg.plugin.annotator import start
from tests.fakes import DiscPredictor, discs
from tests.plugin.conftest import SHAPE

SHOWN = {"probability": lambda found: found, "uncertainty": uncertainty_of}


@pytest.fixture(params=SHOWN)
def shown(request):
    return request.param


def values(viewer, shown, name="image"):
    return viewer.layers[f"{name} {shown}"].data


def wanted(shown, *positions):
    return SHOWN[shown](discs([Click(*at) for at in positions], SHAPE, 3))


def test_a_layer_follows_each_click_and_goes_when_it_is_switched_off(viewer, annotator, shown):
    annotator.prompts.positive.add((10, 10))
    setattr(annotator, f"show_{shown}", True)
    assert np.array_equal(values(viewer, shown), wanted(shown, (10, 10)))
    annotator.prompts.positive.add((20, 20))
    assert np.array_equal(values(viewer, shown), wanted(shown, (10, 10), (20, 20)))
    annotator.undo()
    assert np.array_equal(values(viewer, shown), wanted(shown, (10, 10)))
    annotator.finish()
    assert not values(viewer, shown).any()
    setattr(annotator, f"show_{shown}", False)
    assert f"image {shown}" not in viewer.layers
    assert not getattr(annotator, f"show_{shown}")


def test_a_layer_that_the_person_removed_comes_back_with_the_next_click(viewer, annotator, shown):
    setattr(annotator, f"show_{shown}", True)
    viewer.layers.remove(f"image {shown}")
    annotator.prompts.positive.add((10, 10))
    assert np.array_equal(values(viewer, shown), wanted(shown, (10, 10)))


def test_the_active_layer_stays_that_of_the_clicks(viewer, annotator, shown):
    setattr(annotator, f"show_{shown}", True)
    assert viewer.layers.selection.active is annotator.prompts.positive


def test_both_are_gone_with_the_session(viewer, annotator):
    annotator.show_probability = annotator.show_uncertainty = True
    assert len(viewer.layers) == 6
    annotator.close()
    assert [layer.name for layer in viewer.layers] == ["image", "image objects"]


def test_each_plane_has_its_own(viewer, shown):
    volume = viewer.add_image(np.zeros((2, *SHAPE), np.uint8), name="volume")
    viewer.dims.set_point(0, 0)
    annotator = start(viewer, volume, DiscPredictor(radius=3))
    setattr(annotator, f"show_{shown}", True)
    for z, at in enumerate(((10, 10), (20, 20))):
        viewer.dims.set_point(0, z)
        annotator.prompts.positive.add((z, *at))
        assert np.array_equal(values(viewer, shown, "volume")[z], wanted(shown, at))
    annotator.close()
