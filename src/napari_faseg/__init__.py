"""Segment any object with a few clicks: the public names and the version, nothing else."""

from importlib.metadata import version

import napari_faseg._own_symbols  # noqa: F401 - before anything imports torch
from napari_faseg.datasets import dataset_names, open_dataset, register_dataset
from napari_faseg.evaluation import Curves, evaluate, evaluate_objects, make_predictor, next_click
from napari_faseg.interaction import (
    Click,
    ClickSession,
    NetPredictor,
    Predictor,
    PromptPredictor,
    ReplayedObject,
    SessionState,
    StoredSession,
    ZoomIn,
    export_labels,
    read_session,
    replay_objects,
)
from napari_faseg.models import (
    FASegNet,
    FeatureAwareAttention,
    RefinementNet,
    available_weights,
    delete_weights,
    export_weights,
    host_from_module,
    host_names,
    load_model,
    plug_in,
    register_host,
    save_model,
)
from napari_faseg.training import TrainConfig, fine_tune, fit

__version__ = version("napari-faseg")

__all__ = [
    "Click",
    "ClickSession",
    "Curves",
    "FASegNet",
    "FeatureAwareAttention",
    "NetPredictor",
    "Predictor",
    "PromptPredictor",
    "RefinementNet",
    "ReplayedObject",
    "SessionState",
    "StoredSession",
    "TrainConfig",
    "ZoomIn",
    "__version__",
    "available_weights",
    "dataset_names",
    "delete_weights",
    "evaluate",
    "evaluate_objects",
    "export_labels",
    "export_weights",
    "fine_tune",
    "fit",
    "host_from_module",
    "host_names",
    "load_model",
    "make_predictor",
    "next_click",
    "open_dataset",
    "plug_in",
    "read_session",
    "register_dataset",
    "register_host",
    "replay_objects",
    "save_model",
]
