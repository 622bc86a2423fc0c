"""Predictors by name: a method without a network, or weights."""

from pathlib import Path
from typing import Any

from napari_faseg.evaluation.baselines import BASELINES
from napari_faseg.interaction import NetPredictor, Predictor


def make_predictor(name_or_path: str | Path, **options: Any) -> Predictor:
    """Return a predictor.

    Parameters
    ----------
    name_or_path : str or Path
        `graph_cut`, `random_walker`, `geodesic_star`, `grabcut`, a name that `available_weights`
        lists, or a file of weights.
    **options
        Those of `NetPredictor`; a method without a network has none and ignores them.

    Raises
    ------
    ValueError, FileNotFoundError
        If there is nothing of that name.
    """
    if str(name_or_path) in BASELINES:
        return BASELINES[str(name_or_path)]()
    return NetPredictor.from_weights(name_or_path, **options)
