"""Lets torch be imported after a window was opened, on Linux.

torchvision imports Triton, whose library brings its own LLVM. Where Mesa draws the window, Mesa's
LLVM is loaded already, Triton's calls are bound to that one, and the process dies at the import.
Loaded so that a library prefers its own symbols, both live side by side.
"""

import importlib
import importlib.util
import os
import sys
from contextlib import suppress


def load_triton() -> None:
    """Load Triton's library, if there is one and nobody has loaded it, with its own symbols."""
    if sys.platform != "linux" or importlib.util.find_spec("triton") is None:
        return
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | os.RTLD_DEEPBIND)
    try:
        with suppress(ImportError):  # then torch does without it, too
            importlib.import_module("triton._C.libtriton")
    finally:
        sys.setdlopenflags(flags)


load_triton()
