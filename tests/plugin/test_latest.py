import gc
import os
import sys
import threading
import time
import weakref
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("qtpy.QtCore")

from qtpy.QtCore import QCoreApplication, QEvent

from napari_faseg.plugin.latest import LatestRunner, Request, Worker
from napari_faseg.plugin.priority import NICENESS


def no_result(_):
    raise AssertionError("nobody is told here")


def request(work, *, replaceable=False):
    return Request(lambda: iter((work(),)), no_result, no_result, replaceable)


def paused(result, seconds):
    """Work that may be replaced for some seconds before it begins."""
    made = request(lambda: result, replaceable=True)
    return replace(made, not_before=time.monotonic() + seconds)


def follow(work):
    return Request(work, no_result, no_result, replaceable=True)


# The thread, without Qt


@pytest.fixture
def delivered():
    return []


@pytest.fixture
def worker(delivered):
    worker = Worker(lambda outcome: delivered.append(outcome.result or outcome.reason))
    yield worker
    worker.stop()
    if worker.is_alive():
        worker.join(3)
        assert not worker.is_alive()


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)


def test_work_runs_in_order(worker, delivered):
    for number in range(1, 4):
        worker.submit(request(lambda number=number: number))
    worker.start()
    wait_until(lambda: len(delivered) == 3)
    assert delivered == [1, 2, 3]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for each thread")
def test_the_window_goes_first_and_threads_of_the_network_wait(worker, delivered):
    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def of_work_and_of_a_thread_that_it_starts():
        found = [niceness()]
        thread = threading.Thread(target=lambda: found.append(niceness()))
        thread.start()
        thread.join()
        return found

    before = niceness()
    worker.submit(request(of_work_and_of_a_thread_that_it_starts))
    worker.start()
    wait_until(lambda: delivered)
    polite = min(19, before + NICENESS)
    assert (niceness(), delivered[0]) == (before, [polite, polite])


def test_work_that_pauses_is_done_when_nothing_takes_its_place(worker, delivered):
    worker.start()
    began = time.monotonic()
    for number in (1, 2, 3):
        worker.submit(paused(number, 0.2))
    wait_until(lambda: delivered == [3])
    assert time.monotonic() - began >= 0.2


def test_nothing_waits_for_work_that_pauses(worker, delivered):
    worker.start()
    worker.submit(paused(1, 60))
    worker.submit(request(lambda: 2))
    wait_until(lambda: delivered == [1, 2])
    worker.submit(paused(3, 60))
    worker.submit(request(lambda: 4, replaceable=True))
    wait_until(lambda: delivered == [1, 2, 4])


def test_a_pause_ends_with_the_thread(worker):
    worker.start()
    worker.submit(paused(1, 60))
    worker.stop()
    worker.join(3)
    assert not worker.is_alive()


def test_newer_replaceable_work_takes_the_place_of_work_that_waits(worker, delivered):
    for number in range(1, 6):
        worker.submit(request(lambda number=number: number, replaceable=True))
    worker.start()
    wait_until(lambda: delivered)
    assert delivered == [5]


def test_work_that_is_not_replaceable_keeps_its_place(worker, delivered):
    worker.submit(request(lambda: "click", replaceable=True))
    worker.submit(request(lambda: "undo"))
    worker.submit(request(lambda: "click 2", replaceable=True))
    worker.submit(request(lambda: "click 3", replaceable=True))
    worker.start()
    wait_until(lambda: len(delivered) == 3)
    assert delivered == ["click", "undo", "click 3"]


def test_work_that_yields_delivers_each_result(worker, delivered):
    worker.submit(follow(lambda: iter("abc")))
    worker.start()
    wait_until(lambda: len(delivered) == 3)
    assert delivered == ["a", "b", "c"]


class Steps:
    """Work that yields numbers, each only when the test says so."""

    def __init__(self):
        self.go_on = threading.Semaphore(0)
        self.left = threading.Event()

    def __call__(self):
        try:
            for number in range(1, 4):
                assert self.go_on.acquire(timeout=3)
                yield number
        finally:
            self.left.set()


def followed_to_its_first_result(qtbot, runner, told):
    steps = Steps()
    runner.follow(steps, told.append, no_result)
    steps.go_on.release()
    qtbot.waitUntil(lambda: told == [1])
    return steps


def test_newer_work_of_its_kind_takes_the_place_of_results_that_are_still_to_come(
    worker, delivered
):
    steps = Steps()
    worker.submit(follow(steps))
    worker.start()
    steps.go_on.release()
    wait_until(lambda: delivered == [1])
    worker.submit(follow(lambda: iter(("new",))))
    steps.go_on.release()
    wait_until(lambda: len(delivered) == 3)
    assert delivered == [1, 2, "new"]
    assert steps.left.wait(3)


