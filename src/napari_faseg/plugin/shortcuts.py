"""Which key does what: what napari's Preferences say, and our own choice where they say nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import napari.settings
from app_model.types import KeyBinding

from napari_faseg.plugin import keys

PLUGIN, PAGE = "napari-faseg", "keys"


@dataclass(frozen=True)
class Shortcut:
    """A key and what it does.

    Parameters
    ----------
    text : str
        As napari's Preferences write the key.
    binding : KeyBinding
        The key itself; on a Mac, Ctrl is Cmd.
    meaning : str
    """

    text: str
    binding: KeyBinding
    meaning: str


DEFAULTS: Mapping[str, Shortcut] = {
    "finish": Shortcut("Enter", keys.FINISH, "finish the object, begin the next"),
    "undo": Shortcut("Ctrl+Z", keys.UNDO, "undo, whatever it was"),
    "redo": Shortcut("Ctrl+Shift+Z", keys.REDO, "redo"),
    "reopen": Shortcut("R", keys.REOPEN, "reopen what is under the mouse"),
    "remove": Shortcut("Delete", keys.REMOVE, "remove the click under the mouse"),
    "carry_on": Shortcut("N", keys.CARRY_ON, "carry the object on to the next plane"),
    "carry_back": Shortcut("Shift+N", keys.CARRY_BACK, "carry it back to the plane before"),
    "swap": Shortcut("T", keys.SWAP, "swap left and right click"),
}
"""Names are those of the annotator's methods, of the manifest, and of Preferences."""


def chosen_shortcuts() -> tuple[dict[str, Shortcut], list[str]]:
    """Return the shortcut of each action, and a sentence for each that could not be used.

    One that is no key, or the key of another action, is left aside for the default.
    """
    texts, chosen, reasons = _preferences(), dict(DEFAULTS), []
    for name, default in DEFAULTS.items():
        text = str(getattr(texts, name, default.text)).strip()
        if text == default.text:
            continue
        binding = _binding(text)
        others = [shortcut.binding for other, shortcut in chosen.items() if other != name]
        if binding is None or binding in others:
            why = "is no key" if binding is None else "is the key of another action"
            reasons.append(f"{text!r} {why}, so {default.text} stays: see Preferences.")
        else:
            chosen[name] = Shortcut(text, binding, default.meaning)
    return chosen, reasons


def help_lines(shortcuts: Mapping[str, Shortcut]) -> list[str]:
    """Return one line for each thing that a person can do with the mouse and the keys."""
    return [
        "Left click: this belongs to the object",
        "Right click: this does not",
        "Drag a click: move it",
        "Shift+click: reopen an object",
        *(f"{shortcut.text}: {shortcut.meaning}" for shortcut in shortcuts.values()),
    ]


def _preferences() -> Any:
    """Return the keys in napari's Preferences, None where napari is too old to have a page."""
    settings_of = getattr(napari.settings, "get_plugin_settings", None)
    try:
        return getattr(settings_of(PLUGIN), PAGE) if settings_of else None
    except (KeyError, AttributeError):  # the plugin was not found by its manifest
        return None


def _binding(text: str) -> KeyBinding | None:
    try:
        binding = KeyBinding.from_str(text)
    except ValueError:
        return None
    return binding if binding.parts and all(part.key for part in binding.parts) else None
