"""Segment any object with a few clicks: the public names and the version, nothing else."""

from importlib.metadata import version

import lazy_loader

import napari_faseg._own_symbols  # noqa: F401 - before anything imports torch

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = version("napari-faseg")
__all__ += ["__version__"]
