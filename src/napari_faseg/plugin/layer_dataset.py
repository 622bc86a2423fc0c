"""An image layer and a labels layer, as a data set with one sample for each object."""

import copy
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_faseg.datasets import Sample
from napari_faseg.plugin.coordinates import Plane, full_resolution
from napari_faseg.plugin.image_choice import ImageChoice
from napari_faseg.plugin.kept_planes import as_it_is
from napari_faseg.plugin.overlay import Overlay

SIZES = "picture sizes"  # in the metadata of images: height and width of each plane before padding

Place = tuple[tuple[int, ...], int]  # of an object: the plane that it is on, and its label


class LayerDataset:
    """Every object of a labels layer, plane by plane, on the image as a network is shown it.

    Planes are those of the last two axes; what a data set's smaller images were padded with is left
    out. Objects that were made here are on the channels that they were made with. Masks are looked
    through once, when the objects are counted; images are read when they are asked for, and are as
    dark and as bright as they were shown when the data set was made.

    Parameters
    ----------
    image : napari.layers.Image
    labels : napari.layers.Labels
        Of the same shape, but for the axis of the channels if they were made with one; 0 is
        background, and pixels below 0 count for nothing.
    unknown : napari.layers.Labels, optional
        Of the shape of the labels; pixels above 0 count for nothing.

    Attributes
    ----------
    overlay : Overlay
        Where the labels, and other layers of their axes, lie over the image.

    Raises
    ------
    ValueError
        If the shapes differ, or the channels are not before rows and columns.
    """

    def __init__(self, image: Image, labels: Labels, unknown: Labels | None = None) -> None:
        self._pixels: Any = full_resolution(image)
        self._choice = _choice_for(image, labels)
        self.overlay = Overlay(image, self._choice.channel_axis)
        self._labels: Any = full_resolution(labels)
        self._unknown: Any = None if unknown is None else full_resolution(unknown)
        self.name = image.name
        self._sizes = dict(enumerate(image.metadata.get(SIZES, ())))
        self._numbers: Sequence[int] = range(int(np.prod(self._labels.shape[:-2])))
        shape = self.overlay.shape
        for layer in (labels, unknown):
            found = None if layer is None else tuple(full_resolution(layer).shape)
            if layer is not None and found != shape:
                raise ValueError(
                    f"expected {layer.name} of the shape of {image.name}, {shape}, got {found}"
                )
        first = self._plane_at((0,) * (len(shape) - 2))
        self._contrast = self._choice.view(self.overlay, first).contrast_limits

    def as_it_is(self) -> "LayerDataset":
        """Return the same data set, of which nobody changes the objects any more.

        Labels that are on the disk are kept plane by plane, as each is first looked at.
        """
        kept = copy.copy(self)
        kept._labels = as_it_is(self._labels)
        kept._unknown = None if self._unknown is None else as_it_is(self._unknown)
        return kept

    def plane_of(self, index: int) -> Plane:
        """Return the plane of the labels that an object is on."""
        return self._plane_at(self.places[index][0])

    def annotated(self) -> "LayerDataset":
        """Return the same data set, with those planes alone as images that have objects."""
        chosen = copy.copy(self)
        planes = np.ndindex(tuple(self._labels.shape[:-2]))
        found = (bool((self._plane(self._labels, plane) > 0).any()) for plane in planes)
        chosen._numbers = [number for number, has_objects in enumerate(found) if has_objects]
        return chosen

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> Sample:
        plane, label = self.places[index]
        place = ",".join(map(str, plane))
        labels = self._plane(self._labels, plane)
        ignore = labels < 0
        if self._unknown is not None:
            ignore |= self._plane(self._unknown, plane) > 0
        return Sample(
            f"{place}#{label}" if place else f"#{label}",
            self._image(plane),
            labels == label,
            ignore if ignore.any() else None,
        )

    @property
    def fingerprint(self) -> str:
        """What changes when the pixels or the labels do."""
        found = hashlib.sha256()
        for index in range(self.n_pictures):
            for array in self.picture(index):
                found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()

    @property
    def n_pictures(self) -> int:
        """How many planes there are, or how many of them are images."""
        return len(self._numbers)

    def picture(self, index: int) -> tuple[NDArray[Any], NDArray[np.integer]]:
        """Return the (h, w) or (h, w, c) image of a plane with its labels, -1 where unknown."""
        above = self._labels.shape[:-2]
        plane = np.unravel_index(self._numbers[index], above) if above else ()
        place = tuple(int(i) for i in plane)
        labels = self._plane(self._labels, place).astype(np.int64)
        if self._unknown is not None:
            labels[self._plane(self._unknown, place) > 0] = -1
        return self._image(place), labels

    def picture_size(self, index: int) -> tuple[int, int]:
        """Return height and width of a plane, without what it was padded with."""
        return self._size(self._numbers[index])

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    @cached_property
    def places(self) -> list[Place]:
        """Plane and label of each object, in order."""
        return [
            (plane, int(label))
            for plane in np.ndindex(tuple(self._labels.shape[:-2]))
            for label in np.unique(np.asarray(self._labels[plane]))
            if label > 0
        ]

    def _plane(self, stack: Any, plane: tuple[int, ...]) -> NDArray[Any]:
        """Return a plane of a stack of the shape of the labels, as large as its picture was."""
        height, width = self._size(self._number_of(plane))
        return np.asarray(stack[plane])[:height, :width]

    def _image(self, plane: tuple[int, ...]) -> NDArray[Any]:
        view = self._choice.view(self.overlay, self._plane_at(plane))
        view = replace(view, contrast_limits=self._contrast)
        height, width = self._size(self._number_of(plane))
        return view.shown(np.asarray(view.plane(self._pixels))[:height, :width])

    def _plane_at(self, plane: tuple[int, ...]) -> Plane:
        n = len(plane)
        return Plane((n, n + 1), (*plane, 0, 0), self._labels.shape[-2:])

    def _size(self, number: int) -> tuple[int, int]:
        h, w = self._sizes.get(number, self._labels.shape[-2:])
        return int(h), int(w)

    def _number_of(self, plane: tuple[int, ...]) -> int:
        return int(np.ravel_multi_index(plane, self._labels.shape[:-2])) if plane else 0


def _choice_for(image: Image, labels: Labels) -> ImageChoice:
    made = ImageChoice.made_with(labels)
    if made.channel_axis is None or full_resolution(labels).shape == Overlay(image).shape:
        return ImageChoice(percentiles=made.percentiles)  # no channels, or those of another image
    choice = ImageChoice.of(image, made.channel_axis, made.channels, made.percentiles)
    if choice.channel_axis is not None and choice.channel_axis >= image.ndim - 2:
        raise ValueError(
            f"expected the channels of {image.name} before its rows and columns, got axis "
            f"{choice.channel_axis} of {image.ndim}"
        )
    return choice
