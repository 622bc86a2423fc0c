"""An object of an evaluation, shown click by click in two layers over the image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Image, Layer
from napari.utils import DirectLabelColormap
from numpy.typing import NDArray

from napari_faseg.datasets import Sample
from napari_faseg.evaluation import replayed_masks
from napari_faseg.interaction import Click, Predictor
from napari_faseg.plugin.coordinates import transforms_of
from napari_faseg.plugin.transforms import starting_at
from napari_faseg.plugin.view import camera_of, go_to, shown_axes

MASK, CLICKS = "replay: mask", "replay: clicks"
COLOURS = {True: "lime", False: "red"}
MASK_COLOURS = {None: "transparent", 0: "transparent", 1: "yellow"}  # unlike the objects


@dataclass(frozen=True, eq=False)
class Replay:
    """The masks after each click on an object.

    Parameters
    ----------
    plane : tuple of int
        Index of the plane that the object is on.
    clicks : tuple of Click
    masks : list of (h, w) bool
        One for each click.
    """

    plane: tuple[int, ...]
    clicks: tuple[Click, ...]
    masks: list[NDArray[np.bool_]]


def replayed(
    predictor: Predictor, sample: Sample, clicks: Sequence[Click], plane: tuple[int, ...]
) -> Replay:
    """Make the clicks of an evaluation once more and keep the mask after each."""
    return Replay(plane, tuple(clicks), replayed_masks(predictor, sample, clicks))


class ReplayLayers:
    """Two layers of a viewer that show a replay.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layers: list[Layer] = []

    def show(self, image: Image, replay: Replay, n_clicks: int) -> None:
        """Show what the first clicks on an object gave, on the plane that it is on.

        Parameters
        ----------
        image : napari.layers.Image
            That was evaluated.
        replay : Replay
        n_clicks : int
            From 1 to the number of clicks.
        """
        self.remove()
        self._layers = [self._mask(image, replay, n_clicks), self._clicks(image, replay, n_clicks)]
        go_to(self._viewer, image, (*replay.plane, 0, 0), range(len(replay.plane)))

    def centre(self, image: Image, replay: Replay) -> None:
        """Move the middle of the view to the first click; the zoom stays as it is."""
        first = replay.clicks[0]
        place = image.data_to_world((*replay.plane, first.y, first.x))
        camera_of(self._viewer).center = tuple(
            place[axis] for axis in shown_axes(self._viewer, image)
        )

    def remove(self) -> None:
        """Take the layers out of the viewer; what others are called matters not."""
        for layer in self._layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._layers = []

    def _mask(self, image: Image, replay: Replay, n_clicks: int) -> Layer:
        mask = replay.masks[n_clicks - 1][(np.newaxis,) * len(replay.plane)].astype(np.uint8)
        options = _placed(image, replay.plane)
        layer = self._viewer.add_labels(
            mask,
            name=MASK,
            opacity=0.6,
            colormap=DirectLabelColormap(color_dict=MASK_COLOURS),
            **options,
        )
        layer.editable = False  # it is drawn anew for every step
        return layer

    def _clicks(self, image: Image, replay: Replay, n_clicks: int) -> Layer:
        clicks = replay.clicks[:n_clicks]
        points = np.array([[*([0] * len(replay.plane)), c.y, c.x] for c in clicks], float)
        numbers = [str(n) for n in range(1, n_clicks + 1)]  # beside the points, not over them
        return self._viewer.add_points(
            points,
            name=CLICKS,
            face_color=[COLOURS[c.positive] for c in clicks],
            size=max(4, max(replay.masks[0].shape) / 60),
            text={"string": numbers, "color": "white", "anchor": "upper_left"},
            **_placed(image, replay.plane),
        )


def _placed(image: Image, plane: tuple[int, ...]) -> dict[str, Any]:
    """Return the transforms that put a single plane where it lies in the image."""
    return starting_at(transforms_of(image), (*plane, 0, 0))
