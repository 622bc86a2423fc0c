"""What a click takes while other programs use the processors, with threads that wait in other ways.

    python benchmarks/busy_machine.py
    python benchmarks/busy_machine.py --spins 300000 --spins 10000 --others 0 --others 2

Torch's threads turn round so many times before they give the processor away (`GOMP_SPINCOUNT` of
GNU OpenMP, whose own number is 300000; Linux). Each number is measured in a process of its own,
beside so many other programs that do nothing but count. The photograph has 1024 x 1024 pixels;
times are milliseconds, median (longest), of encoding it, of the first look of a click and of all.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import numpy as np
import skimage.data
import torch
import typer
from skimage.transform import resize

from napari_faseg import Click, ClickSession, NetPredictor

SIDE = 1024
ROUNDS, CLICKS = 6, 3
ONE = "FASEG_BUSY_MACHINE"  # in the environment of a process that measures
COUNTING = "n = 0\nwhile True: n += 1"


def main(
    spins: Annotated[list[int] | None, typer.Option(help="Repeatable.")] = None,
    others: Annotated[list[int] | None, typer.Option(help="Repeatable.")] = None,
) -> None:
    """Print a table, or a line of one."""
    if ONE in os.environ:
        print(measured())
        return
    n_processors = os.cpu_count() or 1
    print(
        f"{n_processors} processors, {torch.get_num_threads()} threads, torch {torch.__version__}"
    )
    print("| other programs | turns | encode | first look | all looks |")
    print("|---|---|---|---|---|")
    for n_others in (0, n_processors) if others is None else others:
        for n_spins in spins or (300000, 10000):
            with busy(n_others):
                line = child(n_spins)
            print(f"| {n_others} | {n_spins} | {line} |", flush=True)


@contextmanager
def busy(n: int) -> Iterator[None]:
    """Let so many programs count meanwhile."""
    programs = [subprocess.Popen([sys.executable, "-c", COUNTING]) for _ in range(n)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def child(n_spins: int) -> str:
    """Measure in a process of its own."""
    environment = {**os.environ, ONE: "1", "GOMP_SPINCOUNT": str(n_spins)}
    command = [sys.executable, __file__]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def measured() -> str:
    """Return the cells of a line."""
    image = resize(skimage.data.astronaut(), (SIDE, SIDE), preserve_range=True).astype(np.uint8)
    session = ClickSession(NetPredictor.from_weights(device="cpu"))
    session.set_image(image)  # warms up
    rng = np.random.default_rng(0)
    times: dict[str, list[float]] = {"encode": [], "first": [], "all": []}
    for _ in range(ROUNDS):
        start = time.perf_counter()
        session.set_image(image)
        times["encode"].append(time.perf_counter() - start)
        for n in range(CLICKS):
            y, x = rng.uniform(0.1 * SIDE, 0.9 * SIDE, 2)
            start = time.perf_counter()
            looks = session.replaying((*session.clicks, Click(y, x, positive=n % 2 == 0)))
            next(looks)
            times["first"].append(time.perf_counter() - start)
            list(looks)
            times["all"].append(time.perf_counter() - start)
    return " | ".join(f"{1000 * np.median(t):.0f} ({1000 * max(t):.0f})" for t in times.values())


if __name__ == "__main__":
    typer.run(main)
