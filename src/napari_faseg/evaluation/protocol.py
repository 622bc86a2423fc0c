"""The benchmark protocol: a robot clicks on every object of a data set."""

import time
from collections.abc import Iterable, Iterator

from napari_faseg.datasets import Dataset, Sample
from napari_faseg.evaluation.curves import Curves, ObjectResult
from napari_faseg.evaluation.metrics import iou
from napari_faseg.evaluation.robot import next_click
from napari_faseg.interaction import Click, ClickSession, Predictor
from napari_faseg.interaction.arrays import Mask

BENCHMARK_CLICKS = 20
BENCHMARK_TARGET = 0.90
BENCHMARK_THRESHOLD = 0.49


def evaluate(
    predictor: Predictor,
    dataset: Dataset,
    *,
    max_clicks: int = BENCHMARK_CLICKS,
    target: float | None = BENCHMARK_TARGET,
    threshold: float = BENCHMARK_THRESHOLD,
    workers: int = 1,
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
    workers : int
        Processes; today 1.

    Raises
    ------
    ValueError
        If an option is out of range, or the data set is empty.

    Examples
    --------
    >>> curves = evaluate(predictor, open_dataset("folder", "photographs"))  # doctest: +SKIP
    >>> curves.noc(0.90)  # doctest: +SKIP
    3.2
    """
    results = evaluate_objects(
        predictor,
        dataset,
        max_clicks=max_clicks,
        target=target,
        threshold=threshold,
        workers=workers,
    )
    return Curves(
        tuple(results),
        max_clicks,
        target if target is None or target <= 1 else None,
        predictor=type(predictor).__name__,
        dataset=dataset.name,
        mode=getattr(predictor, "mode", None),
    )


def evaluate_objects(
    predictor: Predictor,
    dataset: Iterable[Sample],
    *,
    max_clicks: int = BENCHMARK_CLICKS,
    target: float | None = BENCHMARK_TARGET,
    threshold: float = BENCHMARK_THRESHOLD,
    workers: int = 1,
) -> Iterator[ObjectResult]:
    """Do what `evaluate` does and yield the result of each object as it comes.

    The parameters and errors are those of `evaluate`.
    """
    if max_clicks < 1:
        raise ValueError(f"expected at least 1 click an object, got {max_clicks}")
    if workers != 1:
        raise ValueError(f"expected workers=1, more are not supported yet, got {workers}")
    session = ClickSession(predictor, threshold=threshold)
    return (_result(session, sample, max_clicks, target) for sample in dataset)


def _result(
    session: ClickSession, sample: Sample, max_clicks: int, target: float | None
) -> ObjectResult:
    start = time.perf_counter()
    session.set_image(sample.image)
    encode_seconds = time.perf_counter() - start
    ious: list[float] = []
    click_seconds = 0.0
    while len(ious) < max_clicks and not (target is not None and ious and ious[-1] >= target):
        click = next_click(session.mask, sample.mask, ignore=sample.ignore, clicked=session.clicks)
        if click is None:
            break
        start = time.perf_counter()
        session.add_click(click)
        click_seconds += time.perf_counter() - start
        ious.append(iou(session.mask, sample.mask, ignore=sample.ignore))
    return ObjectResult(
        sample.name,
        tuple(ious),
        session.clicks,
        _has_wrong(session.clicks, session.mask),
        encode_seconds,
        click_seconds / len(ious),
    )


def _has_wrong(clicks: Iterable[Click], mask: Mask) -> bool:
    return any(bool(mask[click.pixel]) != click.positive for click in clicks)
