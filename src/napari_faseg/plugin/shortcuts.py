"""Which key does what: what napari's Preferences say, and our own choice where they say nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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

    One that is no key, or the key of another action, is left aside for the default. Each key is
    that of one action.
    """
    texts, wanted, reasons = _preferences(), dict(DEFAULTS), []
    asked = {name: str(getattr(texts, name, of.text)).strip() for name, of in DEFAULTS.items()}
    for name, text in asked.items():
        if (binding := _binding(text)) is not None:
            wanted[name] = replace(DEFAULTS[name], text=text, binding=binding)
    chosen = _distinct(wanted)
    for name, text in asked.items():
        if chosen[name].text != text:
            why = "is no key" if _binding(text) is None else "is the key of another action"
            reasons.append(f"{text!r} {why}, so {chosen[name].text} stays: see Preferences.")
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


def _distinct(wanted: Mapping[str, Shortcut]) -> dict[str, Shortcut]:
    """Return the shortcuts with a key of its own for each action.

    What falls back to its default may take a key there that another action had chosen, which falls
    back in its turn; once nothing does, no key is left that two actions have.
    """
    chosen = dict(wanted)
    while late := _late(chosen):
        chosen |= {name: DEFAULTS[name] for name in late}
    return chosen


def _late(shortcuts: Mapping[str, Shortcut]) -> list[str]:
    """Return the actions whose key is that of another: of its default, or else of the first."""
    by_claim = sorted(shortcuts, key=lambda name: not _is_default(name, shortcuts[name]))
    owners: dict[KeyBinding, str] = {}
    for name in by_claim:
        owners.setdefault(shortcuts[name].binding, name)
    return [name for name, shortcut in shortcuts.items() if owners[shortcut.binding] != name]


def _is_default(name: str, shortcut: Shortcut) -> bool:
    return shortcut.binding == DEFAULTS[name].binding


def _binding(text: str) -> KeyBinding | None:
    """Return the key of a text; None where it is no key."""
    ours = {default.text: default.binding for default in DEFAULTS.values()}
    if text in ours:
        return ours[text]  # whatever Ctrl is on this system
    try:
        binding = KeyBinding.from_str(text)
    except ValueError:
        return None
    return binding if binding.parts and all(part.key for part in binding.parts) else None
