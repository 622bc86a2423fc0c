"""Points in, labels out: a click session on an image layer of a viewer. Knows napari, but no Qt."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Image
from napari.utils.notifications import show_info, show_warning
from numpy.typing import NDArray
from psygnal import Signal

from napari_faseg.interaction import Predictor
from napari_faseg.interaction.contrast import as_displayed
from napari_faseg.plugin import keys
from napari_faseg.plugin.coordinates import displayed_plane, full_resolution
from napari_faseg.plugin.mouse import Buttons
from napari_faseg.plugin.painting import Painter
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.runner import ImmediateRunner, Runner
from napari_faseg.plugin.session_jobs import SessionJobs, Shown


def start(viewer: Any, image: Image, predictor: Predictor) -> "Annotator":
    """Segment an image layer by clicks, each prediction made before the click returns.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    image : napari.layers.Image
        One of its layers. Of an image with more than two axes, the plane that is shown.
    predictor : Predictor
        Anything with `set_image` and `predict`.

    Raises
    ------
    ValueError
        If the viewer does not show two axes of the image.
    """
    return Annotator(viewer, image, lambda: predictor, ImmediateRunner())


@dataclass(frozen=True)
class _Step:
    """Undo, redo or finish, and the `order` of the last point placed before it was asked for."""

    work: Callable[[], Shown]
    until: int


class Annotator:
    """Two Points layers for clicks, a Labels layer for objects, and a session between them.

    All work on the session goes through the runner, so it is never met by two threads, whatever
    the runner is. Changed points are a replaceable request: only the newest clicks matter. Undo,
    redo and finish are not: they run in order, one at a time. Points that are placed while one
    of them is on its way wait for its result, and belong to what comes after it.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
    image : napari.layers.Image
        One of its layers; it is never changed.
    make_predictor : callable
        Loads and returns a predictor; called by the runner.
    runner : Runner
        Runs the work on the session. The annotator closes it.

    Raises
    ------
    ValueError
        If the viewer does not show two axes of the image.
    """

    shown = Signal(Shown)
    """What the session holds, each time that it is shown."""
    failed = Signal(str)
    """Why something that was asked for could not be done, in one sentence."""
    closed = Signal()
    """Emitted when the session has ended; the layers that are left are ordinary ones."""

    def __init__(
        self, viewer: Any, image: Image, make_predictor: Callable[[], Predictor], runner: Runner
    ) -> None:
        plane = displayed_plane(viewer, image)
        self._viewer = viewer
        self._image = image
        self._runner = runner
        self._steps: deque[_Step] = deque()
        self._is_open = True
        self.prompts = Prompts(image, plane)
        self.painter = Painter(image, plane)
        viewer.add_layer(self.painter.layer)
        viewer.add_layer(self.prompts.negative)
        viewer.add_layer(self.prompts.positive)
        self.buttons = Buttons(viewer, self.prompts, plane)
        self.buttons.select()
        self._keys = keys.BorrowedKeys()
        self._bind_keys()
        self._connect()
        self._jobs = SessionJobs(make_predictor, _reader(image, plane.key))
        self._runner.submit(self._jobs.open, self._show, self._on_open_failed)
        if plane.fixed_axes:
            where = ", ".join(f"{plane.index[axis]} of axis {axis}" for axis in plane.fixed_axes)
            show_info(f"Only the plane at {where} is segmented: one plane of a volume at a time.")

    # What a person can do

    def undo(self) -> None:
        """Take the last action back: a brush stroke, a change of clicks, or a finished object."""
        if self._steps or not self.painter.undo_stroke():
            self._take_step(self._jobs.undo)

    def redo(self) -> None:
        """Bring back what was undone last."""
        if self._steps or not self.painter.redo_stroke():
            self._take_step(self._jobs.redo)

    def finish(self) -> None:
        """Finish the object in progress; the next click begins another one."""
        self._take_step(self._finish)

    def swap_buttons(self) -> None:
        """Exchange what left and right click mean."""
        self.buttons.swap()
        sign = "negative" if self.buttons.swapped else "positive"
        show_info(f"Left click now adds {sign} points.")

    def close(self) -> None:
        """End the session: the objects stay, the two layers of clicks go."""
        if self._is_open:
            self._end()
            for layer in self.prompts.layers:
                self._viewer.layers.remove(layer)

    def abandon(self) -> None:
        """End the session and leave all layers, for a window that is being destroyed."""
        if self._is_open:
            self._end()

    # Work on the session

    def _on_points(self) -> None:
        if not self._steps:
            self._replay()

    def _replay(self, *, until: float = np.inf) -> None:
        clicks = self.prompts.clicks(until=until)
        work = lambda: self._jobs.replay(clicks)  # noqa: E731
        self._runner.submit(work, self._show, self._tell, replaceable=True)

    def _take_step(self, work: Callable[[], Shown]) -> None:
        if not self._is_open:
            return
        self._steps.append(_Step(work, self.prompts.latest))
        if len(self._steps) == 1:
            self._submit_step()

    def _submit_step(self) -> None:
        self.painter.choose_label()
        self._runner.submit(self._steps[0].work, self._on_step_done, self._on_step_failed)

    def _finish(self) -> Shown:
        # Runs elsewhere, but the label cannot change now: masks that came before this step are
        # no longer shown, and those after it wait for it.
        return self._jobs.finish(self.painter.label)

    def _on_step_done(self, shown: Shown) -> None:
        self.prompts.replace(shown.clicks, until=self._steps[0].until)
        self._show(shown)
        if shown.finished == 0:
            show_info("There is nothing to finish: click on an object first.")
        self._go_on()

    def _on_step_failed(self, reason: str) -> None:
        self._tell(reason)
        self._go_on()

    def _go_on(self) -> None:
        if not self._is_open:
            return
        done = self._steps.popleft()
        if self._steps:
            until = self._steps[0].until
            if self.prompts.clicks(after=done.until, until=until):
                self._replay(until=until)
            self._submit_step()
        elif self.prompts.clicks(after=done.until):
            self._replay()

    def _show(self, shown: Shown) -> None:
        try:
            self.painter.show(shown)
        except RuntimeError as error:
            self._end_because(str(error))
        else:
            self.shown.emit(shown)

    def _tell(self, reason: str) -> None:
        show_warning(reason)
        self.failed.emit(reason)

    def _on_open_failed(self, reason: str) -> None:
        self._tell(reason)
        self.close()
        self._viewer.layers.remove(self.painter.layer)

    # Beginning and end

    def _bind_keys(self) -> None:
        for provider in (*self.prompts.layers, self.painter.layer, self._viewer):
            self._keys.bind(provider, keys.FINISH, self.finish)
            self._keys.bind(provider, keys.UNDO, self.undo)
            self._keys.bind(provider, keys.REDO, self.redo)
            self._keys.bind(provider, keys.SWAP, self.swap_buttons)
        for layer in self.prompts.layers:
            self._keys.bind(layer, keys.PASTE, _refuse_paste)

    def _connect(self) -> None:
        self.prompts.changed.connect(self._on_points)
        self._viewer.layers.events.removed.connect(self._on_removed)
        self._image.events.data.connect(self._on_image_data)

    def _on_removed(self, event: Any) -> None:
        if event.value in (self._image, self.painter.layer, *self.prompts.layers):
            self._end_because(f"{event.value.name} was removed")

    def _on_image_data(self) -> None:
        self._end_because(f"the data of {self._image.name} was replaced")

    def _end_because(self, reason: str) -> None:
        if self._is_open:
            self._tell(f"Segmenting {self._image.name} has ended: {reason}.")
            self._end()

    def _end(self) -> None:
        self._is_open = False
        self._steps.clear()
        self._runner.close()
        self._keys.give_back()
        self.buttons.close()
        self.prompts.close()
        self.painter.close()
        self.prompts.changed.disconnect(self._on_points)
        self._viewer.layers.events.removed.disconnect(self._on_removed)
        self._image.events.data.disconnect(self._on_image_data)
        self.closed.emit()


def _reader(image: Image, key: tuple[slice | int, ...]) -> Callable[[], NDArray[np.generic]]:
    array, rgb, limits = full_resolution(image), image.rgb, tuple(image.contrast_limits)

    def read() -> NDArray[np.generic]:
        return as_displayed(np.asarray(array[key]), rgb=rgb, contrast_limits=limits)

    return read


def _refuse_paste() -> None:
    show_info("Clicks cannot be pasted: place them with the mouse.")
