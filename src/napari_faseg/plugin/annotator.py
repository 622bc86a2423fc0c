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
from napari_faseg.plugin.coordinates import displayed_plane
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.mouse import Buttons
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.probability_view import ProbabilityView
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.runner import ImmediateRunner, Runner
from napari_faseg.plugin.session_jobs import NOWHERE, SessionJobs, Shown
from napari_faseg.plugin.session_keeper import SessionKeeper
from napari_faseg.plugin.session_places import SESSION
from napari_faseg.plugin.shortcuts import chosen_shortcuts
from napari_faseg.plugin.turns import Turns
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
        One of its layers. Of an image with more than two axes, the plane that is shown.
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
        If the viewer does not show two axes of the image, or the objects cannot be written to.
    """
    runner = ImmediateRunner()
    return Annotator(viewer, image, lambda: predictor, runner, objects=objects, resume=resume)


class Annotator(Actions):
    """Two Points layers for clicks, a Labels layer for objects, and a session between them.

    All work on the session goes through the runner, so it is never met by two threads, whatever
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
        If the viewer does not show two axes of the image, or the objects cannot be written to.
    """

    shown = Signal(Shown)
    """What the session holds, each time that it is shown."""
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
        source = ImageSource(image, plane)
        keeper = None if resume is None else SessionKeeper(source, resume=resume)
        jobs = SessionJobs(make_predictor, source.read, keeper)
        told = self._show, self._tell, self._end_because
        super().__init__(jobs, Turns(runner, jobs, self.prompts, self.painter, *told))
        self._probability = ProbabilityView(viewer, image, plane)
        self._last_shown: Shown | None = None
        self._shows_probability = False
        self._keys = keys.BorrowedKeys()
        self._bind_keys()
        self._connect()
        there = None if self.painter.is_new else self.painter.painted()
        self._turns.begin(lambda: self._jobs.open(there), self._on_open_failed)
        if plane.fixed_axes:
            where = ", ".join(f"{plane.index[axis]} of axis {axis}" for axis in plane.fixed_axes)
            show_info(f"Only the plane at {where} is segmented: one plane of a volume at a time.")

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
        elif self._last_shown is not None:
            self._probability.show(self._last_shown.probability)

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

    def _show(self, shown: Shown) -> None:
        try:
            self.painter.show(shown)
        except RuntimeError as error:
            self._end_because(str(error))
            return
        if shown.folder:
            self.painter.layer.metadata[SESSION] = shown.folder
        if shown.is_last:
            self.buttons.settle()
        known, self._last_shown = self._last_shown, shown
        told = (known.notice, known.recording) if known else ()
        for sentence in (shown.notice, shown.recording):
            if sentence and sentence not in told:
                show_warning(sentence)
        if self._shows_probability:
            self._probability.show(shown.probability)
        if shown.finished == 0:
            show_info("There is nothing to finish: click on an object first.")
        self.shown.emit(shown)

    def _on_open_failed(self, reason: str) -> None:
        self._tell(reason)
        self.close()
        if self.painter.is_new:
            self._viewer.layers.remove(self.painter.layer)

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

    def _connect(self) -> None:
        self.prompts.changed.connect(self._turns.replay)
        self.buttons.picked.connect(self.reopen_at)
        self._viewer.layers.events.removed.connect(self._on_removed)
        self._image.events.data.connect(self._on_image_data)
        self.painter.layer.events.data.connect(self._on_labels_data)

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
        self._turns.close()
        self._jobs.close()
        self._keys.give_back()
        self.buttons.close()
        self.prompts.close()
        self.painter.close()
        self.prompts.changed.disconnect(self._turns.replay)
        self.buttons.picked.disconnect(self.reopen_at)
        self._viewer.layers.events.removed.disconnect(self._on_removed)
        self._image.events.data.disconnect(self._on_image_data)
        self.painter.layer.events.data.disconnect(self._on_labels_data)
        self.closed.emit()


def _refuse_paste() -> None:
    show_info("Clicks cannot be pasted: place them with the mouse.")
