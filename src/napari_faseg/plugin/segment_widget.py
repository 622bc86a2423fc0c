"""The dock widget: an image, weights, a few buttons, the objects, and what the last click cost."""

from collections.abc import Callable
from functools import partial
from math import isnan

import napari
from magicgui.widgets import Label
from napari.layers import Image
from napari.utils.notifications import show_warning

from napari_faseg import interaction
from napari_faseg._words import reason
from napari_faseg.interaction import Predictor
from napari_faseg.models import weight_names
from napari_faseg.plugin.annotator import Annotator
from napari_faseg.plugin.drawn_removals import DrawnRemovals
from napari_faseg.plugin.latest import LatestRunner
from napari_faseg.plugin.object_panel import ObjectPanel
from napari_faseg.plugin.removal import RemovalWatch
from napari_faseg.plugin.scrolling import ScrollingContainer
from napari_faseg.plugin.segment_controls import MIN_WIDTH, OVERWRITE, SegmentControls
from napari_faseg.plugin.shortcuts import chosen_shortcuts, help_lines
from napari_faseg.plugin.shown import Shown
from napari_faseg.plugin.torch_ahead import torch_ahead


def load_weights(name: str) -> Predictor:
    """Return a predictor with the weights of a name, once torch is there."""
    torch_ahead().wait()
    return interaction.SparingPredictor.from_weights(name)


