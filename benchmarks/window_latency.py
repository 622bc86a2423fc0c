"""Milliseconds from a mouse press on the canvas of napari to the mask in the labels layer.

    xvfb-run -a python -m benchmarks.window_latency
    xvfb-run -a python -m benchmarks.window_latency --size 2048 --json latency.json

A real window, the real annotator and the packaged weights; the mouse is that of Qt. Each object
gets a first click and some more, which are taken back. `first mask` is the time until the layer
changes, `last look` until nothing more is coming, both without that for which the button is held;
`first mask, with the holding` is the time since it was pressed. `stall` is the longest time that
the window did nothing for anybody else, `stall, own` the same without the time that it waited for a
processor.
The image is the astronaut of scikit-image, resized; the clicks are random with a fixed seed. Other
work on the machine counts: its load is part of the report.
"""

import argparse
import json
import os
import platform
import threading
import time
from collections import defaultdict
from pathlib import Path

import napari
import numpy as np
import skimage.data
import torch
from numpy.typing import NDArray
from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtWidgets import QWidget
from skimage.transform import resize

from napari_faseg import NetPredictor, __version__
from napari_faseg.plugin.annotator import Annotator
from napari_faseg.plugin.latest import LatestRunner
from napari_faseg.plugin.shown import Shown
from napari_faseg.plugin.torch_ahead import torch_ahead
from tests.plugin.real_window import QTEST, canvas_of, on_canvas, wait_until

PAUSE = 100  # milliseconds before each click, for what the window still has to draw
EDGE = 0.1  # share of the image along its border where nothing is clicked


class Heartbeat:
    """Beats whenever the event loop is free and remembers the longest pause."""

    def __init__(self) -> None:
        self._longest = self._longest_own = 0.0
        self._last, self._waited = time.perf_counter(), seconds_waited()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(1)

    def longest_since_asked(self) -> tuple[float, float]:
        """Return the longest pause in milliseconds, with and without waiting; begin again."""
        longest = 1000 * self._longest, 1000 * self._longest_own
        self._longest = self._longest_own = 0.0
        return longest

    def _beat(self) -> None:
        now, waited = time.perf_counter(), seconds_waited()
        pause = now - self._last
        self._longest = max(self._longest, pause)
        self._longest_own = max(self._longest_own, pause - (waited - self._waited))
        self._last, self._waited = now, waited


def seconds_waited() -> float:
    """Return how long this thread has waited for a processor; Linux knows."""
    known = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    return int(known.read_text().split()[1]) * 1e-9 if known.exists() else 0.0


class Watch:
    """Notes when the labels layer was written to, and what the session told."""

    def __init__(self, annotator: Annotator) -> None:
        self.written: float | None = None
        self.told: Shown | None = None
        annotator.painter.layer.events.paint.connect(self._on_paint)
        annotator.shown.connect(self._on_shown)

    def begin(self) -> None:
        """Forget what was."""
        self.written = self.told = None

    def _on_paint(self) -> None:
        self.written = self.written or time.perf_counter()

    def _on_shown(self, shown: Shown) -> None:
        self.told = shown


def main() -> None:
    """Measure, print and, if asked for, write the times."""
    options = parse_options()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if options.threads:
        torch.set_num_threads(options.threads)
    report = {"environment": environment(options, load), "ms": measured(options)}
    print(json.dumps(report, indent=2))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1024, help="side of the image in pixels")
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--clicks", type=int, default=4, help="on each object")
    parser.add_argument("--hold", type=int, default=60, help="the button for so many milliseconds")
    parser.add_argument("--window", type=int, nargs=2, help="width and height in pixels")
    parser.add_argument("--threads", type=int, help="of torch; its own choice unless given")
    parser.add_argument("--json", type=Path, help="file to write as well")
    return parser.parse_args()


