"""Ten thousand clicks on five hundred images in one napari: memory and time, tenth by tenth.

    python benchmarks/working_day.py
    python benchmarks/working_day.py --images 50 --json day.json

One viewer without a window, the real annotator with the packaged weights, and every action
recorded to a temporary folder. The images are parts of the astronaut of scikit-image, of 200
shapes with sides from 40 to 140 pixels, so that a day takes some minutes; those of the last tenth
are those of the first, with the same clicks, so that both can be compared. `own` is the time of
the processor, which does not depend on what else the machine does. The exit code is 1 where memory
grows by more than 50 MB after the first tenth, or the 95th percentile of the last tenth is more
than 1.1 times that of the first.
"""

import argparse
import gc
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import skimage.data
import torch
from napari.components import ViewerModel
from numpy.typing import NDArray

from napari_faseg import NetPredictor, __version__
from napari_faseg.plugin.annotator import Annotator, start

N_SHAPES = 200
SIDES = 40, 140  # pixels, smallest and largest
N_CLICKS = 20  # on each image
CLICKS_OF_OBJECT = 4
MOST_MB, MOST_SLOWER = 50, 1.1
N_WARM = 5  # images before the day begins
MEGA = 2**20


def main() -> None:
    """Work, print and, if asked for, write the numbers."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NAPARI_FASEG_SESSIONS"] = folder
        tenths = list(day(options.images))
    grown = max(tenth["mb"] for tenth in tenths[1:]) - tenths[0]["mb"]
    slower = tenths[-1]["own p95"] / tenths[0]["own p95"]
    report = {
        "environment": environment(options),
        "tenths": tenths,
        "grown by MB": round(grown, 1),
        "slower": round(slower, 3),
    }
    print(json.dumps(report, indent=2))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")
    sys.exit(int(grown > MOST_MB or slower > MOST_SLOWER))


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=500, help="a multiple of ten")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--json", type=Path, help="file to write as well")
    return parser.parse_args()


def day(n_images: int) -> Iterator[dict[str, float]]:
    """Work on images one after the other; yield the numbers of each tenth."""
    viewer, predictor = ViewerModel(), NetPredictor.from_weights()
    for number in range(N_WARM):
        list(clicks_on(viewer, predictor, number))
    per_tenth = n_images // 10
    for tenth in range(10):
        times: list[tuple[float, float]] = []
        for n in range(per_tenth):
            times += clicks_on(viewer, predictor, n + per_tenth * tenth if tenth < 9 else n)
        yield summary(times)
        print(f"{tenth + 1} of 10", file=sys.stderr, flush=True)


def clicks_on(
    viewer: ViewerModel, predictor: NetPredictor, number: int
) -> Iterator[tuple[float, float]]:
    """Segment the image of a number; yield the seconds of each click, on the clock and own."""
    rng = np.random.default_rng(number % N_SHAPES)
    picture = photograph(rng)
    image = viewer.add_image(picture, rgb=True, name=f"image {number}")
    annotator = start(viewer, image, predictor, resume=False)
    for n in range(N_CLICKS):
        layer = annotator.prompts.layers[int(n % CLICKS_OF_OBJECT == 2)]
        position = rng.uniform(0, picture.shape[:2])
        began, own = time.perf_counter(), time.process_time()
        layer.add(position)
        yield time.perf_counter() - began, time.process_time() - own
        act_between(annotator, n)
    annotator.close()
    viewer.layers.clear()


def act_between(annotator: Annotator, n: int) -> None:
    """Do what comes after the nth click: finish, take back, paint."""
    if n % CLICKS_OF_OBJECT == CLICKS_OF_OBJECT - 1:
        annotator.finish()
    elif n % 7 == 3:
        annotator.undo()
        annotator.redo()
    elif n == 9:
        annotator.painter.layer.paint((5, 5), 99)


def photograph(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a part of a photograph, (h, w, 3)."""
    whole = skimage.data.astronaut()
    height, width = rng.integers(SIDES[0], SIDES[1] + 1, 2)
    top, left = (int(rng.integers(whole.shape[0] - size)) for size in (height, width))
    return whole[top : top + height, left : left + width].copy()


def summary(times: list[tuple[float, float]]) -> dict[str, float]:
    """Return the numbers of some clicks, in milliseconds, and the memory now."""
    gc.collect()
    clock, own = 1000 * np.array(times).T
    numbers = {
        "median": np.median(clock),
        "p95": np.percentile(clock, 95),
        "own median": np.median(own),
        "own p95": np.percentile(own, 95),
        "mb": psutil.Process().memory_info().rss / MEGA,
    }
    return {name: round(float(number), 2) for name, number in numbers.items()}


def environment(options: argparse.Namespace) -> dict[str, object]:
    """Return what the numbers depend on."""
    return {
        "images": options.images,
        "clicks": options.images * N_CLICKS,
        "sides": SIDES,
        "threads": options.threads,
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "napari-faseg": __version__,
    }


if __name__ == "__main__":
    main()
