"""Seconds from the wish to close napari to the end of its process, at random moments of the work.

    xvfb-run -a python benchmarks/closing.py
    xvfb-run -a python benchmarks/closing.py --times 20 --json closing.json

Each time a process of its own opens a real window with the packaged weights and one of the widgets,
and somebody clicks, finishes, undoes, paints and turns planes at random, trains or evaluates. At a
random moment, also while weights are loaded, an image is encoded or a step is trained, the window
is closed. The exit code is 1 where a process ends with another code than 0, or after more than two
seconds. Other work on the machine counts: its load is part of the report.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import skimage.data

from napari_faseg import __version__

KINDS = ("loading", "clicking", "clicking", "planes", "painting", "training", "evaluating")
LATEST = {"loading": 3.0, "training": 30.0, "evaluating": 6.0}  # seconds after Start
LATEST_ELSE = 4.0
MOST_SECONDS = 2.0
PATIENCE = 120.0  # seconds, after which a process counts as hung
SIDE = 256  # pixels of the images
CLOSING = "closing"  # what a process says when it is asked to close


def main() -> None:
    """Close again and again, print and, if asked for, write the times; or be one of those."""
    options = parse_options()
    if options.one is not None:
        work_and_close(options.one)
        return
    found = [closed(seed) for seed in range(options.first, options.first + options.times)]
    report = {"environment": environment(options), **summary(found), "closed": found}
    print(json.dumps({**report, "closed": [one for one in found if not is_good(one)]}, indent=2))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")
    sys.exit(int(not all(map(is_good, found))))


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--json", type=Path, help="file to write as well")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)  # the seed of a process
    return parser.parse_args()


# The process that watches


def closed(seed: int) -> dict[str, Any]:
    """Start a process, and return how it ended."""
    command = [sys.executable, __file__, "--one", str(seed)]
    with tempfile.TemporaryDirectory() as folder:
        places = {"NAPARI_FASEG_SESSIONS": f"{folder}/s", "NAPARI_FASEG_WEIGHTS": f"{folder}/w"}
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **places},
        )
        told = cast(IO[str], process.stdout)
        line = told.readline().strip()
        while line and not line.startswith(CLOSING):
            line = told.readline().strip()
        began = time.perf_counter()
        try:
            _, errors = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
        seconds = time.perf_counter() - began
    end = {"seed": seed, "kind": KINDS[seed % len(KINDS)], "code": process.returncode}
    end["during"] = line.removeprefix(f"{CLOSING} ")
    end |= {"seconds": round(seconds, 2), "load": round(os.getloadavg()[0], 1)}
    print(end, file=sys.stderr, flush=True)
    return end if is_good(end) else {**end, "errors": errors[-2000:]}


def is_good(end: dict[str, Any]) -> bool:
    """Say whether a process ended well, and soon."""
    return end["code"] == 0 and end["seconds"] <= MOST_SECONDS


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the median and the maximum of the seconds, of all and by kind."""
    by_kind = {kind: [e["seconds"] for e in found if e["kind"] == kind] for kind in KINDS}
    groups = {"all": [end["seconds"] for end in found], **by_kind}
    seconds = {
        name: {"times": len(s), "median": round(statistics.median(s), 2), "max": max(s)}
        for name, s in groups.items()
        if s
    }
    return {"good": sum(map(is_good, found)), "seconds": seconds}


def environment(options: argparse.Namespace) -> dict[str, object]:
    """Return what the times depend on."""
    return {
        "times": options.times,
        "first": options.first,
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "napari-faseg": __version__,
    }


# The process that is closed


def work_and_close(seed: int) -> None:
    """Open a window, work in it, and close it at a random moment."""
    import napari  # noqa: PLC0415  the process that watches needs no window
    from qtpy.QtCore import QTimer  # noqa: PLC0415

    rng, kind = np.random.default_rng(seed), KINDS[seed % len(KINDS)]
    viewer = napari.Viewer(show=True)
    act, during = begin(viewer, kind, rng)
    timer = QTimer()
    timer.timeout.connect(act)
    timer.start(60)
    window = viewer.window._qt_window

    def close() -> None:
        print(CLOSING, during(), flush=True)
        window.close()

    QTimer.singleShot(int(1000 * rng.uniform(0, LATEST.get(kind, LATEST_ELSE))), close)
    window.destroyed.connect(timer.stop)
    napari.run()


def begin(
    viewer: Any, kind: str, rng: np.random.Generator
) -> tuple[Callable[[], None], Callable[[], str]]:
    """Open a widget and press its button; return what is done now and then, and what it says."""
    stack = np.stack([skimage.data.astronaut()[y : y + SIDE, :SIDE] for y in (0, 90, 180)])
    image = viewer.add_image(stack, rgb=True, name="astronaut")
    if kind in {"training", "evaluating"}:
        return begin_job(viewer, kind, stack)
    from napari_faseg.plugin.segment_widget import SegmentWidget  # noqa: PLC0415

    widget = SegmentWidget(viewer)
    viewer.window.add_dock_widget(widget, name="segment")
    widget._controls.image.value = image
    widget._controls.start.clicked.emit()
    return lambda: act(viewer, widget, kind, rng), lambda: widget._controls.status.value


def begin_job(viewer: Any, kind: str, stack: Any) -> tuple[Callable[[], None], Callable[[], str]]:
    """Begin to train or to evaluate on objects that are circles."""
    from napari_faseg.plugin.evaluate_widget import EvaluateWidget  # noqa: PLC0415
    from napari_faseg.plugin.train_widget import TrainWidget  # noqa: PLC0415

    y, x = np.ogrid[:SIDE, :SIDE]
    centres = ((80, 80), (170, 60), (150, 180))
    circles = sum(n * (np.hypot(y - a, x - b) < 40) for n, (a, b) in enumerate(centres, 1))
    viewer.add_labels(np.stack([circles] * len(stack)).astype(np.int32), name="circles")
    widget = TrainWidget(viewer) if kind == "training" else EvaluateWidget(viewer)
    viewer.window.add_dock_widget(widget, name=kind)
    widget._start.clicked.emit()
    return lambda: None, lambda: widget._status.value


def act(viewer: Any, widget: Any, kind: str, rng: np.random.Generator) -> None:
    """Do something at random."""
    annotator = widget._annotator
    if annotator is None:
        return
    choice = rng.random()
    if choice < 0.5:
        z = annotator._plane.index[0]
        annotator.prompts.layers[int(rng.random() < 0.3)].add((z, *rng.uniform(0, SIDE, 2)))
    elif choice < 0.6:
        annotator.finish()
    elif choice < 0.7:
        annotator.undo()
    elif kind == "planes":
        viewer.dims.set_point(0, int(rng.integers(3)))
    elif kind == "painting":
        z = annotator._plane.index[0]
        annotator.painter.layer.paint((z, *map(int, rng.integers(0, SIDE, 2))), 9)
    else:
        annotator.threshold = float(rng.choice((0.3, 0.5, 0.7)))


if __name__ == "__main__":
    main()
