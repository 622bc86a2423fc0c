"""Predictors by name: a method without a network, weights, or a function of somebody's own."""

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from napari_faseg import interaction
from napari_faseg.evaluation.baselines import BASELINES
from napari_faseg.interaction import Predictor

FACTORY = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)")


def make_predictor(name_or_path: str | Path, **options: Any) -> Predictor:
    """Return a predictor.

    Parameters
    ----------
    name_or_path : str or Path
        `graph_cut`, `random_walker`, `geodesic_star`, `grabcut`, a name that `available_weights`
        lists, a file of weights, or `module:function`, where the function returns a predictor.
    **options
        Those of `NetPredictor`; others have none and ignore them.

    Raises
    ------
    ValueError, FileNotFoundError
        If there is nothing of that name.
    ImportError
        If the module cannot be imported, or has no such function.
    TypeError
        If what the function returns is no predictor.
    """
    name = str(name_or_path)
    if name in BASELINES:
        return BASELINES[name]()
    if is_function(name):
        return _returned_by(name)
    return interaction.NetPredictor.from_weights(name_or_path, **options)


def is_function(name: str) -> bool:
    """Whether a name is that of a function, `module:function`."""
    return FACTORY.fullmatch(name) is not None and not Path(name).exists()


def source_of(name: str) -> Path | None:
    """Return the file of the module in `module:function`; None where it has none.

    Raises
    ------
    ImportError
        If the module cannot be imported.
    """
    file = _module_of(name).__file__
    return None if file is None else Path(file)


def _returned_by(name: str) -> Predictor:
    module, function = _module_of(name), name.partition(":")[2]
    try:
        make = getattr(module, function)
    except AttributeError as error:
        raise ImportError(f"the predictor {name!r} cannot be imported: {error}") from error
    predictor = make()
    for method in ("set_image", "predict"):
        if not callable(getattr(predictor, method, None)):
            kind = type(predictor).__name__
            raise TypeError(f"expected {name!r} to return a predictor with {method}, got {kind}")
    return predictor  # type: ignore[no-any-return]


def _module_of(name: str) -> ModuleType:
    """Import the module in `module:function`, which is somebody's own and may raise anything."""
    try:
        return import_module(name.partition(":")[0])
    except Exception as error:
        kind = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
        raise ImportError(f"the predictor {name!r} cannot be imported: {kind}{error}") from error
