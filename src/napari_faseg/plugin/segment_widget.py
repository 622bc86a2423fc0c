"""The dock widget: an image, weights, a few buttons, and what the last click cost."""

from collections.abc import Callable
from functools import partial
from math import isnan
from typing import Any

import napari
from magicgui.widgets import ComboBox, Container, Label, PushButton, Widget, create_widget
from napari.layers import Image
from napari.utils.notifications import show_warning

from napari_faseg.interaction import Predictor
from napari_faseg.interaction.predictor import NetPredictor
from napari_faseg.models import weight_names
from napari_faseg.plugin.annotator import Annotator
from napari_faseg.plugin.keys import HELP
from napari_faseg.plugin.latest import LatestRunner
from napari_faseg.plugin.removal import RemovalWatch
from napari_faseg.plugin.session_jobs import Shown

MIN_WIDTH = 320  # pixels: napari's title of the dock and the longest line of help fit


class SegmentWidget(Container[Widget]):
    """Buttons in front of an `Annotator`: it connects them, and computes nothing.

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
        load: Callable[[str], Predictor] = NetPredictor.from_weights,
        names: Callable[[], list[str]] = weight_names,
    ) -> None:
        self._viewer = viewer
        self._load_predictor = load
        self._annotator: Annotator | None = None
        self._image: Any = create_widget(name="image", annotation=Image)
        self._names = names
        self._weights = ComboBox(name="weights", choices=names())
        self._start = PushButton(text="Start")
        self._finish = PushButton(text="Finish object", enabled=False)
        self._undo = PushButton(text="Undo", enabled=False)
        self._redo = PushButton(text="Redo", enabled=False)
        self._status = Label(value="Choose an image and press Start.")
        self._help = Label(value="\n".join(HELP))
        back_and_forth = Container(
            widgets=[self._undo, self._redo], layout="horizontal", labels=False
        )
        choices = Container(widgets=[self._image, self._weights])
        super().__init__(
            widgets=[choices, self._start, self._finish, back_and_forth, self._status, self._help],
            labels=False,
        )
        self.min_width = MIN_WIDTH
        self._connect()

    def use_weights(self, name: str) -> None:
        """Choose weights, which may be new; an image that is being segmented starts again."""
        self._weights.choices = self._names()
        self._weights.value = name
        if self._annotator:
            self._on_start()

    def _connect(self) -> None:
        self._start.clicked.connect(self._on_start)
        self._finish.clicked.connect(self._on_finish)
        self._undo.clicked.connect(self._on_undo)
        self._redo.clicked.connect(self._on_redo)
        self.native.destroyed.connect(self._on_destroyed)
        RemovalWatch(self.native, self._close_annotator)

    def _on_start(self) -> None:
        self._close_annotator()
        image = self._image.value
        if image is None:
            show_warning("Open an image first, then press Start.")
            return
        try:
            self._open(image)
        except ValueError as error:
            show_warning(str(error))

    def _open(self, image: Image) -> None:
        name = str(self._weights.value)
        annotator = Annotator(
            self._viewer, image, partial(self._load_predictor, name), LatestRunner()
        )
        self._annotator = annotator
        annotator.shown.connect(self._on_shown)
        annotator.failed.connect(self._on_failed)
        annotator.closed.connect(self._on_closed)
        self._status.value = f"Loading {name} and looking at {image.name} …"
        self._finish.enabled = True

    def _on_finish(self) -> None:
        if self._annotator:
            self._annotator.finish()

    def _on_undo(self) -> None:
        if self._annotator:
            self._annotator.undo()

    def _on_redo(self) -> None:
        if self._annotator:
            self._annotator.redo()

    def _on_shown(self, shown: Shown) -> None:
        self._undo.enabled, self._redo.enabled = shown.can_undo, shown.can_redo
        device = shown.device or "ready"
        took = "" if isnan(shown.seconds) else f" · {1000 * shown.seconds:.0f} ms"
        self._status.value = f"{device}{took}"

    def _on_failed(self, reason: str) -> None:
        self._status.value = reason

    def _on_closed(self) -> None:
        self._annotator = None
        for button in (self._finish, self._undo, self._redo):
            button.enabled = False

    def _close_annotator(self) -> None:
        if self._annotator:
            self._annotator.close()

    def _on_destroyed(self) -> None:
        if self._annotator:
            self._annotator.abandon()
