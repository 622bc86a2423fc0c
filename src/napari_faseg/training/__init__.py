"""Training of the network on images with masks, by simulated clicks."""

from napari_faseg.training.config import TrainConfig
from napari_faseg.training.fit import Report, fit
from napari_faseg.training.run import TrainingRun, fine_tune

__all__ = ["Report", "TrainConfig", "TrainingRun", "fine_tune", "fit"]
