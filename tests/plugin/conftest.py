"""Viewers without a window, and a check that window tests leave nothing behind."""

import gc
import sys
import threading
import time
from functools import partial

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.torch_ahead import torch_ahead
from tests.fakes import DiscPredictor

SHAPE = (40, 50)
OURS = {
    "Annotator",
    "EvaluateWidget",
    "LatestRunner",
    "SegmentWidget",
    "TrainWidget",
}  # closed and gone after a window test


@pytest.fixture(autouse=True, scope="session")
def torch_is_there():
    """Have torch imported, and what comes after that done, before anybody counts milliseconds.

    From then on Python searches for garbage, as napari's own fixtures do often, in what is new.
    """
    torch_ahead().wait()
    gc.collect()
    gc.freeze()


@pytest.fixture
def qtbot(qtbot):
    """Give what pytest-qt gives, with more patience: a machine that runs tests is a busy one."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=20_000)
    return qtbot


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def image(viewer):
    return viewer.add_image(np.zeros(SHAPE, np.uint8), name="image")


@pytest.fixture
def predictor():
    return DiscPredictor(radius=3)


@pytest.fixture
def annotator(viewer, image, predictor):
    return start(viewer, image, predictor)


@pytest.fixture(autouse=True)
def nothing_is_left(request):
    """Fail a window test after which a timer, an animation, a thread or a widget still lives.

    Set up before the fixtures of napari and pytest-qt, so it looks when they have cleaned up.
    """
    if not request.node.get_closest_marker("window"):
        yield
        return
    before, n_failed = _alive(), request.session.testsfailed
    yield
    if request.session.testsfailed == n_failed:  # else the traceback keeps everything alive
        assert _left(before) == []


def _left(before, seconds=3.0, n_looks=4):
    """Wait for threads and widgets that are on their way out; return what stays.

    On a busy machine one look takes seconds, in which a thread may end: some more are taken.
    """
    deadline = time.monotonic() + seconds
    while left := [name for key, name in _alive().items() if key not in before]:
        n_looks -= 1
        if n_looks <= 0 and time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return left


def _alive():
    """Return what runs or is shown, by identity: {id: description}."""
    if "qtpy" not in sys.modules:
        return {}
    from qtpy.QtCore import QAbstractAnimation, QCoreApplication, QEvent, QTimer  # noqa: PLC0415
    from qtpy.QtWidgets import QApplication  # noqa: PLC0415

    if QCoreApplication.instance() is not None:
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    tracked = gc.get_objects()
    kinds = {
        kind
        for kind in set(map(type, tracked))
        if issubclass(kind, (QTimer, QAbstractAnimation)) or kind.__name__ in OURS
    }
    running = QAbstractAnimation.State.Running
    found = [
        o
        for o in tracked
        if type(o) in kinds
        and (not issubclass(type(o), QTimer) or _works(o.isActive))
        and (not issubclass(type(o), QAbstractAnimation) or _works(o.state) == running)
    ]
    threads = [t for t in threading.enumerate() if t.name == "faseg-session"]
    widgets = [
        w
        for w in (QApplication.topLevelWidgets() if QApplication.instance() else [])
        if type(w).__name__ != "CanvasBackendDesktop"  # napari itself cannot get rid of these
    ]
    return {id(o): repr(o) for o in (*found, *threads, *widgets)}


def _works(call):
    try:
        return call()
    except RuntimeError:  # its Qt half is gone
        return False
