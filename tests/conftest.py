"""Tests that need a window run where one can be opened, and say why where it cannot.

Two things can be missing. Without some system libraries napari and Qt cannot even be imported:
then all tests of the plugin are skipped. Without a display or OpenGL no window can be opened:
then the tests marked `window` are skipped. With FASEG_REQUIRE_WINDOW=1 both are errors.

Property tests draw the same examples every time, so that a change is judged by what it changed.
With HYPOTHESIS_PROFILE=search they draw new ones; with HYPOTHESIS_PROFILE=release the state
machines run as long as they are to before a release, see `machines`.
"""

import os
import signal
import subprocess
import sys
from importlib import import_module
from itertools import count

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("search", derandomize=False)
settings.register_profile("release", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

REQUIRE_WINDOW = os.environ.get("FASEG_REQUIRE_WINDOW", "") not in {"", "0"}
ADVICE = "on Debian, .ci/run lists the packages that a virtual display needs"

# In a process of its own, because Qt aborts the process when the display or a library is missing.
OPEN_A_WINDOW = """
import sys
from qtpy.QtGui import QOpenGLContext
from qtpy.QtWidgets import QApplication

app = QApplication([])
sys.exit(None if QOpenGLContext().create() else "OpenGL gives no context")
"""


def why_no_napari():
    """Return why napari or Qt cannot be imported, or None where they can."""
    try:
        for module in ("napari.viewer", "qtpy.QtWidgets", "qtpy.QtTest"):
            import_module(module)
    except (ImportError, OSError) as error:
        return f"napari or Qt cannot be imported here: {error} ({ADVICE})"
    return None


def why_no_window():
    """Return why this machine cannot open a window, or None where it can."""
    command = [sys.executable, "-c", OPEN_A_WINDOW]
    try:
        attempt = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return f"no window can be opened here: nothing happened for two minutes ({ADVICE})"
    if attempt.returncode == 0:
        return None
    lines = attempt.stderr.strip().splitlines() or [f"exit code {attempt.returncode}"]
    reason = next((line for line in lines if line.startswith("qt.qpa")), lines[-1])
    return f"no window can be opened here: {reason} ({ADVICE})"


NUMBERS = count()
WHY_NO_NAPARI = why_no_napari()

# pyproject.toml keeps pytest from loading these two by itself: where they cannot be imported, they
# would stop the whole run, tests without a window included.
pytest_plugins = [] if WHY_NO_NAPARI else ["pytestqt.plugin", "napari.utils._testsupport"]


class SkippedFolder(pytest.Directory):
    """A folder of tests of which nothing is imported, its conftest.py neither."""

    def collect(self):
        pytest.skip(WHY_NO_NAPARI, allow_module_level=True)


def pytest_collect_directory(path, parent):
    if WHY_NO_NAPARI and path.name == "plugin":
        # pytest imports the conftest.py of a collector's own path: this one has its parent's.
        return SkippedFolder.from_parent(parent, path=parent.path, name=path.name)
    return None


def pytest_collection_modifyitems(items):
    window_items = [item for item in items if item.get_closest_marker("window")]
    reason = WHY_NO_NAPARI or (why_no_window() if window_items else None)
    if reason and REQUIRE_WINDOW:
        raise pytest.UsageError(reason)
    for item in window_items:
        item.add_marker(pytest.mark.xdist_group("window"))  # one window at a time has the focus
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if REQUIRE_WINDOW and report.skipped and item.get_closest_marker("window"):
        report.outcome = "failed"
        report.longrepr = f"a window test was skipped: {report.longrepr}"
    return report


@pytest.fixture
def answered():
    """Answer Ctrl+C, which a test run in the background, and what it starts, would ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def own_sessions(tmp_path_factory, monkeypatch):
    """Give each test a folder of recorded sessions that nobody else sees."""
    folder = tmp_path_factory.getbasetemp() / f"own-sessions-{next(NUMBERS)}"
    monkeypatch.setenv("NAPARI_FASEG_SESSIONS", str(folder))
    return folder


@pytest.fixture(autouse=True)
def own_weights(tmp_path_factory, monkeypatch):
    """Keep the weights that somebody has trained on this machine out of the tests."""
    folder = tmp_path_factory.getbasetemp() / "own-weights"
    monkeypatch.setenv("NAPARI_FASEG_WEIGHTS", str(folder))
    yield folder
    for path in folder.glob("*"):
        path.unlink()
