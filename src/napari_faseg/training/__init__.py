"""Training of the network on images with masks, by simulated clicks."""

from napari_faseg.training.config import TrainConfig
from napari_faseg.training.fine_tuning import fine_tune
from napari_faseg.training.fit import Report, fit
from napari_faseg.training.run import TrainingRun

__all__ = ["Report", "TrainConfig", "TrainingRun", "fine_tune", "fit"]
