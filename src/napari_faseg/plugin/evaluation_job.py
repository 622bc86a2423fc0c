"""An evaluation that runs beside the window: one event for each object, and it can be stopped."""

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from napari_faseg import evaluation
from napari_faseg.datasets import Dataset
from napari_faseg.evaluation import BENCHMARK_CLICKS, BENCHMARK_TARGET, Curves, ObjectResult
from napari_faseg.interaction import Predictor
from napari_faseg.plugin.stopping import StoppablePredictor, Stopped


@dataclass(frozen=True)
class Progress:
    """How far an evaluation is.

    Parameters
    ----------
    method : str
        That found the object.
    result : ObjectResult
        Of the object.
    share : float
        Of all objects of all methods that are done, in [0, 1].
    """

    method: str
    result: ObjectResult
    share: float


def clicked_objects(
    methods: Sequence[str],
    make: Callable[[str], Predictor],
    dataset: Dataset,
    stop: Event,
) -> Generator[Progress, None, None]:
    """Let a robot click on every object of a data set with one method after the other.

    Parameters
    ----------
    methods : sequence of str
        Names for `make`.
    make : callable
        Turns a name into a predictor.
    dataset : Dataset
    stop : threading.Event
        Ends it after the click that is being answered; the object that it was on is left out.

    Raises
    ------
    ValueError
        If there is no method or no object.
    """
    if not methods:
        raise ValueError("choose at least one method to evaluate")
    if len(dataset) == 0:
        raise ValueError(f"expected objects in the labels on {dataset.name}, got none")
    n_all, n_done = len(methods) * len(dataset), 0
    with suppress(Stopped):
        for method in methods:
            predictor = StoppablePredictor(make(method), stop)
            for result in evaluation.evaluate_objects(predictor, dataset):
                n_done += 1
                yield Progress(method, result, n_done / n_all)


def told(curves: Sequence[Curves], n_objects: int) -> str:
    """Return the clicks that each method took, and of how many objects where not of all."""
    lines = []
    for found in curves:
        n_found = len(found.results)
        share = "" if n_found == n_objects else f" (stopped after {n_found} of {n_objects} objects)"
        lines.append(f"{found.predictor}: NoC@90 {found.noc(0.9):.2f}{share}")
    return "\n".join(lines) or "Nothing was evaluated."


class Found:
    """The results that have arrived, by method.

    Parameters
    ----------
    dataset_name : str
    """

    def __init__(self, dataset_name: str) -> None:
        self._dataset_name = dataset_name
        self._results: dict[str, list[ObjectResult]] = {}

    def add(self, progress: Progress) -> None:
        """Take one more result."""
        self._results.setdefault(progress.method, []).append(progress.result)

    def curves(self) -> list[Curves]:
        """Return the curves so far, one for each method that has found an object."""
        return [
            Curves(tuple(results), BENCHMARK_CLICKS, BENCHMARK_TARGET, method, self._dataset_name)
            for method, results in self._results.items()
        ]
