"""Points in, labels out: a click session on an image layer of a viewer. Knows napari, but no Qt."""

from collections.abc import Callable, Sequence
from typing import Any

from napari.layers import Image, Labels
from napari.utils.notifications import show_info, show_warning
from psygnal import Signal

from napari_faseg.interaction import Predictor
from napari_faseg.interaction.clicks import Click
from napari_faseg.plugin.bindings import bind_keys
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.earlier_layers import hide_earlier
from napari_faseg.plugin.image_choice import CHOICE, ImageChoice
from napari_faseg.plugin.keys import BorrowedKeys
from napari_faseg.plugin.layer_watch import LayerWatch
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.runner import ImmediateRunner, Runner
from napari_faseg.plugin.session_places import SESSION
from napari_faseg.plugin.shown import Shown, why_nothing
from napari_faseg.plugin.stack import Listeners, Stack
from napari_faseg.plugin.view_actions import ViewActions


def start(
    viewer: Any,
    image: Image,
    predictor: Predictor,
    *,
    objects: Labels | None = None,
    resume: bool | None = None,
    channel_axis: int | None = None,
    channels: Sequence[int] | None = None,
    percentiles: tuple[float, float] | None = None,
) -> "Annotator":
    """Segment an image layer by clicks, each prediction made before the click returns.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    image : napari.layers.Image
        One of its layers. Of an image with more than two axes, the plane that is shown, and any
        other that is shown later.
    predictor : Predictor
        Anything with `set_image` and `predict`.
    objects : napari.layers.Labels, optional
        One of its layers, of the shape of the image, to go on with; a new one unless given.
    resume : bool, optional
        Keep every action on the disk, and go on with the last session of the image (True), or
        begin another one (False); None: nothing is recorded.
    channel_axis : int, optional
        The axis of the image that holds its channels. A mask then belongs to all of them.
    channels : sequence of int, optional
        One to three of them, which the network is shown as grey, as red and green, or as red,
        green and blue; the first three unless given.
    percentiles : (float, float), optional
        What is shown to the network as black and as white, of each channel of the plane; the
        contrast limits of the layer unless given.

    Raises
    ------
    ValueError
        If the viewer does not show two axes of the image, the plane is too large, the objects
        cannot be written to, or the image has no such channels.
    MemoryError
        If there is no memory for a layer of objects of the shape of the image.
    """
    return Annotator(
        viewer,
        image,
        lambda: predictor,
        ImmediateRunner(),
        objects=objects,
        resume=resume,
        channel_axis=channel_axis,
        channels=channels,
        percentiles=percentiles,
    )


