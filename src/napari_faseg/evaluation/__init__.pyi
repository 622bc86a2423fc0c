from .curves import Auc, Curves, ObjectResult
from .metrics import iou
from .objects import (
    BENCHMARK_CLICKS,
    BENCHMARK_TARGET,
    BENCHMARK_THRESHOLD,
    Rules,
    replayed_masks,
)
from .partial import PartialResults
from .predictors import make_predictor
from .protocol import evaluate, evaluate_objects, refuse_empty
from .robot import next_click

__all__ = [
    "BENCHMARK_CLICKS",
    "BENCHMARK_TARGET",
    "BENCHMARK_THRESHOLD",
    "Auc",
    "Curves",
    "ObjectResult",
    "PartialResults",
    "Rules",
    "evaluate",
    "evaluate_objects",
    "iou",
    "make_predictor",
    "next_click",
    "refuse_empty",
    "replayed_masks",
]
