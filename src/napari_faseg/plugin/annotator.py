"""Points in, labels out: a click session on an image layer of a viewer. Knows napari, but no Qt."""

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from napari.utils.notifications import show_info, show_warning
from psygnal import Signal

from napari_faseg.interaction import Predictor
from napari_faseg.plugin import keys
from napari_faseg.plugin.actions import Actions
from napari_faseg.plugin.coordinates import Plane, displayed_plane
from napari_faseg.plugin.mouse import Buttons
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.probability_view import ProbabilityView
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.runner import ImmediateRunner, Runner
from napari_faseg.plugin.session_jobs import NOWHERE, Shown
from napari_faseg.plugin.session_places import SESSION
from napari_faseg.plugin.shortcuts import chosen_shortcuts
from napari_faseg.plugin.stack import Listeners, Stack
from napari_faseg.plugin.view import look_at


def start(
    viewer: Any,
    image: Image,
    predictor: Predictor,
    *,
    objects: Labels | None = None,
    resume: bool | None = None,
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

    Raises
    ------
    ValueError
        If the viewer does not show two axes of the image, the plane is too large, or the objects
        cannot be written to.
    """
    runner = ImmediateRunner()
    return Annotator(viewer, image, lambda: predictor, runner, objects=objects, resume=resume)


class Annotator(Actions):
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
        Whether a recorded session goes on; None: nothing is recorded. See `start`.

    Raises
    ------
    ValueError
        If the viewer does not show two axes of the image, the plane is too large, or the objects
        cannot be written to.
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
    ) -> None:
        plane = displayed_plane(viewer, image)
        self._viewer = viewer
        self._image = image
        self._plane = plane
        self._is_open = True
        self.prompts = Prompts(image, plane)
        self.painter = Painter(image, plane, objects)
        new = (self.painter.layer,) if self.painter.is_new else ()
        for layer in (*new, self.prompts.negative, self.prompts.positive):
            viewer.add_layer(layer)
        self.buttons = Buttons(viewer, self.prompts, plane)
        self.buttons.select()
        told = Listeners(self._show, self._tell, self._end_because, self._on_not_begun)
        stack = Stack(image, make_predictor, runner, self.prompts, self.painter, told, resume)
        self._stack = stack
        super().__init__(stack.front.jobs, stack.front.turns)
        self._probability = ProbabilityView(viewer, image, plane)
        self._told: tuple[str, ...] = ()
        self._shows_probability = False
        self._keys = keys.BorrowedKeys()
        self._bind_keys()
        for signal, slot in self._connections():
            signal.connect(slot)
        self._stack.begin()

    # The window

    def swap_buttons(self) -> None:
        """Exchange what left and right click mean."""
        self.buttons.swap()
        sign = "negative" if self.buttons.swapped else "positive"
        show_info(f"Left click now adds {sign} points.")

    def reopen_under_cursor(self) -> None:
        """Go on with the finished object under the mouse."""
        point = self._image.world_to_data(self._viewer.cursor.position)
        click = self._plane.to_click(np.asarray(point))
        if click is not None:
            self.reopen_at(click.pixel)

    @property
    def show_probability(self) -> bool:
        """Whether a layer shows the probability of the object in progress."""
        return self._shows_probability

    @show_probability.setter
    def show_probability(self, value: bool) -> None:
        self._shows_probability = bool(value)
        if not value:
            self._probability.hide()
        elif (shown := self._stack.front.shown) is not None:
            self._probability.show(shown.probability)

    def look_at(self, label: int) -> None:
        """Move the view so that a finished object is in its middle."""
        box = self.painter.box_of(label)
        if box != NOWHERE:
            look_at(self._viewer, self._image, self._plane, box)

    # The end

    def close(self) -> None:
        """End the session: the objects stay, the two layers of clicks go."""
        if self._is_open:
            self._end()
            self._probability.hide()
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
                show_warning(sentence)
        if shown.finished == 0:
            show_info("There is nothing to finish: click on an object first.")
        if plane == self._plane:
            self._show_front(shown)

    def _show_front(self, shown: Shown) -> None:
        if shown.folder:
            self.painter.layer.metadata[SESSION] = shown.folder
        if shown.is_last:
            self.buttons.settle()
        if self._shows_probability:
            self._probability.show(shown.probability)
        self.shown.emit(shown)

    def _on_not_begun(self, reason: str) -> None:
        self._tell(reason)
        if not self._stack.has_begun:
            self.close()
            if self.painter.is_new:
                self._viewer.layers.remove(self.painter.layer)

    def _on_points(self) -> None:
        self._turns.replay()

    def _on_dims(self) -> None:
        if self._image not in self._viewer.layers:
            return
        try:
            plane = displayed_plane(self._viewer, self._image)
        except ValueError as error:
            if self.buttons.plane is not None:
                show_info(str(error))
            self.buttons.plane = None
            return
        self.buttons.plane = plane
        if plane != self._plane:
            self._turn_to(plane)

    def _turn_to(self, plane: Plane) -> None:
        self._stack.turn_to(plane)
        front = self._stack.front
        self._plane = self.prompts.plane = self._probability.plane = plane
        self.painter, self._jobs, self._turns = front.painter, front.jobs, front.turns
        self.turned.emit()
        if front.shown is not None:
            self._show_front(front.shown)
        self._stack.begin()

    def _bind_keys(self) -> None:
        actions = {
            "finish": self.finish,
            "undo": self.undo,
            "redo": self.redo,
            "reopen": self.reopen_under_cursor,
            "swap": self.swap_buttons,
        }
        shortcuts, reasons = chosen_shortcuts()
        for provider in (*self.prompts.layers, self.painter.layer, self._viewer):
            for name, action in actions.items():
                self._keys.bind(provider, shortcuts[name].binding, action)
        for reason in reasons:
            show_warning(reason)
        for layer in self.prompts.layers:
            self._keys.bind(layer, keys.PASTE, _refuse_paste)

    def _connections(self) -> tuple[tuple[Any, Callable[..., None]], ...]:
        dims = self._viewer.dims.events
        return (
            (self.prompts.changed, self._on_points),
            (self.buttons.picked, self.reopen_at),
            (self._viewer.layers.events.removed, self._on_removed),
            (self._image.events.data, self._on_image_data),
            (self.painter.layer.events.data, self._on_labels_data),
            *((event, self._on_dims) for event in (dims.point, dims.order, dims.ndisplay)),
        )

    def _on_removed(self, event: Any) -> None:
        if event.value in (self._image, self.painter.layer, *self.prompts.layers):
            self._end_because(f"{event.value.name} was removed")

    def _on_image_data(self) -> None:
        self._end_because(f"the data of {self._image.name} was replaced")

    def _on_labels_data(self) -> None:
        try:
            self.painter.check()
        except ValueError as error:
            self._end_because(str(error))

    def _end_because(self, reason: str) -> None:
        if self._is_open:
            self._tell(f"Segmenting {self._image.name} has ended: {reason}.")
            self._end()

    def _end(self) -> None:
        self._is_open = False
        self._stack.close()
        self._keys.give_back()
        self.buttons.close()
        self.prompts.close()
        for signal, slot in self._connections():
            signal.disconnect(slot)
        self.closed.emit()


def _refuse_paste() -> None:
    show_info("Clicks cannot be pasted: place them with the mouse.")
