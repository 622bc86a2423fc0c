"""Keys that are borrowed from napari while a session is open, and given back after it."""

from collections.abc import Callable
from typing import Any

from app_model.types import KeyBinding, KeyCode, KeyMod

FINISH = KeyBinding.from_int(KeyCode.Enter)
UNDO = KeyBinding.from_int(KeyMod.CtrlCmd | KeyCode.KeyZ)
REDO = KeyBinding.from_int(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyZ)
SWAP = KeyBinding.from_int(KeyCode.KeyT)
REOPEN = KeyBinding.from_int(KeyCode.KeyR)
PASTE = KeyBinding.from_int(KeyMod.CtrlCmd | KeyCode.KeyV)


class BorrowedKeys:
    """Keys bound on layers and viewers.

    Space is not among them: in napari it is held to move the image.
    """

    def __init__(self) -> None:
        self._borrowed: list[tuple[Any, KeyBinding, Callable[..., None], Any]] = []

    def bind(self, provider: Any, key: KeyBinding, action: Callable[[], object]) -> None:
        """Let a key of a layer or a viewer do something.

        Parameters
        ----------
        provider : napari layer or viewer
            In the polygon mode of a Labels layer, keys keep the meaning that napari gives them.
        key : KeyBinding
        action : callable
        """

        def press(pressed_on: Any) -> None:
            of_napari = pressed_on.class_keymap.get(key)
            if of_napari is not None and getattr(pressed_on, "mode", "") == "polygon":
                of_napari(pressed_on)
            else:
                action()

        before = provider.keymap.get(key)
        provider.bind_key(key, press, overwrite=True)
        self._borrowed.append((provider, key, press, before))

    def give_back(self) -> None:
        """Put every key back that nobody else has taken since."""
        for provider, key, press, before in self._borrowed:
            if provider.keymap.get(key) is press:
                provider.bind_key(key, before, overwrite=True)
        self._borrowed.clear()
