"""One object of the benchmark: a robot clicks on it until the mask is good enough."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from napari_faseg._words import reason
from napari_faseg.datasets import Sample
from napari_faseg.evaluation.curves import ObjectResult
from napari_faseg.evaluation.metrics import iou
from napari_faseg.evaluation.robot import next_click
from napari_faseg.interaction import Click, ClickSession, Predictor
from napari_faseg.interaction.arrays import Mask

BENCHMARK_CLICKS = 20
BENCHMARK_TARGET = 0.90
BENCHMARK_THRESHOLD = 0.49


@dataclass(frozen=True)
class Rules:
    """How the robot clicks, and when it stops.

    Parameters
    ----------
    max_clicks : int
        Clicks on an object at most.
    target : float or None
        IoU at which the clicks on an object stop; None (or above 1): they never do.
    threshold : float
        The mask is where the probability is larger.
    seed : int or None
        With it the robot is careless: it clicks anywhere in the wrong region, at random.

    Raises
    ------
    ValueError
        If there is to be no click, or the seed is negative.
    """

    max_clicks: int = BENCHMARK_CLICKS
    target: float | None = BENCHMARK_TARGET
    threshold: float = BENCHMARK_THRESHOLD
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.max_clicks < 1:
            raise ValueError(f"expected at least 1 click an object, got {self.max_clicks}")
        if self.seed is not None and self.seed < 0:
            raise ValueError(f"expected a seed of at least 0, got {self.seed}")

    def is_over(self, ious: list[float]) -> bool:
        """Return whether the clicks on an object stop after these overlaps."""
        good = self.target is not None and bool(ious) and ious[-1] >= self.target
        return good or len(ious) >= self.max_clicks


def click_on(session: ClickSession, sample: Sample, rules: Rules, index: int = 0) -> ObjectResult:
    """Click on one object until it is good enough.

    Parameters
    ----------
    session : ClickSession
        Its image is replaced.
    sample : Sample
        The object.
    rules : Rules
    index : int
        Of the sample in its data set: the careless clicks on it are the same every time.

    Raises
    ------
    ValueError
        If every pixel of the sample is ignored.
    RuntimeError
        If the predictor has no answer to the clicks.
    """
    rng = None if rules.seed is None else np.random.default_rng((rules.seed, index))
    start = time.perf_counter()
    session.set_image(sample.image)
    encode_seconds = time.perf_counter() - start
    ious: list[float] = []
    click_seconds = 0.0
    while not rules.is_over(ious):
        click = next_click(
            session.mask, sample.mask, ignore=sample.ignore, clicked=session.clicks, rng=rng
        )
        if click is None:
            raise ValueError(f"expected pixels that count in {sample.name}, got ignored ones only")
        start = time.perf_counter()
        _answer(session, click, sample.name)
        click_seconds += time.perf_counter() - start
        ious.append(iou(session.mask, sample.mask, ignore=sample.ignore))
    return ObjectResult(
        sample.name,
        tuple(ious),
        session.clicks,
        _has_wrong(session.clicks, session.mask),
        encode_seconds,
        click_seconds / len(ious),
        index,
    )


def replayed_masks(predictor: Predictor, sample: Sample, clicks: Iterable[Click]) -> list[Mask]:
    """Make the clicks of a result once more and return the (h, w) mask after each."""
    session = ClickSession(predictor, threshold=BENCHMARK_THRESHOLD)
    session.set_image(sample.image)
    masks = []
    for click in clicks:
        session.add_click(click)
        masks.append(session.mask)
    return masks


def _answer(session: ClickSession, click: Click, name: str) -> None:
    """Add a click; whatever the predictor raises is no fault of the object of a name."""
    try:
        session.add_click(click)
    except (ValueError, TypeError, LookupError, OSError) as error:
        raise RuntimeError(f"no answer to the clicks on {name}: {reason(error)}") from error


def _has_wrong(clicks: Iterable[Click], mask: Mask) -> bool:
    return any(bool(mask[click.pixel]) != click.positive for click in clicks)
