"""A person (or a robot) and a network, click by click: numpy in, numpy out."""

from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.images import to_rgb, to_rgb8
from napari_faseg.interaction.prediction import Predictor
from napari_faseg.interaction.predictor import NetPredictor
from napari_faseg.interaction.prompted import PromptPredictor
from napari_faseg.interaction.session import ClickSession
from napari_faseg.interaction.windows import ZoomIn

__all__ = [
    "Click",
    "ClickSession",
    "NetPredictor",
    "Predictor",
    "PromptPredictor",
    "ZoomIn",
    "to_rgb",
    "to_rgb8",
]
