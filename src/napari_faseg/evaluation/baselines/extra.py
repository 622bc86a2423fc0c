"""Libraries that only the baselines need."""

from importlib import import_module
from types import ModuleType


def needed(module: str, package: str) -> ModuleType:
    """Import a module of the extra `benchmark`.

    Raises
    ------
    ImportError
        With what to install, if it is missing.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f'this baseline needs {package}: pip install "napari-faseg[benchmark]"'
        ) from error