class SegmentWidget(ScrollingContainer):
    """Controls in front of an `Annotator`: it connects them, and computes nothing.

    Parameters
    ----------
    viewer : napari.Viewer
        The viewer whose images are segmented.
    load : callable
        Turns the name of some weights into a predictor; called in a background thread.
    names : callable
        Returns the names to choose from.
    """

    def __init__(
        self,
        viewer: "napari.viewer.Viewer",
        load: Callable[[str], Predictor] = load_weights,
        names: Callable[[], list[str]] = weight_names,
    ) -> None:
        torch_ahead()
        self._viewer = viewer
        self._load_predictor = load
        self._annotator: Annotator | None = None
        self._shown: Shown | None = None  # of the plane on screen
        self._controls = SegmentControls(names)
        self._panel = ObjectPanel()
        self._help = Label()
        self._help.tooltip = "The keys can be changed in Preferences, from the next Start on."
        parts = [*self._controls.groups(), self._panel, self._help]
        super().__init__(parts, least_width=MIN_WIDTH)
        self._write_help()
        self._connect()

    def use_weights(self, name: str) -> None:
        """Choose weights, which may be new; an image that is being segmented starts again."""
        self._controls.weights.reset_choices()
        self._controls.weights.value = name
        if self._annotator:
            self._on_start()

    def _write_help(self) -> None:
        shortcuts, _ = chosen_shortcuts()
        self._help.value = "\n".join(help_lines(shortcuts))

    def _connect(self) -> None:
        controls, panel = self._controls, self._panel
        controls.start.clicked.connect(self._on_start)
        for signal, ask in (
            (controls.finish.clicked, lambda annotator, _: annotator.finish()),
            (controls.undo.clicked, lambda annotator, _: annotator.undo()),
            (controls.redo.clicked, lambda annotator, _: annotator.redo()),
            (controls.carry_back.clicked, lambda annotator, _: annotator.carry_back()),
            (controls.carry_on.clicked, lambda annotator, _: annotator.carry_on()),
            (controls.threshold.changed, _set_threshold),
            (controls.others.changed, _set_overwrite),
            (panel.picked, Annotator.look_at),
            (panel.reopened, Annotator.reopen),
            (panel.deleted, lambda annotator, labels: annotator.delete(*labels)),
            (panel.merged, Annotator.merge),
            (panel.relabelled, Annotator.relabel),
            (panel.classified, Annotator.classify),
        ):
            signal.connect(partial(self._ask, ask))
        controls.choice.changed.connect(self._on_choice)
        for box in (controls.probability, controls.uncertainty):
            box.changed.connect(self._on_views)
        self._drawn = DrawnRemovals(self._viewer)
        self.native.destroyed.connect(self._on_destroyed)
        RemovalWatch(self.native, self._close_annotator)

    def _ask(self, ask: Callable[..., None], *values: object) -> None:
        if self._annotator:
            ask(self._annotator, *values)

    def _on_start(self) -> None:
        self._close_annotator()
        image = self._controls.image.value
        if image is None:
            show_warning("Open an image first, then press Start.")
            return
        try:
            self._open(image)
        except (ValueError, MemoryError) as error:
            show_warning(reason(error))
            self._on_failed(reason(error))

    def _open(self, image: Image) -> None:
        controls = self._controls
        name = str(controls.weights.value)
        load = partial(self._load_predictor, name)
        annotator = Annotator(
            self._viewer,
            image,
            load,
            LatestRunner(),
            objects=controls.result.value,
            resume=controls.resume.value,
            channel_axis=controls.choice.channel_axis,
            channels=controls.choice.channels,
            percentiles=controls.choice.percentiles,
        )
        self._annotator = annotator
        annotator.shown.connect(self._on_shown)
        annotator.turned.connect(self._on_turned)
        annotator.failed.connect(self._on_failed)
        annotator.closed.connect(self._on_closed)
        annotator.overwrite = controls.others.value == OVERWRITE
        self._on_views()
        controls.status.value = f"Loading {name} and looking at {image.name} …"
        controls.enable(is_open=True, has_planes=annotator.has_planes)
        self._write_help()

    def _on_choice(self) -> None:
        annotator, controls, choice = self._annotator, self._controls, self._controls.choice
        if annotator is None or annotator.image is not controls.image.value:
            return
        if annotator.channel_axis != choice.channel_axis:
            return  # the objects lie otherwise: that takes another Start
        try:
            annotator.percentiles = choice.percentiles
            if choice.channels is not None:
                annotator.channels = choice.channels
        except ValueError as error:
            controls.status.value = str(error)
        else:
            if self._shown is not None:  # what was refused before is no longer chosen
                self._on_shown(self._shown)

    def _on_views(self) -> None:
        annotator, controls = self._annotator, self._controls
        if annotator:
            annotator.show_probability = controls.probability.value
            annotator.show_uncertainty = controls.uncertainty.value
            self._tick_views(annotator)

    def _tick_views(self, annotator: Annotator) -> None:
        for box, is_shown in (
            (self._controls.probability, annotator.show_probability),
            (self._controls.uncertainty, annotator.show_uncertainty),
        ):
            with box.changed.blocked():
                box.value = is_shown  # not where there is no memory for its layer

    def _on_shown(self, shown: Shown) -> None:
        controls, self._shown = self._controls, shown
        controls.undo.enabled, controls.redo.enabled = shown.can_undo, shown.can_redo
        if self._annotator:
            with controls.threshold.changed.blocked():
                controls.threshold.value = self._annotator.threshold
            self._tick_views(self._annotator)
        self._panel.show_objects(shown.objects)
        device = shown.device or "ready"
        took = "" if isnan(shown.seconds) else f" · {1000 * shown.seconds:.0f} ms"
        more = "" if shown.is_last else " · looking closer …"
        controls.status.value = f"{device}{took}{more}"

    def _on_turned(self) -> None:
        self._shown = None
        self._controls.undo.enabled = self._controls.redo.enabled = False
        self._controls.status.value = "Looking at another plane …"
        self._panel.show_objects(())

    def _on_failed(self, reason: str) -> None:
        self._controls.status.value = reason

    def _on_closed(self) -> None:
        self._annotator = self._shown = None
        self._controls.enable(is_open=False)
        self._panel.show_objects(())

    def _close_annotator(self) -> None:
        if self._annotator:
            self._annotator.close()

    def _on_destroyed(self) -> None:
        annotator, self._annotator = self._annotator, None
        if annotator:
            annotator.closed.disconnect(self._on_closed)  # what it would change is no more
            annotator.abandon()


def _set_threshold(annotator: Annotator, value: float) -> None:
    annotator.threshold = value


def _set_overwrite(annotator: Annotator, value: str) -> None:
    annotator.overwrite = value == OVERWRITE
