"""The keys of a session on its layers and its viewer, until they are given back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app_model.types import KeyBinding
from napari.layers import Points
from napari.utils.notifications import show_info, show_warning

from napari_faseg.plugin import keys
from napari_faseg.plugin.shortcuts import chosen_shortcuts

Action = Callable[[], object]


def bind_keys(
    clicks: Sequence[Points],
    others: Sequence[Any],
    actions: Mapping[str, Action],
    click_actions: Mapping[str, Action],
) -> keys.BorrowedKeys:
    """Bind the keys that napari's Preferences name, and tell which of these could not be used.

    A key that somebody has chosen does nothing else beside.

    Parameters
    ----------
    clicks : sequence of Points
        The layers of clicks.
    others : sequence
        The labels layer and the viewer.
    actions : mapping
        What the shortcut of each name does, on all of them.
    click_actions : mapping
        What only those on the layers of clicks do.
    """
    borrowed = keys.BorrowedKeys()
    shortcuts, reasons = chosen_shortcuts()
    for provider in (*clicks, *others):
        for name, action in actions.items():
            borrowed.bind(provider, shortcuts[name].binding, action)
    beside: dict[KeyBinding, Action] = {keys.PASTE: _refuse_paste}
    if shortcuts["remove"].binding == keys.REMOVE:
        beside[keys.REMOVE_TOO] = click_actions["remove"]
    for layer in clicks:
        for name, action in click_actions.items():
            borrowed.bind(layer, shortcuts[name].binding, action)
        for key in beside.keys() - {shortcut.binding for shortcut in shortcuts.values()}:
            borrowed.bind(layer, key, beside[key])
    for reason in reasons:
        show_warning(reason)
    return borrowed


def _refuse_paste() -> None:
    show_info("Clicks cannot be pasted: place them with the mouse.")
