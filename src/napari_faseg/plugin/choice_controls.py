"""The controls for what of an image the network is shown: channels, and how bright."""

from collections.abc import Sequence
from typing import Any

from magicgui.widgets import ComboBox, Container, FloatSpinBox, Widget
from psygnal import Signal

from napari_faseg.plugin.coordinates import full_resolution
from napari_faseg.plugin.explanation import explain
from napari_faseg.plugin.image_choice import MOST_CHANNELS, PERCENTILES, ImageChoice

NONE = -1  # among axes and channels, which are numbers
AS_SHOWN, STRETCHED = "contrast limits of the layer", "percentiles of the plane"


class ChoiceControls:
    """Widgets of magicgui, under the names that `start` gives to what they choose.

    What they hold is checked by `ImageChoice`.

    Parameters
    ----------
    image : magicgui widget
        Its value is the image, or None.
    """

    changed = Signal()
    """Something else is chosen for the same channel axis."""

    def __init__(self, image: Any) -> None:
        self._chosen = image
        # napari asks for the choices again with each layer that comes or goes: they are functions.
        self._axis = ComboBox(name="channel_axis", label="channel axis", choices=self._axes)
        self._colours = [ComboBox(choices=self._channels) for _ in range(MOST_CHANNELS)]
        row = Container(
            name="channels", widgets=list(self._colours), layout="horizontal", labels=False
        )
        self._brightness = ComboBox(
            name="brightness", label="black and white", choices=(AS_SHOWN, STRETCHED)
        )
        self._low, self._high = (
            FloatSpinBox(value=value, min=0, max=100, step=0.1) for value in PERCENTILES
        )
        bounds = Container(
            name="percentiles",
            widgets=[self._low, self._high],
            layout="horizontal",
            labels=False,
        )
        self.widgets: list[Widget] = [self._axis, row, self._brightness, bounds]
        """Them all, from top to bottom."""
        self._axis.changed.connect(self._on_axis)
        self._brightness.changed.connect(self._on_brightness)
        for widget in (*self._colours, self._low, self._high):
            widget.changed.connect(self._on_changed)
        self._explain()
        image.changed.connect(self.offer)

    @property
    def channel_axis(self) -> int | None:
        """The axis of the channels."""
        return None if self._axis.value in (None, NONE) else int(self._axis.value)

    @property
    def channels(self) -> tuple[int, ...] | None:
        """The channels that are shown to the network; None where there is no axis for them."""
        if self.channel_axis is None:
            return None
        return tuple(int(each.value) for each in self._colours if each.value != NONE)

    @property
    def percentiles(self) -> tuple[float, float] | None:
        """What is black and what is white; None: what the layer says."""
        if self._brightness.value == AS_SHOWN:
            return None
        return float(self._low.value), float(self._high.value)

    def offer(self) -> None:
        """Offer what the image has that is chosen now.

        What is chosen of it is what its session was made with, or else nothing yet.
        """
        image = self._image
        known = ImageChoice() if image is None else ImageChoice.made_with(image)
        self._axis.reset_choices()
        self._axis.value = known.channel_axis if known.channel_axis in self._axis.choices else NONE
        self._choose(known.channels or range(self._n_channels))
        if known.percentiles is not None:
            self._brightness.value = STRETCHED
            self._low.value, self._high.value = known.percentiles

    def show(self) -> None:
        """Hide what is not asked for now; only once the widgets have a window."""
        self.widgets[1].visible = self.channel_axis is not None
        self.widgets[3].visible = self.percentiles is not None

    @property
    def _image(self) -> Any:
        return self._chosen.value

    def _axes(self, _: object) -> list[tuple[str, int]]:
        image = self._image
        axes = [] if image is None or image.rgb or image.ndim < 3 else list(range(image.ndim))
        return [("none", NONE), *((self._told(axis), axis) for axis in axes)]

    def _channels(self, _: object) -> list[tuple[str, int]]:
        return [("none", NONE), *((str(at), at) for at in range(self._n_channels))]

    @property
    def _n_channels(self) -> int:
        axis = self.channel_axis
        if axis is None or self._image is None:
            return 0
        return int(full_resolution(self._image).shape[axis])

    def _told(self, axis: int) -> str:
        image = self._image
        name = str(image.axis_labels[axis])
        known = "" if name.lstrip("-").isdigit() else f" {name}"
        return f"axis {axis}{known}: {full_resolution(image).shape[axis]} channels"

    def _on_axis(self) -> None:
        self._choose(range(self._n_channels))

    def _choose(self, channels: Sequence[int]) -> None:
        for n, colour in enumerate(self._colours):
            with colour.changed.blocked():
                colour.reset_choices()
                colour.value = channels[n] if n < min(len(channels), self._n_channels) else NONE
        self.show()

    def _on_brightness(self) -> None:
        self.show()
        self._on_changed()

    def _on_changed(self) -> None:
        self.changed.emit()

    def _explain(self) -> None:
        tips = [
            (self._axis, "channel axis", "The axis that holds channels; they share their objects."),
            *(
                (each, f"channel shown as {name}", f"Shown as {name}; one alone is grey.")
                for each, name in zip(self._colours, ("red", "green", "blue"), strict=True)
            ),
            (self._brightness, "black and white", "What the network is shown as black and white."),
            (self._low, "percentile of black", "As dark as this percentile of the plane is black."),
            (self._high, "percentile of white", "As bright as this percentile is white."),
        ]
        for widget, name, tip in tips:
            explain(widget, name, tip)
