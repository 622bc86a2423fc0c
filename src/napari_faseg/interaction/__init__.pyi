from .clicks import Click
from .images import to_rgb, to_rgb8
from .label_files import export_labels
from .prediction import Predictor
from .predictor import NetPredictor
from .prompted import PromptPredictor
from .reproduction import ReplayedObject, replay_objects
from .session import ClickSession
from .session_folder import StoredSession, read_session
from .sparing import SparingPredictor
from .state import SessionState
from .windows import ZoomIn

__all__ = [
    "Click",
    "ClickSession",
    "NetPredictor",
    "Predictor",
    "PromptPredictor",
    "ReplayedObject",
    "SessionState",
    "SparingPredictor",
    "StoredSession",
    "ZoomIn",
    "export_labels",
    "read_session",
    "replay_objects",
    "to_rgb",
    "to_rgb8",
]
