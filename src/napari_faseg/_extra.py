"""Libraries that only comparisons need, and that not everybody has."""

from importlib import import_module
from types import ModuleType


def import_extra(module: str, package: str) -> ModuleType:
    """Import a module of the extra `benchmark`.

    Raises
    ------
    ImportError
        With what to install, if it is missing.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f'this needs {package}: pip install "napari-faseg[benchmark]"') from error
