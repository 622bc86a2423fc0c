"""The house keeps its shape: arrows point down, and the lower floors know no screen."""

import os
import subprocess
import sys
from pathlib import Path

from importlinter.cli import lint_imports

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
SCREEN = ("napari", "magicgui", "qtpy", "superqt", "PyQt5", "PyQt6", "PySide6")


def test_every_floor_imports_only_from_the_floors_below():
    assert lint_imports(config_filename=str(PYPROJECT), no_cache=True) == 0


def test_importing_the_package_or_its_command_line_needs_no_screen():
    script = (
        "import sys, napari_faseg.demo;"
        "from napari_faseg.cli import demo, evaluate, export, models, replay, segment, train;"
        f"print(*(name for name in {SCREEN} if name in sys.modules))"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "EAGER_IMPORT": "1"},  # of all public names
    )
    assert fresh.returncode == 0, fresh.stderr
    assert fresh.stdout.split() == []
