"""The benchmark protocol: a robot clicks on every object of a data set."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TypeAlias

from napari_faseg.datasets import Dataset
from napari_faseg.evaluation.curves import Curves, ObjectResult
from napari_faseg.evaluation.objects import (
    BENCHMARK_CLICKS,
    BENCHMARK_TARGET,
    BENCHMARK_THRESHOLD,
    Rules,
    click_on,
)
from napari_faseg.evaluation.workers import Tasks, in_processes, on_cluster
from napari_faseg.interaction import ClickSession, Predictor

OnBroken: TypeAlias = Callable[[int, Exception], object]


def evaluate(
    predictor: Predictor,
    dataset: Dataset,
    *,
    max_clicks: int = BENCHMARK_CLICKS,
    target: float | None = BENCHMARK_TARGET,
    threshold: float = BENCHMARK_THRESHOLD,
    seed: int | None = None,
    workers: int = 1,
    scheduler: str | None = None,
) -> Curves:
    """Click on every object of a data set and return how the masks got better.

    Parameters
    ----------
    predictor : Predictor
        Anything with `set_image` and `predict`.
    dataset : Dataset
        One object a sample.
    max_clicks : int
        Clicks on an object at most.
    target : float or None
        IoU at which the clicks on an object stop; None (or above 1): they never do.
    threshold : float
        The mask is where the probability is larger.
    seed : int, optional
        With it the robot is careless: it clicks anywhere in the wrong region, at random.
    workers : int
        Processes of this machine. A script that asks for several needs the usual
        `if __name__ == "__main__":`, because they begin by importing it.
    scheduler : str, optional
        Address of a Dask scheduler whose workers are to do it instead.

    Raises
    ------
    ValueError
        If an option is out of range, or the data set has no objects.
    RuntimeError
        If the predictor has no answer to the clicks on an object, which is named.
    TypeError
        If the predictor or the data set is something else.
    ImportError
        If a scheduler is given and Dask is not installed.

    Examples
    --------
    >>> curves = evaluate(predictor, open_dataset("folder", "photographs"))  # doctest: +SKIP
    >>> curves.noc(0.90)  # doctest: +SKIP
    3.2
    """
    if not isinstance(dataset, Dataset):
        raise TypeError(f"expected a data set, as open_dataset returns it, got {dataset!r:.80}")
    refuse_empty(dataset, dataset.name)
    results = evaluate_objects(
        predictor,
        dataset,
        max_clicks=max_clicks,
        target=target,
        threshold=threshold,
        seed=seed,
        workers=workers,
        scheduler=scheduler,
    )
    return Curves(
        tuple(results),
        max_clicks,
        target if target is None or target <= 1 else None,
        predictor=type(predictor).__name__,
        dataset=dataset.name,
        mode=getattr(predictor, "mode", None),
    )


def refuse_empty(dataset: Dataset, name: str) -> None:
    """Raise a ValueError, which calls the data set by a name, unless it has objects."""
    if len(dataset) == 0:
        raise ValueError(f"expected at least one object in the data set {name}, got none")


def evaluate_objects(
    predictor: Predictor,
    dataset: Dataset,
    *,
    indices: Sequence[int] | None = None,
    max_clicks: int = BENCHMARK_CLICKS,
    target: float | None = BENCHMARK_TARGET,
    threshold: float = BENCHMARK_THRESHOLD,
    seed: int | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    on_broken: OnBroken | None = None,
) -> Generator[ObjectResult, None, None]:
    """Do what `evaluate` does and yield the result of each object as it comes, in order.

    Processes that work on it end when it is closed.

    The other parameters and the errors are those of `evaluate`.

    Parameters
    ----------
    indices : sequence of int, optional
        Of the objects; all unless given.
    on_broken : callable, optional
        Is told the index of an object that cannot be read, and the error; the object is left out.
        Without it the error is raised. What the predictor raises is raised in any case.
    """
    if not isinstance(predictor, Predictor):
        raise TypeError(
            f"expected a predictor, as make_predictor returns it, got {predictor!r:.80}"
        )
    if workers < 1:
        raise ValueError(f"expected at least 1 worker, got {workers}")
    rules = Rules(max_clicks, target, threshold, seed)
    wanted = range(len(dataset)) if indices is None else indices
    if scheduler is not None:
        return _told(on_cluster(predictor, dataset, wanted, rules, scheduler), on_broken)
    if workers > 1:
        return _told(in_processes(predictor, dataset, wanted, rules, workers), on_broken)
    session = ClickSession(predictor, threshold=threshold)
    return _told(_here(session, dataset, wanted, rules), on_broken)


def _here(session: ClickSession, dataset: Dataset, indices: Sequence[int], rules: Rules) -> Tasks:
    for index in indices:
        yield index, lambda index=index: click_on(session, dataset[index], rules, index)  # type: ignore[misc]


def _told(tasks: Tasks, on_broken: OnBroken | None) -> Generator[ObjectResult, None, None]:
    """Yield the results; objects that cannot be read are told, or end it."""
    with closing(tasks):  # at once, or the workers of a run that was interrupted would go on
        for index, result in tasks:
            try:
                found = result()
            except (ValueError, TypeError, OSError) as error:
                if on_broken is None:
                    raise
                on_broken(index, error)
            else:
                yield found
