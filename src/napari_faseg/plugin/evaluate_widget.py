"""The dock widget of the benchmark: layers and methods in, curve and table out."""

from collections.abc import Callable, Generator, Sequence
from functools import cache, partial
from threading import Event
from typing import Any

import napari
from magicgui.widgets import (
    Container,
    Label,
    ProgressBar,
    PushButton,
    Select,
    Slider,
    create_widget,
)
from napari.layers import Image, Labels
from napari.utils.notifications import show_warning

from napari_faseg import evaluation
from napari_faseg._words import reason
from napari_faseg.datasets import Dataset
from napari_faseg.evaluation.baselines import BASELINES
from napari_faseg.evaluation.report import draw_curves
from napari_faseg.interaction import Predictor
from napari_faseg.models import weight_names
from napari_faseg.plugin.background import BackgroundJob
from napari_faseg.plugin.canvas import new_canvas
from napari_faseg.plugin.drawn_removals import DrawnRemovals
from napari_faseg.plugin.evaluation_job import Found, Progress, clicked_objects, told
from napari_faseg.plugin.explanation import explain
from napari_faseg.plugin.latest import LatestRunner
from napari_faseg.plugin.layer_dataset import LayerDataset
from napari_faseg.plugin.removal import RemovalWatch
from napari_faseg.plugin.replay import Replay, ReplayLayers, replayed
from napari_faseg.plugin.results_table import ResultsTable
from napari_faseg.plugin.scrolling import ScrollingContainer
from napari_faseg.plugin.torch_ahead import torch_ahead

MIN_TABLE_HEIGHT, METHODS_HEIGHT = 160, 110  # pixels
MIN_WIDTH = 440  # pixels: napari's title of the dock fits
NOT_YET = "Rows can be looked at when all objects are done."


def method_names() -> list[str]:
    """Return the weights and the methods without a network."""
    return [*weight_names(), *BASELINES]


def make_predictor(name: str) -> Predictor:
    """Return the predictor of some weights or of a method, once torch is there."""
    torch_ahead().wait()
    return evaluation.make_predictor(name)


def clicked(
    methods: Sequence[str], make: Callable[[str], Predictor], dataset: Dataset, stop: Event
) -> Generator[Progress, None, None]:
    """Let a robot click, once torch is there; what `clicked_objects` takes and yields."""
    if torch_ahead().wait(stop):
        yield from clicked_objects(methods, make, dataset, stop)