def test_before_other_work_all_results_come(worker, delivered):
    steps = Steps()
    worker.submit(follow(steps))
    worker.start()
    steps.go_on.release()
    worker.submit(request(lambda: "undo"))
    worker.submit(follow(lambda: iter(("click",))))
    steps.go_on.release(2)
    wait_until(lambda: len(delivered) == 5)
    assert delivered == [1, 2, 3, "undo", "click"]


def test_a_stopped_thread_leaves_work_between_two_results(worker, delivered):
    steps = Steps()
    worker.submit(follow(steps))
    worker.start()
    steps.go_on.release()
    wait_until(lambda: delivered == [1])
    worker.stop()
    steps.go_on.release()
    worker.join(3)
    assert delivered == [1]
    assert not worker.is_alive()


def test_an_error_does_not_end_the_thread(worker, delivered):
    worker.start()
    worker.submit(request(lambda: 1 / 0))
    worker.submit(request(lambda: "next"))
    wait_until(lambda: len(delivered) == 2)
    assert delivered == ["division by zero", "next"]


def test_a_stopped_thread_forgets_what_waits_and_delivers_nothing(worker, delivered):
    running, go_on = threading.Event(), threading.Event()

    def slow():
        running.set()
        go_on.wait(3)
        return "late"

    worker.start()
    worker.submit(request(slow))
    worker.submit(request(lambda: "waiting"))
    running.wait(3)
    worker.stop()
    go_on.set()
    worker.join(3)
    assert delivered == []
    assert not worker.is_alive()


def test_a_waiting_thread_keeps_no_result_alive(worker):
    worker.start()
    worker._deliver = lambda outcome: results.append(weakref.ref(outcome.result))
    results = []
    worker.submit(request(lambda: np.zeros(10)))
    wait_until(lambda: results)
    wait_until(lambda: gc.collect() >= 0 and results[0]() is None)


def ahead(work):
    return Request(lambda: iter((work(),)), no_result, no_result, is_aside=True, is_ahead=True)


def test_what_is_done_ahead_is_forgotten_once_anything_else_is_asked_for(worker, delivered):
    worker.submit(ahead(lambda: "ahead"))
    worker.submit(request(lambda: 1, replaceable=True))
    worker.submit(ahead(lambda: "too late"))
    worker.submit(request(lambda: 2, replaceable=True))
    worker.start()
    wait_until(lambda: delivered)
    time.sleep(0.05)
    assert delivered == [2]


def test_what_is_done_ahead_leaves_all_results_of_work_that_runs(worker, delivered):
    steps = Steps()
    worker.submit(follow(steps))
    worker.start()
    steps.go_on.release()
    wait_until(lambda: delivered == [1])
    worker.submit(ahead(lambda: "ahead"))
    steps.go_on.release(2)
    wait_until(lambda: len(delivered) == 4)
    assert delivered == [1, 2, 3, "ahead"]


# With Qt


@pytest.mark.window
def test_results_arrive_in_the_thread_of_the_window(qtbot):
    with closing(LatestRunner()) as runner:
        told = []
        runner.submit(
            threading.get_ident,
            lambda ident: told.append((ident, threading.get_ident())),
            no_result,
        )
        qtbot.waitUntil(lambda: bool(told))
        [(worked_in, told_in)] = told
        assert worked_in != told_in == threading.get_ident()


@pytest.mark.window
def test_an_error_arrives_as_text(qtbot):
    with closing(LatestRunner()) as runner:
        reasons = []
        runner.submit(lambda: 1 / 0, no_result, reasons.append)
        qtbot.waitUntil(lambda: bool(reasons))
        assert reasons == ["division by zero"]


@pytest.mark.window
def test_the_result_of_replaced_work_is_dropped_even_if_it_was_running(qtbot):
    with closing(LatestRunner()) as runner:
        running, go_on, told = threading.Event(), threading.Event(), []

        def slow():
            running.set()
            go_on.wait(3)
            return "old"

        runner.submit(slow, told.append, no_result, replaceable=True)
        running.wait(3)
        runner.submit(lambda: "new", told.append, no_result, replaceable=True)
        go_on.set()
        qtbot.waitUntil(lambda: bool(told))
        qtbot.wait(50)
        assert told == ["new"]


@pytest.mark.window
def test_results_of_work_that_yields_are_dropped_once_newer_work_is_there(qtbot):
    with closing(LatestRunner()) as runner:
        told = []
        steps = followed_to_its_first_result(qtbot, runner, told)
        steps.go_on.release(2)
        runner.submit(lambda: "undo", told.append, no_result)
        qtbot.waitUntil(lambda: "undo" in told)
        assert told == [1, "undo"]


