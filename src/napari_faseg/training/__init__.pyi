from .config import TrainConfig
from .fine_tuning import fine_tune
from .fitting import Report, fit
from .history import Row
from .run import TrainingRun
from .scores import Scores

__all__ = ["Report", "Row", "Scores", "TrainConfig", "TrainingRun", "fine_tune", "fit"]
