import errno
import multiprocessing
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

import psutil
import pytest

from napari_faseg.datasets import SyntheticDataset
from napari_faseg.evaluation import evaluate, evaluate_objects
from tests.fakes import DiscPredictor

SHAPES = SyntheticDataset(5)


class Broken(SyntheticDataset):
    """The third sample cannot be read."""

    def __getitem__(self, index):
        if index == 2:
            raise ValueError("cannot read sample 2")
        return super().__getitem__(index)


def numbers(**options):
    results = evaluate_objects(DiscPredictor(12), SHAPES, max_clicks=3, **options)
    return [(r.index, r.name, r.ious, r.clicks, r.has_wrong_click) for r in results]


def test_two_workers_give_exactly_the_numbers_of_one() -> None:
    assert numbers(workers=2) == numbers()


def test_a_dask_cluster_gives_exactly_the_numbers_of_one() -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address=None
    ) as cluster:
        assert numbers(scheduler=cluster.scheduler_address) == numbers()


def test_chosen_objects_keep_their_indices() -> None:
    assert numbers(indices=[3, 1]) == [numbers()[3], numbers()[1]]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sample_that_cannot_be_read_ends_it_or_is_told(workers: int) -> None:
    with pytest.raises(ValueError, match="cannot read sample 2"):
        list(evaluate_objects(DiscPredictor(), Broken(4), max_clicks=1, workers=workers))
    told = []
    results = evaluate_objects(
        DiscPredictor(),
        Broken(4),
        max_clicks=1,
        workers=workers,
        on_broken=lambda index, error: told.append((index, str(error))),
    )
    assert [r.index for r in results] == [0, 1, 3]
    assert told == [(2, "cannot read sample 2")]


class SlowAfterTheFirst(SyntheticDataset):
    """All samples but the first take minutes."""

    def __getitem__(self, index):
        if index > 0:
            time.sleep(300)
        return super().__getitem__(index)


def test_workers_end_at_once_when_no_more_results_are_wanted() -> None:
    results = evaluate_objects(DiscPredictor(), SlowAfterTheFirst(4), max_clicks=1, workers=2)
    assert next(results).index == 0
    assert len(multiprocessing.active_children()) == 2
    start = time.monotonic()
    results.close()
    assert time.monotonic() - start < 60
    assert multiprocessing.active_children() == []


class Heavy(DiscPredictor):
    """More than fits into a pipe."""

    def __init__(self):
        super().__init__(12)
        self.weights = bytes(2**20)


def starting(seconds):
    """Return the process of the first worker, which has hardly begun."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for child in psutil.Process().children():
            with suppress(psutil.Error):
                if any("spawn_main" in part for part in child.cmdline()):
                    return child
    raise TimeoutError


def test_a_worker_that_is_killed_as_it_starts_ends_it() -> None:
    told = []

    def evaluate_all():
        try:
            list(evaluate_objects(Heavy(), SHAPES, max_clicks=1, workers=2))
        except RuntimeError as error:
            told.append(str(error))

    run = threading.Thread(target=evaluate_all, daemon=True)
    run.start()
    starting(60).kill()
    run.join(60)
    assert not run.is_alive()
    assert "terminated abruptly" in told[0]


def test_a_process_that_ends_while_the_next_one_starts_is_told_as_such(monkeypatch) -> None:
    errors = [OSError("handle is closed"), BrokenProcessPool("terminated abruptly")]

    def submit(pool, work, index):
        raise errors.pop(0)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", submit)
    with pytest.raises(BrokenProcessPool, match="terminated abruptly"):
        list(evaluate_objects(DiscPredictor(), SHAPES, max_clicks=1, workers=2))
    errors = [OSError(errno.EAGAIN, "Resource temporarily unavailable")]
    with pytest.raises(BlockingIOError, match="temporarily unavailable"):
        list(evaluate_objects(DiscPredictor(), SHAPES, max_clicks=1, workers=2))


def test_careless_clicks_depend_on_the_seed_and_the_object_alone() -> None:
    first = numbers(seed=1)
    assert first == numbers(seed=1)
    assert first != numbers(seed=2)
    assert first != numbers()
    assert numbers(seed=1, indices=[3]) == [first[3]]


def test_evaluate_takes_the_same_options() -> None:
    curves = evaluate(DiscPredictor(12), SHAPES, max_clicks=3, seed=1)
    assert [r.ious for r in curves.results] == [row[2] for row in numbers(seed=1)]
