"""The napari plugin: layers, mouse and keys in front of a click session.

The only room that imports napari, magicgui and Qt. `annotator.start` is the way in from Python;
napari itself finds the dock widget and the sample images through `napari.yaml`.
"""

import atexit
import gc

import lazy_loader

# While Python ends, it looks for cycles among all objects, again and again. Torch and what it
# brings with it are so many that this would take two seconds; the system frees them at once.
atexit.register(gc.freeze)

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
