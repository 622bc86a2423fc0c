import gc
import warnings
from threading import Event

import pytest

pytest.importorskip("qtpy.QtCore")

from napari_faseg.plugin.background import BackgroundJob
from napari_faseg.plugin.calm import short_collections

pytestmark = pytest.mark.window


@pytest.fixture(autouse=True)
def nothing_set_aside(qtbot):
    """Have Python search everything for garbage, as where napari runs and no job does."""
    gc.unfreeze()
    qtbot.waitUntil(_is_set_aside_for_whoever_comes)
    yield
    gc.freeze()


def _is_set_aside_for_whoever_comes():
    """Say whether the jobs of earlier tests have ended: only the first one sets anything aside."""
    with short_collections():
        return bool(gc.get_freeze_count())


def started(work, told):
    return BackgroundJob(
        work,
        yielded=told.append,
        failed=lambda sentence: told.append(f"failed: {sentence}"),
        finished=lambda: told.append("finished"),
    )


def test_python_searches_for_garbage_among_new_things_alone_while_a_job_runs(qtbot):
    told = []

    def work(stop):
        yield gc.get_freeze_count()

    started(work, told)
    qtbot.waitUntil(lambda: "finished" in told)
    assert told[0] > 100_000  # all that napari and torch have made
    qtbot.waitUntil(lambda: not gc.get_freeze_count())


@pytest.mark.parametrize(
    "error",
    [
        ValueError,
        OSError,
        RuntimeError,
        MemoryError,
        AssertionError,
        SystemExit,
        KeyboardInterrupt,
    ],
)
def test_an_error_of_any_kind_is_told_and_is_the_end(qtbot, error):
    told = []

    def work(stop):
        yield "begun"
        raise error("the loss is not finite")

    started(work, told)
    qtbot.waitUntil(lambda: "finished" in told)
    assert told == ["begun", "failed: the loss is not finite", "finished"]


def test_a_job_that_is_abandoned_comes_to_its_end_and_tells_nothing(qtbot):
    told, tidied, go_on = [], Event(), Event()

    def work(stop):
        try:
            while True:
                yield "begun"
                go_on.wait(5)
        finally:
            tidied.set()

    job = started(work, told)
    qtbot.waitUntil(lambda: "begun" in told)
    job.abandon()
    go_on.set()
    qtbot.waitUntil(tidied.is_set)
    qtbot.waitUntil(lambda: not gc.get_freeze_count())
    assert set(told) == {"begun"}


def test_warnings_go_on_as_before_while_jobs_run_and_after_two_that_overlap(qtbot):
    told, go_on = [], [Event(), Event()]
    before = warnings.showwarning, list(warnings.filters)

    def work(i, stop):
        yield i
        go_on[i].wait(5)

    for i in range(2):
        BackgroundJob(
            *(work, i),
            yielded=told.append,
            failed=told.append,
            finished=lambda: told.append("finished"),
        )
        qtbot.waitUntil(lambda i=i: i in told)
        assert (warnings.showwarning, list(warnings.filters)) == before
    for event in go_on:
        n_told = len(told)
        event.set()
        qtbot.waitUntil(lambda n=n_told: len(told) > n)
    assert (warnings.showwarning, list(warnings.filters)) == before
