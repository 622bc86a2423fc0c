"""An object of an evaluation, shown click by click in two layers over the image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Layer
from napari.utils import DirectLabelColormap
from numpy.typing import NDArray

from napari_faseg.datasets import Sample
from napari_faseg.evaluation import replayed_masks
from napari_faseg.interaction import Click, Predictor
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.transforms import starting_at
from napari_faseg.plugin.view import centre_on, go_to

MASK, CLICKS = "replay: mask", "replay: clicks"
COLOURS = {True: "lime", False: "red"}
MASK_COLOURS = {None: "transparent", 0: "transparent", 1: "yellow"}  # unlike the objects


@dataclass(frozen=True, eq=False)
class Replay:
    """The masks after each click on an object.

    Parameters
    ----------
    plane : Plane
        That the object is on, of the layers over the image.
    clicks : tuple of Click
    masks : list of (h, w) bool
        One for each click.
    """

    plane: Plane
    clicks: tuple[Click, ...]
    masks: list[NDArray[np.bool_]]


def replayed(predictor: Predictor, sample: Sample, clicks: Sequence[Click], plane: Plane) -> Replay:
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

    def show(self, overlay: Overlay, replay: Replay, n_clicks: int) -> None:
        """Show what the first clicks on an object gave, on the plane that it is on.

        Parameters
        ----------
        overlay : Overlay
            Where layers lie over the image that was evaluated.
        replay : Replay
        n_clicks : int
            From 1 to the number of clicks.
        """
        self.remove()
        mask = self._mask(overlay, replay, n_clicks)
        clicks = self._clicks(overlay, replay, n_clicks)  # above the mask
        self._layers = [mask, clicks]
        go_to(self._viewer, clicks, replay.plane.index, overlay.sliders(replay.plane))

    def centre(self, replay: Replay) -> None:
        """Move the middle of the view to the first click that is shown; the zoom stays as it is."""
        if self._layers:
            centre_on(self._viewer, self._layers[-1], replay.plane.to_point(replay.clicks[0]))

    def remove(self) -> None:
        """Take the layers out of the viewer; what others are called matters not."""
        for layer in self._layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._layers = []

    def _mask(self, overlay: Overlay, replay: Replay, n_clicks: int) -> Layer:
        mask = replay.masks[n_clicks - 1]
        layer = self._viewer.add_labels(
            mask.reshape((1,) * (overlay.ndim - 2) + mask.shape).astype(np.uint8),
            name=MASK,
            opacity=0.6,
            colormap=DirectLabelColormap(color_dict=MASK_COLOURS),
            **starting_at(overlay.transforms, replay.plane.index),
        )
        layer.editable = False  # it is drawn anew for every step
        return layer

    def _clicks(self, overlay: Overlay, replay: Replay, n_clicks: int) -> Layer:
        clicks = replay.clicks[:n_clicks]
        numbers = [str(n) for n in range(1, n_clicks + 1)]  # beside the points, not over them
        return self._viewer.add_points(
            np.array([replay.plane.to_point(click) for click in clicks]),
            name=CLICKS,
            face_color=[COLOURS[c.positive] for c in clicks],
            size=max(4, max(replay.masks[0].shape) / 60),
            text={"string": numbers, "color": "white", "anchor": "upper_left"},
            **overlay.transforms,
        )
