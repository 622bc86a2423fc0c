"""Keys that are borrowed from napari while a session is open, and given back after it."""

from collections.abc import Callable
from typing import Any

from app_model.types import KeyBinding, KeyCode, KeyMod

FINISH = KeyBinding.from_int(KeyCode.Enter)
UNDO = KeyBinding.from_int(KeyMod.CtrlCmd | KeyCode.KeyZ)
REDO = KeyBinding.from_int(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyZ)
SWAP = KeyBinding.from_int(KeyCode.KeyT)
REOPEN = KeyBinding.from_int(KeyCode.KeyR)
CARRY_ON = KeyBinding.from_int(KeyCode.KeyN)
CARRY_BACK = KeyBinding.from_int(KeyMod.Shift | KeyCode.KeyN)
REMOVE = KeyBinding.from_int(KeyCode.Delete)
REMOVE_TOO = KeyBinding.from_int(KeyCode.Backspace)  # the key that a Mac calls "delete"
PASTE = KeyBinding.from_int(KeyMod.CtrlCmd | KeyCode.KeyV)


class _Press:
    """What a borrowed key is bound to; it knows what the key did before."""

    def __init__(self, key: KeyBinding, action: Callable[[], object], before: Any) -> None:
        self._key, self._action = key, action
        self.before = before
        self.is_over = False
        self.__name__ = "press"  # napari asks for it, as if this were a function

    def __call__(self, pressed_on: Any) -> None:
        of_napari = pressed_on.class_keymap.get(self._key)
        if of_napari is not None and getattr(pressed_on, "mode", "") == "polygon":
            of_napari(pressed_on)
        else:
            self._action()


class BorrowedKeys:
    """Keys bound on layers and viewers.

    Space is not among them: in napari it is held to move the image.
    """

    def __init__(self) -> None:
        self._borrowed: list[tuple[Any, KeyBinding, _Press]] = []

    def bind(self, provider: Any, key: KeyBinding, action: Callable[[], object]) -> None:
        """Let a key of a layer or a viewer do something.

        Parameters
        ----------
        provider : napari layer or viewer
            In the polygon mode of a Labels layer, keys keep the meaning that napari gives them.
        key : KeyBinding
        action : callable
        """
        press = _Press(key, action, provider.keymap.get(key))
        provider.bind_key(key, press, overwrite=True)
        self._borrowed.append((provider, key, press))

    def give_back(self) -> None:
        """Put every key back that nobody else has taken since.

        Where somebody else has borrowed it after us, who gives it back to where it was before.
        """
        for provider, key, press in self._borrowed:
            press.is_over = True
            if provider.keymap.get(key) is press:
                before = press.before
                while isinstance(before, _Press) and before.is_over:
                    before = before.before
                provider.bind_key(key, before, overwrite=True)
        self._borrowed.clear()
