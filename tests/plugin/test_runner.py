import gc
import weakref
from threading import Thread

import numpy as np
import pytest

from napari_faseg.plugin.runner import ImmediateRunner, attempts


class Told(list):
    """Remembers what it was told."""

    def done(self, result):
        self.append(("done", result))

    def failed(self, reason):
        self.append(("failed", reason))


def divide_by_zero():
    return 1 / 0


def say_nothing():
    raise KeyboardError


class KeyboardError(Exception):
    pass


def test_work_is_done_before_submit_returns():
    told = Told()
    ImmediateRunner().submit(lambda: 7, told.done, told.failed)
    assert told == [("done", 7)]


def test_nothing_is_a_result_too():
    told = Told()
    ImmediateRunner().submit(lambda: None, told.done, told.failed)
    assert told == [("done", None)]


def test_an_error_arrives_as_text():
    told = Told()
    ImmediateRunner().submit(divide_by_zero, told.done, told.failed)
    assert told == [("failed", "division by zero")]


def test_an_error_without_words_arrives_as_its_name():
    assert list(attempts(lambda: iter((say_nothing(),)))) == [(None, "KeyboardError")]


def test_what_came_before_an_error_arrives():
    told = Told()

    def work():
        yield 1
        raise ValueError("no more")

    ImmediateRunner().follow(work, told.done, told.failed)
    assert told == [("done", 1), ("failed", "no more")]


def test_an_error_keeps_no_array_of_the_work_alive():
    arrays = []

    def fail():
        large = np.zeros(10)
        arrays.append(weakref.ref(large))
        raise ValueError("no")

    results = attempts(lambda: iter((fail(),)))
    assert next(results) == (None, "no")
    gc.collect()
    assert arrays[0]() is None


def test_a_predictor_that_wants_to_end_python_is_told_like_one_that_fails():
    def leave():
        raise SystemExit("no licence")

    assert list(attempts(lambda: iter((leave(),)))) == [(None, "no licence")]


def test_an_interrupt_ends_a_script_and_is_told_in_the_background():
    def interrupt():
        raise KeyboardInterrupt

    def collect():
        told.extend(attempts(lambda: iter((interrupt(),))))

    told = []
    with pytest.raises(KeyboardInterrupt):
        collect()
    thread = Thread(target=collect)
    thread.start()
    thread.join()
    assert told == [(None, "KeyboardInterrupt")]


def test_what_comes_soon_comes_at_once():
    told = []
    ImmediateRunner().soon(lambda: told.append("soon"))
    assert told == ["soon"]