@pytest.mark.window
@pytest.mark.parametrize("replaceable", [False, True])
@pytest.mark.parametrize("is_running", [False, True])
@pytest.mark.parametrize("has_work_aside", [False, True])
def test_an_error_of_a_click_is_told_before_a_step_and_not_before_newer_clicks(
    qtbot, replaceable, is_running, has_work_aside
):
    with closing(LatestRunner()) as runner:
        running, go_on, told, reasons = threading.Event(), threading.Event(), [], []

        def failing():
            running.set()
            assert go_on.wait(20)
            raise RuntimeError("no memory")
            yield

        runner.follow(failing, told.append, reasons.append)
        assert running.wait(20)
        if not is_running:  # but ended, and not received here yet
            go_on.set()
            time.sleep(0.05)
        if has_work_aside:
            runner.beside(lambda: None, lambda _: None, no_result)
        runner.submit(lambda: "next", told.append, no_result, replaceable=replaceable)
        go_on.set()
        qtbot.waitUntil(lambda: bool(told))
        assert reasons == ([] if replaceable else ["no memory"])


@pytest.mark.window
def test_a_click_is_left_for_a_newer_one_though_work_aside_waits_before_that(qtbot):
    with closing(LatestRunner()) as runner:
        told = []
        steps = followed_to_its_first_result(qtbot, runner, told)
        runner.beside(lambda: "aside", told.append, no_result)
        runner.submit(lambda: "new", told.append, no_result, replaceable=True)
        steps.go_on.release()  # for one more of two
        qtbot.waitUntil(lambda: told == [1, "aside", "new"])


@pytest.mark.window
def test_closing_returns_at_once_while_work_is_running(qtbot):
    with closing(LatestRunner()) as runner:
        running, go_on, told, ended = threading.Event(), threading.Event(), [], []

        def slow():
            running.set()
            go_on.wait(20)
            ended.append("late")
            return "late"

        runner.submit(slow, told.append, no_result)
        assert running.wait(20)
        runner.close()
        assert ended == []
        go_on.set()
        qtbot.wait(50)
        assert told == []


@pytest.mark.window
def test_what_comes_later_comes_once_for_all_that_was_asked_for_meanwhile(qtbot):
    with closing(LatestRunner()) as runner:
        told = []
        for name in ("first", "second"):
            runner.later(0.02, lambda name=name: told.append(name))
        assert told == []
        qtbot.waitUntil(lambda: bool(told))
        runner.later(0.02, lambda: told.append("third"))
        qtbot.waitUntil(lambda: len(told) > 1)
        assert told == ["first", "third"]


@pytest.mark.window
def test_nothing_comes_later_after_the_end(qtbot):
    runner, told = LatestRunner(), []
    runner.later(0.01, lambda: told.append(True))
    runner.close()
    qtbot.wait(40)
    assert told == []


@pytest.mark.window
def test_what_comes_soon_comes_once_and_not_before_the_event_loop_is_free(qtbot):
    with closing(LatestRunner()) as runner:
        told = []
        runner.later(0.02, lambda: told.append("later"))
        for _ in range(2):
            runner.soon(lambda: told.append("soon"))
        assert told == []
        qtbot.waitUntil(lambda: len(told) > 1)
        runner.soon(lambda: told.append("again"))
        qtbot.waitUntil(lambda: len(told) > 2)
        assert told == ["soon", "later", "again"]


@pytest.mark.window
def test_nothing_comes_soon_after_the_end(qtbot):
    runner, told = LatestRunner(), []
    runner.soon(lambda: told.append(True))
    runner.close()
    qtbot.wait(40)
    assert told == []


@pytest.mark.window
def test_it_closes_where_its_timer_was_destroyed_before(qtbot):
    runner = LatestRunner()
    runner.later(0.01, lambda: no_result(None))
    runner._pause.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    with pytest.raises(RuntimeError):
        runner._pause.stop()
    runner.close()
    assert not runner._is_open


def test_work_beside_leaves_the_results_of_other_work_alone(qtbot):
    with closing(LatestRunner()) as runner:
        told = []
        runner.submit(lambda: "mask", told.append, no_result, replaceable=True)
        runner.beside(lambda: "labels", told.append, no_result)
        qtbot.waitUntil(lambda: len(told) == 2)
        assert told == ["mask", "labels"]


@pytest.mark.window
def test_nobody_hears_of_what_is_done_ahead(qtbot):
    with closing(LatestRunner()) as runner:
        told, done = [], []
        for work in (lambda: done.append("ahead"), lambda: 1 / 0):
            runner.ahead(work)
        qtbot.waitUntil(lambda: bool(done))
        runner.submit(lambda: "asked for", told.append, no_result)
        qtbot.waitUntil(lambda: bool(told))
        assert told == ["asked for"]
