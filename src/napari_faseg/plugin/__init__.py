"""The napari plugin: layers, mouse and keys in front of a click session.

The only room that imports napari, magicgui and Qt. `annotator.start` is the way in from Python;
napari itself finds the dock widget and the sample images through `napari.yaml`.
"""