class EvaluateWidget(ScrollingContainer):
    """Connects a form, an evaluation in the background, its curve and its table.

    Parameters
    ----------
    viewer : napari.Viewer
    make : callable
        Turns the name of a method into a predictor; called in a background thread.
    names : callable
        Returns the methods to choose from.
    """

    def __init__(
        self,
        viewer: "napari.viewer.Viewer",
        make: Callable[[str], Predictor] = make_predictor,
        names: Callable[[], list[str]] = method_names,
    ) -> None:
        torch_ahead()
        self._viewer = viewer
        self._make = make
        self._job: BackgroundJob | None = None
        self._runner = LatestRunner()
        self._replay: Replay | None = None
        self._layers = ReplayLayers(viewer)
        self._drawn = DrawnRemovals(viewer)
        self._image: Any = create_widget(name="image", annotation=Image)
        self._objects: Any = create_widget(name="objects", annotation=Labels)
        self._unknown: Any = create_widget(
            name="unknown", label="not known", annotation=Labels | None
        )
        self._methods = Select(name="methods", choices=lambda _: names(), value=names()[:1])
        self._methods.max_height = METHODS_HEIGHT
        self._start, self._stop = PushButton(text="Evaluate"), PushButton(text="Stop")
        self._bar = ProgressBar(value=0, max=1000)
        self._step = Slider(name="clicks", min=1, max=2, value=1)
        self._status = Label(value="Choose an image with labels and press Evaluate.")
        form = Container(widgets=[self._image, self._objects, self._unknown, self._methods])
        buttons = Container(widgets=[self._start, self._stop], layout="horizontal", labels=False)
        steps = Container(widgets=[self._step])
        self._canvas = new_canvas()
        self._canvas.hide()  # until there is something to draw
        self._table = ResultsTable()
        self._table.setMinimumHeight(MIN_TABLE_HEIGHT)
        parts = [form, buttons, self._bar, self._status, steps, self._canvas, self._table]
        super().__init__(parts, least_width=MIN_WIDTH)
        self._stop.enabled = self._step.enabled = False
        self._explain()
        self._connect()

    def _explain(self) -> None:
        for control, name, tip in (
            (self._image, "image", "The image whose objects are clicked on."),
            (self._objects, "objects", "The layer that says where the objects are."),
            (self._unknown, "not known", "A layer whose pixels count for nothing."),
            (self._methods, "methods", "What answers the clicks. Hold Ctrl to choose several."),
            (self._start, "evaluate", "Count the clicks that each object needs."),
            (self._stop, "stop", "End after the click that is being answered; keep the results."),
            (self._step, "clicks", "Go through the clicks on the object that is chosen below."),
        ):
            explain(control, name, tip)

    def _connect(self) -> None:
        self._start.clicked.connect(self._on_start)
        self._stop.clicked.connect(self._on_stop)
        self._table.itemSelectionChanged.connect(self._on_chosen)
        self._step.changed.connect(self._on_step)
        self.native.destroyed.connect(self._on_destroyed)
        RemovalWatch(self.native, self._on_stop)

    def _on_start(self) -> None:
        image, labels = self._image.value, self._objects.value
        if image is None or labels is None:
            show_warning("Open an image and labels with its objects first, then press Evaluate.")
            return
        try:  # the objects may be changed while they are clicked on, and looked at later
            self._dataset = LayerDataset(image, labels, self._unknown.value).as_it_is()
        except (ValueError, MemoryError) as error:
            show_warning(reason(error))
            return
        self._found = Found(self._dataset.name)
        self._method = cache(self._make)  # loaded once for the evaluation and its replays
        self._table.empty()
        self._layers.remove()
        self._replay, self._step.enabled = None, False
        self._run(list(self._methods.value))

    def _run(self, methods: list[str]) -> None:
        self._job = BackgroundJob(
            *(clicked, methods, self._method, self._dataset),
            yielded=self._on_progress,
            failed=show_warning,
            finished=self._on_finished,
        )
        self._start.enabled, self._stop.enabled = False, True
        self._status.value = "Clicking …"

    def _on_stop(self) -> None:
        if self._job is not None:
            self._job.stop()
            self._status.value = "Stopping after this click …"

    def _on_progress(self, progress: Progress) -> None:
        self._found.add(progress)
        self._table.add(progress)
        self._bar.value = round(1000 * progress.share)
        self._canvas.show()
        draw_curves(self._found.curves(), self._canvas.figure)
        self._canvas.draw_idle()

    def _on_finished(self) -> None:
        self._job = None
        self._start.enabled, self._stop.enabled = True, False
        self._table.clearSelection()  # a row that was chosen too early can be chosen now
        self._status.value = told(self._found.curves(), len(self._dataset))

    def _on_chosen(self) -> None:
        progress = self._table.chosen()
        if progress is None:
            return
        if self._job is not None:
            self._status.value = NOT_YET
            return
        if self._dataset.overlay.image not in self._viewer.layers:
            self._status.value = f"{self._dataset.name} is not open any more."
            return
        self._status.value = f"Replaying {progress.result.name} with {progress.method} …"
        work = partial(_replay, self._method, self._dataset, progress)
        shown = partial(self._on_replayed, self._dataset)
        self._runner.submit(work, shown, self._on_failed, replaceable=True)

    def _on_replayed(self, dataset: LayerDataset, replay: Replay) -> None:
        if dataset is not self._dataset:
            return  # something else is being evaluated by now
        self._replay = replay
        n_clicks = len(replay.clicks)
        self._step.enabled = n_clicks > 1
        with self._step.changed.blocked():
            self._step.max = max(2, n_clicks)
            self._step.value = n_clicks
        self._on_step(n_clicks)
        self._layers.centre(replay)

    def _on_step(self, n_clicks: int) -> None:
        if self._replay is not None:
            n_shown = min(n_clicks, len(self._replay.clicks))
            self._layers.show(self._dataset.overlay, self._replay, n_shown)
            self._status.value = f"After {n_shown} of {len(self._replay.clicks)} clicks"

    def _on_failed(self, reason: str) -> None:
        self._status.value = reason

    def _on_destroyed(self) -> None:
        self._runner.close()
        if self._job is not None:
            self._job.abandon()


def _replay(make: Callable[[str], Predictor], dataset: LayerDataset, progress: Progress) -> Replay:
    """Make the clicks on one object once more."""
    result = progress.result
    plane = dataset.plane_of(result.index)
    return replayed(make(progress.method), dataset[result.index], result.clicks, plane)
