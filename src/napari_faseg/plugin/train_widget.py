"""The dock widget of training: own images and labels in, better weights and what they are worth."""

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import napari
from magicgui.types import FileDialogMode
from magicgui.widgets import (
    ComboBox,
    Container,
    FileEdit,
    FloatSpinBox,
    Label,
    LineEdit,
    ProgressBar,
    PushButton,
    create_widget,
)
from napari.layers import Image, Labels
from napari.utils.notifications import show_warning

from napari_faseg import plugin
from napari_faseg._words import reason
from napari_faseg.datasets import Pictures
from napari_faseg.models import new_weights_path, weight_names
from napari_faseg.plugin.background import BackgroundJob
from napari_faseg.plugin.explanation import explain
from napari_faseg.plugin.learned import Learned
from napari_faseg.plugin.picture import PictureView
from napari_faseg.plugin.removal import RemovalWatch
from napari_faseg.plugin.scrolling import ScrollingContainer
from napari_faseg.plugin.torch_ahead import torch_ahead
from napari_faseg.plugin.training_form import compared, pictures_of, remaining
from napari_faseg.training import TrainConfig
from napari_faseg.training.config import find_preset

MINUTES = 10.0
NOTHING_KEPT = "Stopped before anything was measured: nothing is kept."
MOST_STEPS = 100_000  # the minutes end a run
Train = Callable[[Pictures, str, TrainConfig, Path, Event], Generator[Learned, None, None]]
Use = Callable[["napari.viewer.Viewer", str], object]


def segment_with(viewer: "napari.viewer.Viewer", name: str) -> None:
    """Open the segmentation widget, or find it, and choose weights there."""
    _, widget = viewer.window.add_plugin_dock_widget("napari-faseg", "Segment by clicks")
    widget.use_weights(name)


def offer_new_weights(viewer: "napari.viewer.Viewer") -> None:
    """Let all docks of a viewer offer the weights that there are now."""
    for widget in viewer.window.dock_widgets.values():
        if isinstance(widget, ScrollingContainer):
            widget.reset_choices()


def trained(
    pictures: Pictures, start: str, config: TrainConfig, output: Path, stop: Event
) -> Generator[Learned, None, None]:
    """Train, once torch is there; what `training_job.trained` takes and yields."""
    if torch_ahead().wait(stop):
        yield from plugin.training_job.trained(pictures, start, config, output, stop)


class TrainWidget(ScrollingContainer):
    """Connects a form, a run in the background, and its curve.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose images and labels are learned from.
    train : callable
        Trains; called in a background thread.
    use : callable
        Makes the viewer segment with the weights of a name.
    """

    def __init__(
        self,
        viewer: "napari.viewer.Viewer",
        train: Train = trained,
        use: Use = segment_with,
    ) -> None:
        torch_ahead()
        self._viewer = viewer
        self._train = train
        self._use_weights = use
        self._trained_name, self._failure = "", ""
        self._job: BackgroundJob | None = None
        self._image: Any = create_widget(name="image", annotation=Image)
        self._objects: Any = create_widget(name="objects", annotation=Labels)
        self._folder: Any = FileEdit(
            name="folder",
            label="or a data set",
            mode=FileDialogMode.EXISTING_DIRECTORY,
            nullable=True,
        )
        self._begin = ComboBox(name="begin", label="begin with", choices=lambda _: weight_names())
        self._name = LineEdit(name="name", label="call it", value="mine")
        self._minutes = FloatSpinBox(name="minutes", min=0.1, max=1440, step=1, value=MINUTES)
        self._start, self._stop = PushButton(text="Train"), PushButton(text="Stop", enabled=False)
        self._bar = ProgressBar(value=0, max=1000)
        self._status = Label(value="Choose images with labels and press Train.")
        self._worth = Label(value="")
        self._use = PushButton(text="Use these weights", enabled=False)
        form = Container(
            widgets=[
                *(self._image, self._objects, self._folder),
                *(self._begin, self._name, self._minutes),
            ]
        )
        buttons = Container(widgets=[self._start, self._stop], layout="horizontal", labels=False)
        self._curve = PictureView()
        super().__init__(
            [form, buttons, self._bar, self._status, self._worth, self._use, self._curve]
        )
        self._explain()
        self._connect()

    def _explain(self) -> None:
        for control, name, tip in (
            (self._image, "image", "The images to learn from: a stack, or a series."),
            (self._objects, "objects", "The layer that says where the objects are."),
            (self._folder, "data set", "A folder of images and labels, in place of the layers."),
            (self._begin, "begin with", "The weights to begin with."),
            (self._name, "call it", "The name of the new weights."),
            (self._minutes, "minutes", "How long to train at most."),
            (self._start, "train", "Begin to train, beside the window."),
            (self._stop, "stop", "End now, and keep the best weights so far."),
            (self._use, "use these weights", "Choose the new weights in Segment by clicks."),
        ):
            explain(control, name, tip)

    def _connect(self) -> None:
        self._start.clicked.connect(self._on_start)
        self._stop.clicked.connect(self._on_stop)
        self._use.clicked.connect(self._on_use)
        self.native.destroyed.connect(self._on_destroyed)
        RemovalWatch(self.native, self._on_stop)

    def _on_start(self) -> None:
        try:
            pictures = pictures_of(self._image.value, self._objects.value, self._folder.value)
            output = new_weights_path(self._name.value)
        except (ValueError, OSError, MemoryError) as error:
            show_warning(reason(error))
            return
        self._trained_name = output.stem
        minutes = float(self._minutes.value)
        config = replace(find_preset("fine-tune"), minutes=minutes, steps=MOST_STEPS)
        self._run(pictures, config, output)

    def _run(self, pictures: Pictures, config: TrainConfig, output: Path) -> None:
        self._job = BackgroundJob(
            *(self._train, pictures, str(self._begin.value), config, output),
            yielded=self._on_learned,
            failed=self._on_failed,
            finished=self._on_finished,
        )
        self._failure, self._worth.value, self._bar.value = "", "", 0
        self._curve.show_nothing()
        self._start.enabled, self._stop.enabled, self._use.enabled = False, True, False
        self._status.value = "Counting the clicks before …"

    def _on_learned(self, learned: Learned) -> None:
        self._bar.value = round(1000 * learned.share)
        self._status.value = remaining(learned.rows, learned.share)
        self._worth.value = compared(learned.before, learned.best)
        if learned.curve is not None:
            self._curve.show_picture(learned.curve)

    def _on_failed(self, sentence: str) -> None:
        self._failure = sentence
        show_warning(sentence)

    def _on_finished(self) -> None:
        self._job = None
        self._start.enabled, self._stop.enabled = True, False
        made = self._trained_name in weight_names()
        self._use.enabled = made
        ready = f"{self._trained_name} is ready." if made else NOTHING_KEPT
        self._status.value = self._failure or ready
        offer_new_weights(self._viewer)

    def _on_stop(self) -> None:
        if self._job is not None:
            self._job.stop()
            self._status.value = "Stopping …"

    def _on_use(self) -> None:
        if self._trained_name in weight_names():
            self._use_weights(self._viewer, self._trained_name)
        else:
            self._use.enabled = False
            show_warning(f"The weights {self._trained_name} are gone: somebody has deleted them.")

    def _on_destroyed(self) -> None:
        if self._job is not None:
            self._job.abandon()
