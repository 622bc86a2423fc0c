"""A person (or a robot) and a network, click by click: numpy in, numpy out."""

from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.images import to_rgb, to_rgb8
from napari_faseg.interaction.label_files import export_labels
from napari_faseg.interaction.prediction import Predictor
from napari_faseg.interaction.predictor import NetPredictor
from napari_faseg.interaction.prompted import PromptPredictor
from napari_faseg.interaction.reproduction import ReplayedObject, replay_objects
from napari_faseg.interaction.session import ClickSession
from napari_faseg.interaction.session_folder import StoredSession, read_session
from napari_faseg.interaction.state import SessionState
from napari_faseg.interaction.windows import ZoomIn

__all__ = [
    "Click",
    "ClickSession",
    "NetPredictor",
    "Predictor",
    "PromptPredictor",
    "ReplayedObject",
    "SessionState",
    "StoredSession",
    "ZoomIn",
    "export_labels",
    "read_session",
    "replay_objects",
    "to_rgb",
    "to_rgb8",
]
