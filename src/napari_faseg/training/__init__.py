"""Training of the network on images with masks, by simulated clicks."""

from napari_faseg.training.config import TrainConfig
from napari_faseg.training.fit import Report, fit

__all__ = ["Report", "TrainConfig", "fit"]