def measured(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return median, 95th percentile and maximum of what was measured, in milliseconds."""
    viewer = napari.Viewer(show=True)
    if options.window:
        viewer.window.resize(*options.window)
    torch_ahead().wait()  # as the widget does
    image = viewer.add_image(photograph(options.size), rgb=True, name="astronaut")
    annotator = Annotator(viewer, image, NetPredictor.from_weights, LatestRunner())
    watch, heart = Watch(annotator), Heartbeat()
    wait_until(lambda: watch.told is not None)
    times: dict[str, list[float]] = defaultdict(list)
    rng = np.random.default_rng(0)
    segment(viewer, annotator, watch, heart, rng, options, defaultdict(list))  # warm up
    for _ in range(options.objects):
        segment(viewer, annotator, watch, heart, rng, options, times)
    annotator.close()
    viewer.close()
    return {step: summary(values) for step, values in times.items()}


def segment(
    viewer: napari.Viewer,
    annotator: Annotator,
    watch: Watch,
    heart: Heartbeat,
    rng: np.random.Generator,
    options: argparse.Namespace,
    times: dict[str, list[float]],
) -> None:
    """Click on one object, write down the times, and take the clicks back."""
    for n in range(options.clicks):
        y, x = rng.uniform(EDGE * options.size, (1 - EDGE) * options.size, 2)
        button = Qt.MouseButton.LeftButton if n % 2 == 0 else Qt.MouseButton.RightButton
        which = "first click" if n == 0 else "later clicks"
        place = on_canvas(viewer, (y, x))
        QTEST.mouseMove(canvas_of(viewer).native, place)  # what is under the mouse is drawn anew
        QTEST.qWait(PAUSE)
        heart.longest_since_asked()
        watch.begin()
        pressed = time.perf_counter()
        start = click(canvas_of(viewer).native, button, place, options.hold)
        wait_until(lambda: watch.told is not None and watch.told.is_last)
        finished = time.perf_counter()
        if watch.written is not None:  # a click may change nothing
            times[f"{which}: first mask"].append(1000 * (watch.written - start))
            since_pressed = 1000 * (watch.written - pressed)
            times[f"{which}: first mask, with the holding"].append(since_pressed)
        times[f"{which}: last look"].append(1000 * (finished - start))
        QTEST.qWait(PAUSE)
        stall, own = heart.longest_since_asked()
        times["stall"].append(stall)
        times["stall, own"].append(own)
    for _ in range(options.clicks):
        watch.begin()
        start = time.perf_counter()
        annotator.undo()
        wait_until(lambda: watch.told is not None)
        times["undo"].append(1000 * (time.perf_counter() - start))


def click(canvas: QWidget, button: Qt.MouseButton, place: QPoint, hold: int) -> float:
    """Press a button, hold it for some milliseconds as a person does, and release it.

    Returns
    -------
    float
        When it would have been pressed if nobody had to hold it: before the release, by as much as
        the press took.
    """
    start = time.perf_counter()
    QTEST.mousePress(canvas, button, pos=place)
    pressing = time.perf_counter() - start
    QTEST.qWait(hold)
    start = time.perf_counter() - pressing
    QTEST.mouseRelease(canvas, button, pos=place)
    return start


def photograph(size: int) -> NDArray[np.uint8]:
    """Return a photograph of (size, size, 3) uint8."""
    image = resize(skimage.data.astronaut(), (size, size), preserve_range=True)
    return image.astype(np.uint8)


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Return median, 95th percentile and maximum."""
    median, p95 = np.percentile(milliseconds, (50, 95))
    numbers = {"median": median, "p95": p95, "max": max(milliseconds)}
    return {name: round(float(number), 1) for name, number in numbers.items()}


def environment(options: argparse.Namespace, load: float) -> dict[str, object]:
    """Return what the times depend on."""
    return {
        "size": options.size,
        "objects": options.objects,
        "clicks": options.clicks,
        "hold": options.hold,
        "threads": torch.get_num_threads(),
        "load": round(load, 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "napari": napari.__version__,
        "napari-faseg": __version__,
    }


if __name__ == "__main__":
    main()
