"""Segment any object with a few clicks: the public names and the version, nothing else."""

from importlib.metadata import version

__version__ = version("napari-faseg")

__all__ = ["__version__"]
