from .beginning import begin_network
from .config import TrainConfig
from .fine_tuning import fine_tune
from .fitting import Report, fit
from .history import Row
from .processes import new_fabric
from .run import TrainingRun
from .scores import Scores

__all__ = [
    "Report",
    "Row",
    "Scores",
    "TrainConfig",
    "TrainingRun",
    "begin_network",
    "fine_tune",
    "fit",
    "new_fabric",
]
