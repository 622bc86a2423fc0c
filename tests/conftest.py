"""Tests that need a window run where one can be opened, and say why where it cannot."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

# Set to 1 by the continuous integration: a window test that did not run is then an error.
REQUIRE_WINDOW = os.environ.get("FASEG_REQUIRE_WINDOW", "") not in {"", "0"}

# In a process of its own, because Qt aborts the process when the display or a library is missing.
OPEN_A_WINDOW = """
import sys
from qtpy.QtGui import QOpenGLContext
from qtpy.QtWidgets import QApplication
from OpenGL import GL

app = QApplication([])
sys.exit(None if QOpenGLContext().create() else "OpenGL gives no context")
"""


def pytest_addoption(pluginmanager):
    """Do without pytest-qt where Qt cannot be imported: it would stop the whole run."""
    try:
        import_module("qtpy.QtTest")
        import_module("qtpy.QtWidgets")
    except ImportError:
        pluginmanager.set_blocked("pytest-qt")


def pytest_collection_modifyitems(items):
    window_items = [item for item in items if item.get_closest_marker("window")]
    reason = why_no_window() if window_items else None
    if reason is None:
        return
    if REQUIRE_WINDOW:
        raise pytest.UsageError(reason)
    for item in window_items:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if REQUIRE_WINDOW and report.skipped and item.get_closest_marker("window"):
        report.outcome = "failed"
        report.longrepr = f"a window test was skipped: {report.longrepr}"
    return report


def why_no_window():
    """Return why this machine cannot open a window, or None where it can."""
    attempt = subprocess.run(
        [sys.executable, "-c", OPEN_A_WINDOW],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if attempt.returncode == 0:
        return None
    last_words = attempt.stderr.strip().splitlines() or [f"exit code {attempt.returncode}"]
    return (
        f"no window can be opened here: {last_words[-1]} "
        "(on Debian, .ci/run lists the packages that a virtual display needs)"
    )
