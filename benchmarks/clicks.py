"""Milliseconds of encoding, clicks and undo by image size and device, and the peak memory.

    python benchmarks/clicks.py
    python benchmarks/clicks.py --sizes 1024 --devices cpu --threads 2 --json clicks.json

Everything is measured through `ClickSession`, as a person would wait for it: from the click to
the mask in an array of the full size. Each size has a process of its own, so that its peak memory
is its own. The image is the astronaut of scikit-image, resized; the clicks are random with a fixed
seed.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from skimage.transform import resize

from napari_faseg import Click, ClickSession, NetPredictor, __version__

try:
    import resource
except ImportError:  # Windows has no such module, so its peak memory is not measured
    resource = None  # type: ignore[assignment]

SIZES = (256, 512, 1024, 2048)
N_CLICKS = 10
STEPS = ("encode", "first click", "clicks 2-10", "tenth click", "undo")
Measured = dict[str, Any]


def main() -> None:
    """Measure what the options ask for, one process per device and size."""
    options = parse_options()
    if options.child:
        print(json.dumps(measure(options)))
        return
    rows = []
    for device in options.devices:
        for size in options.sizes:
            rows.append(measure_in_child(device, size, options))
            print(f"{device} {size}: {rows[-1]['clicks 2-10']} ms", file=sys.stderr)
    about = environment(options)
    Console(width=140).print(table(rows))
    print(*(f"{key}: {value}" for key, value in about.items()), sep="\n")
    if options.json:
        report = {"environment": about, "rows": rows}
        options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="sides in pixels")
    parser.add_argument("--devices", nargs="+", default=available_devices())
    parser.add_argument("--weights", default="default", help="name or path")
    parser.add_argument("--repeats", type=int, default=5, help="encodings, each with ten clicks")
    parser.add_argument("--threads", type=int, help="of torch on the CPU")
    parser.add_argument("--json", type=Path, help="file to write as well")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def available_devices() -> list[str]:
    """Return the names of the devices of this machine."""
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return ["cpu", *(name for name, is_there in found.items() if is_there)]


def measure_in_child(device: str, size: int, options: argparse.Namespace) -> Measured:
    """Measure one size on one device in a fresh process."""
    command = [sys.executable, __file__, "--child", "--devices", device, "--sizes", str(size)]
    command += ["--weights", options.weights, "--repeats", str(options.repeats)]
    command += ["--threads", str(options.threads)] if options.threads else []
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(finished.stdout.splitlines()[-1])


def measure(options: argparse.Namespace) -> Measured:
    """Return the times of every step in milliseconds, and the memory in megabytes."""
    if options.threads:
        torch.set_num_threads(options.threads)
    device, size = options.devices[0], options.sizes[0]
    predictor = NetPredictor.from_weights(
        options.weights, device=device, mode="once", max_side=None
    )
    session = ClickSession(predictor)
    image = photograph(size)
    loaded = peak_megabytes()
    time_one_object(session, image, seed=0)  # the first run of each shape is slower: not counted
    times = defaultdict(list)
    for seed in range(1, options.repeats + 1):
        for step, milliseconds in time_one_object(session, image, seed):
            times[step].append(milliseconds)
    return {
        "device": device,
        "size": size,
        **{step: summary(times[step]) for step in STEPS},
        "loaded_mb": loaded,
        "peak_mb": peak_megabytes(),
        "gpu_peak_mb": round(torch.cuda.max_memory_allocated() / 1e6) if device == "cuda" else None,
    }


def photograph(size: int) -> NDArray[np.uint8]:
    """Return a photograph of (size, size, 3) uint8."""
    image = resize(skimage.data.astronaut(), (size, size), preserve_range=True)
    return image.astype(np.uint8)


def time_one_object(
    session: ClickSession, image: NDArray[np.uint8], seed: int
) -> list[tuple[str, float]]:
    """Return (step, milliseconds) for one encoding, ten clicks and one undo."""
    places = np.random.default_rng(seed).uniform(0, len(image) - 1, (N_CLICKS, 2))
    clicks = [Click(y, x, positive=n % 2 == 0) for n, (y, x) in enumerate(places)]

    def mask_after(step: Callable[..., object], *given: object) -> object:
        step(*given)
        return session.mask

    times = [("encode", milliseconds_of(lambda: session.set_image(image)))]
    for n, click in enumerate(clicks, start=1):
        waited = milliseconds_of(partial(mask_after, session.add_click, click))
        times.append(("first click" if n == 1 else "clicks 2-10", waited))
    times.append(("tenth click", waited))
    times.append(("undo", milliseconds_of(partial(mask_after, session.undo))))
    return times


def milliseconds_of(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Return median and 95th percentile."""
    median, p95 = np.percentile(milliseconds, (50, 95))
    return {"median": round(float(median), 2), "p95": round(float(p95), 2)}


def peak_megabytes() -> int | None:
    """Return the most memory that this process has held."""
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6)


def environment(options: argparse.Namespace) -> dict[str, object]:
    """Return what the times depend on."""
    return {
        "command": " ".join(["python", "benchmarks/clicks.py", *sys.argv[1:]]),
        "cpu": cpu_name(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "threads": options.threads or torch.get_num_threads(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "napari-faseg": __version__,
        "weights": options.weights,
    }


def cpu_name() -> str:
    """Return the name of the processor."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(rows: list[Measured]) -> Table:
    """Return the rows as a table of milliseconds, "median (p95)"."""
    drawn = Table("device", "pixels", *STEPS, "peak MB", "GPU MB", title="ms: median (p95)")
    for row in rows:
        times = [f"{row[step]['median']:.1f} ({row[step]['p95']:.1f})" for step in STEPS]
        memory = (str(row[key]) if row[key] else "-" for key in ("peak_mb", "gpu_peak_mb"))
        drawn.add_row(row["device"], f"{row['size']} x {row['size']}", *times, *memory)
    return drawn


if __name__ == "__main__":
    main()