class Annotator(ViewActions):
    """Two Points layers for clicks, a Labels layer for objects, and a session between them.

    Each plane of a volume has a session of its own; that of the plane on screen is the one that
    acts. All work on sessions goes through the runner, so none is ever met by two threads, whatever
    the runner is. What is asked for happens in that order, however fast it comes; see `Turns`.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    image : napari.layers.Image
        One of its layers; it is never changed.
    make_predictor : callable
        Loads and returns a predictor; called by the runner.
    runner : Runner
        Runs the work on the session. The annotator closes it.
    objects : napari.layers.Labels, optional
        One of its layers, of the shape of the image, to go on with; a new one unless given.
    resume : bool, optional
        Whether a recorded session goes on; None: nothing is recorded.
    channel_axis, channels, percentiles
        What of the image the network is shown.

    Raises
    ------
    ValueError, MemoryError
        As `start` does, which says more of all this.
    """

    shown = Signal(Shown)
    """What the session holds, each time that it is shown."""
    turned = Signal()
    """Another plane is on screen, and its session is not shown yet."""
    closed = Signal()
    """Emitted when the session has ended; the layers that are left are ordinary ones."""

    def __init__(
        self,
        viewer: Any,
        image: Image,
        make_predictor: Callable[[], Predictor],
        runner: Runner,
        *,
        objects: Labels | None = None,
        resume: bool | None = None,
        channel_axis: int | None = None,
        channels: Sequence[int] | None = None,
        percentiles: tuple[float, float] | None = None,
    ) -> None:
        choice = ImageChoice.of(image, channel_axis, channels, percentiles)
        overlay = Overlay(image, choice.channel_axis)
        plane = overlay.plane(viewer)
        self._is_open = True
        prompts = Prompts(overlay, plane, runner.soon)
        self.painter = painter = Painter(overlay, plane, objects)
        new = (painter.layer,) if painter.is_new else ()
        for layer in (*new, prompts.negative, prompts.positive):
            viewer.add_layer(layer)
        told = Listeners(self._show, self._tell, self._end_because, self._on_not_begun)
        used = prompts, painter, told, resume
        stack = Stack(overlay, choice, make_predictor, runner, *used)
        super().__init__(viewer, overlay, prompts, stack, plane)
        self._told: tuple[str, ...] = ()
        self._is_recorded = False
        self._keys = self._bound_keys()
        self._watch = LayerWatch(viewer, overlay, prompts, painter)
        for signal, slot in self._connections():
            signal.connect(slot)
        stack.begin()

    # The end

    @property
    def is_open(self) -> bool:
        """Whether clicks still become masks: not where the session has ended, or never began."""
        return self._is_open

    def close(self) -> None:
        """End the session: the objects stay, the two layers of clicks go."""
        if self._is_open:
            self._end()
            self._hide_views()
            for layer in self.prompts.layers:
                self._viewer.layers.remove(layer)

    def abandon(self) -> None:
        """End the session and leave all layers, for a window that is being destroyed."""
        if self._is_open:
            self._end()

    # Inside

    def _show(self, plane: Plane, shown: Shown) -> None:
        try:
            self._stack.show(plane, shown)
        except RuntimeError as error:
            self._end_because(str(error))
            return
        known, self._told = self._told, (shown.notice, shown.recording)
        for sentence in self._told:
            if sentence and sentence not in known:
                is_news = shown.is_good_news and sentence == shown.recording
                (show_info if is_news else show_warning)(sentence)
        if shown.finished == 0:
            show_info(why_nothing(shown))
        if plane == self._plane:
            self._show_front(shown)

    def _show_front(self, shown: Shown) -> None:
        self.painter.layer.metadata[CHOICE] = self._stack.choice
        if shown.folder:
            self.painter.layer.metadata[SESSION] = shown.folder
            self._hide_earlier(shown.folder)
        if shown.is_last:
            self.buttons.settle()
        self._show_views(shown)
        self.shown.emit(shown)

    def _hide_earlier(self, folder: str) -> None:
        is_first, self._is_recorded = not self._is_recorded, True
        if is_first and self.painter.is_new:
            for name in hide_earlier(self._viewer, self.painter.layer, folder):
                show_info(f"{name} is hidden: this session goes on in {self.painter.layer.name}.")

    def _on_not_begun(self, reason: str) -> None:
        self._tell(reason)
        if not self._stack.has_begun:
            self.close()
            if self.painter.is_new:
                self._viewer.layers.remove(self.painter.layer)

    def _on_points(self) -> None:
        self._turns.replay()

    def _on_pressed(self, click: Click) -> None:
        self._turns.anticipate(click)

    def _on_moved(self) -> None:
        try:
            plane = self._overlay.plane(self._viewer)
        except ValueError as error:
            if self.buttons.plane is not None:
                show_info(str(error))
            self.buttons.plane = None
            return
        self.buttons.plane = plane
        if plane != self._plane:
            self._turn_to(plane)

    def _place_layers(self) -> None:
        objects = (self.painter.layer,) if self.painter.is_new else ()
        views = (layer for view in self._views for layer in view.layers)
        for layer in (*self.prompts.layers, *objects, *views):
            self._overlay.place(layer)
        self._stack.lie_elsewhere()

    def _on_changed(self) -> None:
        self._stack.look_again()

    def _turn_to(self, plane: Plane) -> None:
        self._stack.turn_to(plane)
        front = self._stack.front
        self._plane = self.prompts.plane = plane
        for view in self._views:
            view.plane = plane
        self.painter, self._jobs, self._turns = front.painter, front.jobs, front.turns
        self.turned.emit()
        if front.shown is not None:
            self._show_front(front.shown)
        self._stack.begin()

    def _bound_keys(self) -> BorrowedKeys:
        actions = {
            "finish": self.finish,
            "undo": self.undo,
            "redo": self.redo,
            "reopen": self.reopen_under_cursor,
            "carry_on": self.carry_on,
            "carry_back": self.carry_back,
            "swap": self.swap_buttons,
        }
        on_clicks = {"remove": self.remove_under_cursor}
        return bind_keys(
            self.prompts.layers, (self.painter.layer, self._viewer), actions, on_clicks
        )

    def _connections(self) -> tuple[tuple[Any, Callable[..., None]], ...]:
        return (
            (self.prompts.changed, self._on_points),
            (self.buttons.pressed, self._on_pressed),
            (self.buttons.picked, self.reopen_at),
            (self._watch.moved, self._on_moved),
            (self._watch.placed, self._place_layers),
            (self._watch.changed, self._on_changed),
            (self._watch.redrawn, self._stack.look_again_in_front),
            (self._watch.ended, self._end_because),
            (self._watch.closing, self.abandon),
        )

    def _end_because(self, reason: str) -> None:
        if self._is_open:
            self._tell(f"Segmenting {self._overlay.name} has ended: {reason}.")
            self._end()

    def _end(self) -> None:
        self._is_open = False
        self._stack.close()
        self._keys.give_back()
        self.buttons.close()
        self._watch.close()
        for signal, slot in self._connections():
            signal.disconnect(slot)
        self.prompts.close(self._viewer.layers)
        self.closed.emit()
