"""What an evaluation found: one result per object, and the numbers of the field."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import NamedTuple

import numpy as np

from napari_faseg.interaction import Click


@dataclass(frozen=True)
class ObjectResult:
    """One object, clicked until it was good enough.

    Parameters
    ----------
    name : str
        Of the sample.
    ious : tuple of float
        IoU after each click, in [0, 1].
    clicks : tuple of Click
        What was clicked, in order.
    has_wrong_click : bool
        Whether a clicked pixel is on the wrong side of the last mask.
    encode_seconds : float
        Time to set the image.
    click_seconds : float
        Mean time of a click, the zoom-in's encoding included.
    index : int
        Of the sample in its data set.
    """

    name: str
    ious: tuple[float, ...]
    clicks: tuple[Click, ...]
    has_wrong_click: bool
    encode_seconds: float
    click_seconds: float
    index: int = 0

    def reached(self, target: float) -> int | None:
        """Return the number of clicks that an IoU took, or None if it was never reached."""
        return next((n for n, value in enumerate(self.ious, 1) if value >= target), None)


class Auc(NamedTuple):
    """Area under the curve of mean IoU over clicks, in [0, 1].

    `mean` is the mean over the clicks, `trapz` the trapezoid rule over the clicks minus one.
    """

    mean: float
    trapz: float


@dataclass(frozen=True)
class Curves:
    """The results of an evaluation, and what follows from them.

    Parameters
    ----------
    results : tuple of ObjectResult
        At least one.
    max_clicks : int
        Clicks on an object at most.
    target : float or None
        The IoU at which clicking stopped; None: it never did.
    predictor, dataset : str
        What was evaluated, and on what.
    mode : str or None
        The predictor's mode, if it has one.

    Raises
    ------
    ValueError
        If there are no results.
    """

    results: tuple[ObjectResult, ...]
    max_clicks: int
    target: float | None
    predictor: str = ""
    dataset: str = ""
    mode: str | None = None

    def __post_init__(self) -> None:
        if not self.results:
            where = f" of {self.dataset}" if self.dataset else ""
            raise ValueError(f"expected the results of at least one object{where}, got none")

    def noc(self, target: float) -> float:
        """Return the mean number of clicks to an IoU; an object that never gets there has all.

        Raises
        ------
        ValueError
            If clicking stopped below that IoU.
        """
        return float(np.mean(self._n_clicks(target)))

    def failures(self, target: float) -> int:
        """Return how many objects never reach an IoU."""
        self._refuse_beyond_stop(target)
        return sum(result.reached(target) is None for result in self.results)

    def failures_ref(self, target: float) -> int:
        """Return how many objects take all clicks, the field's usual count of failures.

        It counts an object that gets there exactly at the last click as well.
        """
        return sum(n == self.max_clicks for n in self._n_clicks(target))

    def mean_iou(self, n_clicks: int) -> float:
        """Return the mean IoU after a number of clicks.

        An object whose clicking stopped earlier counts with its last IoU; evaluate with
        `target=None` for curves that never stop.

        Raises
        ------
        ValueError
            If the number is not from 1 to `max_clicks`.
        """
        if not 1 <= n_clicks <= self.max_clicks:
            raise ValueError(f"expected from 1 to {self.max_clicks} clicks, got {n_clicks}")
        return float(np.mean([r.ious[:n_clicks][-1] for r in self.results]))

    def auc(self) -> Auc:
        """Return the area under the curve of mean IoU; see `mean_iou` for runs that stopped."""
        curve = np.array(self._mean_ious())
        if curve.size == 1:
            return Auc(float(curve[0]), float(curve[0]))
        return Auc(float(curve.mean()), float((curve[1:] + curve[:-1]).mean() / 2))

    def noic(self) -> int:
        """Return how many objects end with a clicked pixel on the wrong side."""
        return sum(result.has_wrong_click for result in self.results)

    def setbacks(self, loss: float = 0.01) -> float:
        """Return the share of clicks after the first that lost more than so much of the IoU."""
        steps = np.concatenate([np.diff(result.ious) for result in self.results])
        return float(np.mean(steps < -loss)) if steps.size else 0.0

    @property
    def seconds_per_click(self) -> float:
        """Mean time of a click over all clicks."""
        n_clicks = [len(result.clicks) for result in self.results]
        return float(np.average([r.click_seconds for r in self.results], weights=n_clicks))

    @property
    def encode_seconds(self) -> float:
        """Mean time to set an image."""
        return float(np.mean([result.encode_seconds for result in self.results]))

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON has them; None for what needs a higher target."""
        auc = self.auc()
        return {
            "predictor": self.predictor,
            "dataset": self.dataset,
            "objects": len(self.results),
            "mode": self.mode,
            "target": self.target,
            "noc80": self.noc(0.80) if self._is_known(0.80) else None,
            "noc85": self.noc(0.85) if self._is_known(0.85) else None,
            "noc90": self.noc(0.90) if self._is_known(0.90) else None,
            "noc95": self.noc(0.95) if self._is_known(0.95) else None,
            "nof90": self.failures(0.90) if self._is_known(0.90) else None,
            "nof90_ref": self.failures_ref(0.90) if self._is_known(0.90) else None,
            "noic": self.noic(),
            "setbacks": self.setbacks(),
            "mean_iou": self._mean_ious(),
            "auc_mean": auc.mean,
            "auc_trapz": auc.trapz,
            "seconds_per_click": self.seconds_per_click,
            "encode_seconds": self.encode_seconds,
            "versions": _versions(),
        }

    def _n_clicks(self, target: float) -> list[int]:
        self._refuse_beyond_stop(target)
        return [result.reached(target) or self.max_clicks for result in self.results]

    def _mean_ious(self) -> list[float]:
        return [self.mean_iou(n) for n in range(1, self.max_clicks + 1)]

    def _is_known(self, target: float) -> bool:
        return self.target is None or target <= self.target

    def _refuse_beyond_stop(self, target: float) -> None:
        if not self._is_known(target):
            raise ValueError(
                f"expected an IoU up to {self.target}, where clicks stop, got {target}"
            )


def _versions() -> dict[str, str]:
    packages = ("napari-faseg", "torch", "numpy", "scipy")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
