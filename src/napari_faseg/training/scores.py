"""How good a network is while it learns: clicks on objects that it does not learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from lightning_fabric import Fabric

from napari_faseg.datasets import Dataset
from napari_faseg.evaluation import Curves, evaluate
from napari_faseg.interaction import NetPredictor, Predictor
from napari_faseg.models import FASegNet

IOU_AT = (1, 3, 5)
Guard: TypeAlias = Callable[[Predictor], Predictor]


@dataclass(frozen=True)
class Scores:
    """Clicks that the robot needed on the objects that were held out.

    Attributes
    ----------
    n_objects
        How many there were.
    noc85, noc90
        Mean number of clicks to an overlap of 0.85 and of 0.90, at most 20.
    iou1, iou3, iou5
        Mean overlap after so many clicks.
    """

    n_objects: int
    noc85: float
    noc90: float
    iou1: float
    iou3: float
    iou5: float

    def is_worse_than(self, other: Scores) -> bool:
        """Whether more clicks are needed to an overlap of 0.90."""
        return self.noc90 > other.noc90

    @classmethod
    def of(cls, curves: Curves) -> Scores:
        """Take the numbers out of an evaluation."""
        ious = (curves.mean_iou(n) for n in IOU_AT)
        return cls(len(curves.results), curves.noc(0.85), curves.noc(0.90), *ious)


def unguarded(predictor: Predictor) -> Predictor:
    """Return a predictor as it is."""
    return predictor


def measure(model: FASegNet, held_out: Dataset, fabric: Fabric, guard: Guard = unguarded) -> Scores:
    """Let the robot click on every object of a data set, by the protocol with its zoom-in.

    Parameters
    ----------
    model
        It is left as it is.
    held_out
        Objects that it did not learn from.
    fabric
        Its first process clicks, and tells the others.
    guard
        Is put between the robot and the predictor, for instance to stop it.

    Raises
    ------
    ValueError
        If no object was held out.
    """
    if len(held_out) == 0:
        raise ValueError(
            f"expected at least one object in the images of {held_out.name} that are held out, got "
            "none: hold out a larger share, or other images by another seed"
        )
    scores: Scores | None = None
    if fabric.is_global_zero:
        predictor = guard(NetPredictor(model.for_inference(), device=str(fabric.device)))
        scores = Scores.of(evaluate(predictor, held_out))
    return cast(Scores, fabric.broadcast(scores))
