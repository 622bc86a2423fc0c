"""Layers of objects that a session has left in the viewer, where it goes on in a new one."""

from pathlib import Path
from typing import Any

from napari.layers import Labels

from napari_faseg.plugin.session_places import SESSION
from napari_faseg.plugin.stack_layers import PLANES


def hide_earlier(viewer: Any, layer: Labels, folder: str) -> list[str]:
    """Hide the layers that show what a session held earlier, below the one that it has now.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    layer : napari.layers.Labels
        That the session has now.
    folder : str
        Where it is recorded.

    Returns
    -------
    list of str
        The names of those that could be seen until now.
    """
    others = (each for each in viewer.layers if isinstance(each, Labels) and each is not layer)
    found = [each for each in others if each.visible and _is_of(each, folder)]
    for each in found:
        each.visible = False
    return [str(each.name) for each in found]


def _is_of(layer: Labels, folder: str) -> bool:
    folders = [layer.metadata.get(SESSION), *layer.metadata.get(PLANES, {}).values()]
    return Path(folder).resolve() in [Path(each).resolve() for each in folders if each]
