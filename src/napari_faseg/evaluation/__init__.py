"""How good, how many clicks, how fast: the benchmark protocol and its numbers."""

from napari_faseg.evaluation.curves import Auc, Curves, ObjectResult
from napari_faseg.evaluation.metrics import iou
from napari_faseg.evaluation.objects import (
    BENCHMARK_CLICKS,
    BENCHMARK_TARGET,
    BENCHMARK_THRESHOLD,
    Rules,
    replayed_masks,
)
from napari_faseg.evaluation.partial import PartialResults
from napari_faseg.evaluation.predictors import make_predictor
from napari_faseg.evaluation.protocol import evaluate, evaluate_objects, refuse_empty
from napari_faseg.evaluation.robot import next_click

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
