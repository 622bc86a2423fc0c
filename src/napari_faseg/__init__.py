"""Segment any object with a few clicks: the public names and the version, nothing else."""

from importlib.metadata import version

from napari_faseg.interaction import Click, ClickSession, Predictor
from napari_faseg.models import FASegNet, FeatureAwareAttention, RefinementNet

__version__ = version("napari-faseg")

__all__ = [
    "Click",
    "ClickSession",
    "FASegNet",
    "FeatureAwareAttention",
    "Predictor",
    "RefinementNet",
    "__version__",
]
