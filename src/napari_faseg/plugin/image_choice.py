"""What of an image the network is shown: which channels, and what counts as black and white."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari.layers import Image, Labels

from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.plugin.coordinates import Plane, full_resolution
from napari_faseg.plugin.overlay import Overlay

MOST_CHANNELS = 3  # that a network takes
PERCENTILES = (1.0, 99.0)  # that are offered
CHOICE = "faseg_choice"  # in the metadata of objects and of an opened image: what the network saw


@dataclass(frozen=True)
class ImageChoice:
    """What a person chose; see `of`, which refuses what does not fit an image.

    Parameters
    ----------
    channel_axis : int, optional
        The axis of the channels; None: there is none.
    channels : tuple of int
        The channels that are shown to the network: one as grey, two as red and green, three as
        red, green and blue.
    percentiles : (float, float), optional
        Of each channel of the plane, shown to the network as black and as white; None: the
        contrast limits of the layer.
    """

    channel_axis: int | None = None
    channels: tuple[int, ...] = ()
    percentiles: tuple[float, float] | None = None

    @classmethod
    def of(
        cls,
        image: Image,
        channel_axis: int | None = None,
        channels: Sequence[int] | None = None,
        percentiles: tuple[float, float] | None = None,
    ) -> "ImageChoice":
        """Return what was chosen for an image.

        Parameters
        ----------
        image : napari.layers.Image
        channel_axis : int, optional
            Counted from the end if negative.
        channels : sequence of int, optional
            The first three unless given.
        percentiles : (float, float), optional

        Raises
        ------
        ValueError
            In one sentence: what is not possible.
        """
        if percentiles is not None:
            low, high = percentiles
            if not 0 <= low < high <= 100:
                raise ValueError(f"expected percentiles 0 <= low < high <= 100, got {low, high}")
            percentiles = float(low), float(high)
        if channel_axis is None:
            if channels:
                raise ValueError(f"expected a channel axis for the channels {tuple(channels)}")
            return cls(None, (), percentiles)
        axis = _checked_axis(image, channel_axis)
        n_channels = int(full_resolution(image).shape[axis])
        if channels is None:
            channels = range(min(n_channels, MOST_CHANNELS))
        chosen = tuple(int(channel) for channel in channels)
        are_there = all(0 <= channel < n_channels for channel in chosen)
        if not (1 <= len(chosen) <= MOST_CHANNELS and are_there):
            raise ValueError(
                f"expected one to {MOST_CHANNELS} of the {n_channels} channels of {image.name}, "
                f"0 to {n_channels - 1}, got {chosen}"
            )
        return cls(axis, chosen, percentiles)

    @classmethod
    def made_with(cls, layer: Image | Labels) -> "ImageChoice":
        """Return the choice that objects, or those opened with an image, were made with.

        The usual one where that is not known.
        """
        found = layer.metadata.get(CHOICE)
        return found if isinstance(found, cls) else cls()

    @classmethod
    def recorded(cls, facts: Mapping[str, Any], *, of_plane: bool) -> "ImageChoice":
        """Return the choice that the facts of a session tell.

        Parameters
        ----------
        facts : mapping
        of_plane : bool
            Whether for its plane alone, of which the channels come first, or for the whole image.
        """
        if "view" not in facts:
            return cls()
        view = RecordedView.from_dict(facts["view"])
        axis = 0 if of_plane and view.channel_axis is not None else view.channel_axis
        return cls(axis, view.channels, view.percentiles)

    def view(self, overlay: Overlay, plane: Plane) -> RecordedView:
        """Return how the network is shown a plane of our layers, as the image is now."""
        image: Any = overlay.image
        index = [0] * image.ndim
        for axis, at in zip(overlay.axes, plane.index, strict=True):
            index[axis] = at
        rows, columns = (overlay.axes[axis] for axis in plane.axes)
        limits = None
        if self.percentiles is None and not image.rgb:
            low, high = image.contrast_limits
            limits = float(low), float(high)
        return RecordedView(
            (rows, columns),
            tuple(index),
            bool(image.rgb),
            limits,
            self.channel_axis,
            self.channels,
            self.percentiles,
        )


def _checked_axis(image: Image, axis: int) -> int:
    if image.rgb:
        raise ValueError(f"expected no channel axis, got {axis}: {image.name} is in colour already")
    if image.ndim < 3 or not -image.ndim <= axis < image.ndim:
        raise ValueError(
            f"expected the channel axis of an image with two axes beside it, got {axis} for "
            f"{image.name} of shape {tuple(full_resolution(image).shape)}"
        )
    return int(axis % image.ndim)
