"""Where an image lies in the world of a viewer, and what puts other layers there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from napari.utils.transforms import Affine
from numpy.typing import NDArray

from napari_faseg.interaction.about import About
from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.plugin.coordinates import TRANSFORMS, transforms_of

Transforms = dict[str, Any]  # arguments of a new layer
OF_EVERY_AXIS = {"scale": "scales"}  # in the facts of a session, beside that of the plane


def facts_of_place(image: Any) -> dict[str, Any]:
    """Return where an image layer lies now, as JSON knows it, for the facts of a session."""
    found = {**transforms_of(image), "affine": image.affine.affine_matrix}
    units, labels = map(str, found.pop("units")), map(str, found.pop("axis_labels"))
    numbers = {OF_EVERY_AXIS.get(key, key): np.asarray(at).tolist() for key, at in found.items()}
    return {**numbers, "units": list(units), "axis_labels": list(labels)}


def with_plane(place: Mapping[str, Any], view: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a place with the size of a pixel of the plane that is viewed."""
    rows, columns = view["axes"]
    sizes, units = place["scales"], place["units"]
    return {"scale": [sizes[rows], sizes[columns]], "unit": units[columns], **place}


def placed(about: About, place: Mapping[str, Any]) -> About:
    """Return what a session is about, of an image that lies elsewhere now."""
    view = about.facts.get("view")
    if not place or view is None or len(place["scales"]) != len(view["index"]):
        return about  # the image was opened without the axes that it had
    return replace(about, facts={**about.facts, **with_plane(place, view)})


def layers_of_plane(about: About) -> tuple[Transforms, Transforms]:
    """Return what puts the plane of a session, and its objects, where the image lay.

    Channels are the first axis of the plane, and the objects have none.
    """
    facts, place = about.facts, _place_in(about.facts)
    has_channels = len(about.image.shape) == 3 and not facts.get("view", {"rgb": True})["rgb"]
    if place is None:
        old = {"scale": tuple(facts["scale"])} if facts.get("scale") else {}
        return {key: (1.0, *at) if has_channels else at for key, at in old.items()}, old
    view = RecordedView.from_dict(facts["view"])
    axes = (view.channel_axis, *view.axes) if view.channel_axis is not None else view.axes
    return over(place, axes, view.index), over(place, view.axes, view.index)


def layers_of_stack(planes: Sequence[About], n_axes: int) -> tuple[Transforms, Transforms]:
    """Return what puts a whole image, and its objects of so many axes, where the image lay.

    Parameters
    ----------
    planes : sequence of About
        What the sessions of its planes are about; one that says where it lay is enough.
    n_axes : int
    """
    known = [about for about in planes if _place_in(about.facts) is not None]
    if not known:
        return {}, {}
    about, place = known[0], _place_in(known[0].facts) or {}
    channels = RecordedView.from_dict(about.facts["view"]).channel_axis
    if channels is None:
        return place, place
    axes = range(len(place["scale"]))[-n_axes:]
    widths = [about.image.shape[2] if axis == channels else 1 for axis in axes]
    return place, over(place, axes, widths=widths)


def over(
    place: Transforms,
    axes: Sequence[int],
    index: Sequence[int] = (),
    widths: Sequence[float] = (),
) -> Transforms:
    """Return what puts a layer of some axes of an image exactly over it.

    Parameters
    ----------
    place : dict
        Arguments with which the image lies where it lies.
    axes : sequence of int
        For each axis of the layer, which one of the image it is.
    index : sequence of int, optional
        One index for each axis of the image, where those that the layer lacks are cut; 0 unless
        given.
    widths : sequence of float, optional
        How many pixels of the image one of the layer is wide along each of its axes.
    """
    n = len(place["scale"])
    if tuple(axes) == tuple(range(n)) and set(widths) <= {1}:
        return place
    rows, factors = list(axes), np.asarray(widths or np.ones(len(axes)), float)
    matrix, scale = _matrix(place), np.asarray(place["scale"])[rows] * factors
    first = np.array(index or np.zeros(n), float)
    first[rows] = (factors - 1) / 2  # the middle of the first pixel
    linear = matrix[np.ix_(rows, rows)] * factors
    translate = matrix[rows, :n] @ first + matrix[rows, n]
    rest = np.eye(len(rows) + 1)
    rest[:-1, :-1] = linear / scale
    rest[:-1, -1] = translate - rest[:-1, :-1] @ translate
    numbers = {"scale": scale, "translate": translate, "affine": rest}
    return numbers | {key: [place[key][at] for at in rows] for key in ("units", "axis_labels")}


def starting_at(place: Transforms, index: Sequence[float]) -> Transforms:
    """Return what puts a layer of all axes of an image where one pixel of the image is its first.

    Parameters
    ----------
    place : dict
        Arguments with which the image lies where it lies.
    index : sequence of float
        Of that pixel, one for each axis.
    """
    return place | {"translate": _own(place)(index)}  # the affine of the layer comes after it


def _place_in(facts: Mapping[str, Any]) -> Transforms | None:
    """Return the arguments for layers that facts tell; None where an older version wrote them."""
    if not {"view", "scales", "affine"} <= facts.keys():
        return None
    place: Transforms = {key: tuple(facts[OF_EVERY_AXIS.get(key, key)]) for key in TRANSFORMS}
    return place | {key: np.asarray(place[key], float) for key in ("rotate", "shear", "affine")}


def _matrix(place: Transforms) -> NDArray[np.float64]:
    """Return the affine matrix from pixels to the world."""
    rest = getattr(place["affine"], "affine_matrix", place["affine"])
    matrix: NDArray[np.float64] = np.asarray(rest) @ _own(place).affine_matrix
    return matrix


def _own(place: Transforms) -> Affine:
    """Return what comes before the affine of a layer."""
    keys = ("scale", "translate", "rotate", "shear")
    return Affine(**{key: place[key] for key in keys if key in place})
