import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from napari.components import ViewerModel
from napari.layers import Labels

from napari_faseg.interaction import Click
from napari_faseg.plugin.coordinates import Plane, full_resolution, transforms_of
from napari_faseg.plugin.overlay import Overlay

FLAT = Plane((0, 1), (0, 0), (40, 50))


def test_the_plane_of_a_flat_image_is_the_image(viewer, image):
    assert Overlay(image).plane(viewer) == FLAT


def test_the_plane_of_a_volume_is_the_one_on_screen(viewer):
    volume = viewer.add_image(np.zeros((5, 40, 50)), scale=(2, 1, 1))
    viewer.dims.set_point(0, 6)  # world; index 3
    plane = Overlay(volume).plane(viewer)
    assert (plane.axes, plane.index[0], plane.shape) == ((1, 2), 3, (40, 50))
    assert plane.fixed_axes == (0,)


def test_the_axes_of_a_plane_follow_the_order_of_the_viewer(viewer):
    volume = viewer.add_image(np.zeros((5, 40, 50)))
    viewer.dims.order = (1, 0, 2)
    assert Overlay(volume).plane(viewer).axes == (0, 2)


def test_a_flat_image_beside_a_volume_keeps_its_own_axes(viewer, image):
    viewer.add_image(np.zeros((5, 40, 50)))
    assert Overlay(image).plane(viewer) == FLAT


def test_the_channels_of_an_rgb_image_are_no_axis(viewer):
    rgb = viewer.add_image(np.zeros((40, 50, 3), np.uint8), rgb=True)
    assert Overlay(rgb).plane(viewer) == FLAT


def test_the_plane_of_a_multiscale_image_has_its_full_resolution(viewer):
    pyramid = viewer.add_image([np.zeros((40, 50)), np.zeros((20, 25))], multiscale=True)
    assert Overlay(pyramid).plane(viewer) == FLAT
    assert full_resolution(pyramid).shape == (40, 50)


def test_a_volume_seen_in_three_dimensions_is_refused_in_one_sentence(viewer):
    volume = viewer.add_image(np.zeros((5, 40, 50)), name="volume")
    viewer.dims.ndisplay = 3
    with pytest.raises(ValueError, match="expected a 2-D view of volume"):
        Overlay(volume).plane(viewer)


def test_an_axis_of_another_layer_on_screen_is_refused(viewer, image):
    viewer.add_image(np.zeros((5, 40, 50)))
    viewer.dims.order = (1, 0, 2)  # shows axis 0, which the flat image does not have
    with pytest.raises(ValueError, match="expected a 2-D view"):
        Overlay(image).plane(viewer)


@given(st.integers(0, 39), st.integers(0, 49), st.booleans())
def test_a_click_becomes_a_point_and_the_same_click_again(y, x, positive):
    plane = Plane((0, 2), (0, 7, 0), (40, 50))
    click = Click(y, x, positive)
    point = plane.to_point(click)
    assert tuple(point) == (y, 7, x)
    assert plane.to_click(point, positive=positive) == click


@pytest.mark.parametrize(
    "point", [(-0.6, 3), (39.5, 3), (3, -0.6), (3, 49.5), (np.float64("nan"), 3)]
)
def test_a_point_outside_the_image_is_no_click(point):
    if np.isnan(point).any():
        with pytest.raises(ValueError, match="finite"):
            FLAT.to_click(np.array(point))
    else:
        assert FLAT.to_click(np.array(point)) is None


@pytest.mark.parametrize("point", [(-0.5, -0.5), (39.4, 49.4)])
def test_a_point_in_the_half_pixel_at_the_border_is_a_click(point):
    assert FLAT.to_click(np.array(point)) == Click(*point)


def test_a_point_on_another_plane_is_no_click():
    plane = Plane((1, 2), (3, 0, 0), (40, 50))
    assert plane.to_click(np.array([2.0, 5, 5])) is None
    assert plane.to_click(np.array([3.2, 5, 5])) == Click(5, 5)


def test_indices_of_a_plane_address_the_volume():
    volume = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    plane = Plane((0, 2), (0, 1, 0), (2, 4))
    rows, columns = np.array([0, 1]), np.array([3, 2])
    assert (
        volume[plane.to_indices(rows, columns)].tolist() == volume[:, 1, :][rows, columns].tolist()
    )
    assert np.array_equal(volume[plane.key], volume[:, 1, :])


def test_a_layer_with_the_transforms_of_another_lies_exactly_over_it():
    image = ViewerModel().add_image(
        np.zeros((40, 50)),
        scale=(2, 3),
        translate=(5, 7),
        rotate=30,
        shear=[0.5],
        units="um",
        affine=[[1, 0.2, 3], [0, 2, 1], [0, 0, 1]],
        axis_labels=("row", "column"),
    )
    layer = Labels(np.zeros((40, 50), int), **transforms_of(image))
    assert layer.data_to_world((30, 40)) == pytest.approx(image.data_to_world((30, 40)))
    assert layer.units == image.units
    assert layer.axis_labels == ("row", "column")
