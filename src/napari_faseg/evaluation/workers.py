"""Objects clicked on by several processes, of this machine or of a cluster."""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from napari_faseg._extra import import_extra
from napari_faseg.datasets import Dataset
from napari_faseg.evaluation.curves import ObjectResult
from napari_faseg.evaluation.interrupts import interrupts_held_back
from napari_faseg.evaluation.objects import Rules, click_on
from napari_faseg.evaluation.threads import ALL_OF_ITS_OWN, Share
from napari_faseg.interaction import ClickSession, Predictor

Task: TypeAlias = tuple[int, Callable[[], ObjectResult]]
Tasks: TypeAlias = Generator[Task, None, None]
Loaded: TypeAlias = tuple[ClickSession, Dataset, Rules]
_LOADED = threading.local()  # every thread of a worker has a session of its own


def in_processes(
    predictor: Predictor,
    dataset: Dataset,
    indices: Sequence[int],
    rules: Rules,
    n_workers: int,
) -> Tasks:
    """Click on the objects of some indices in processes.

    Yields each index with a function that waits for its result, in order. The processes end when
    it is closed, whatever they are at. Ctrl+C is for the process that calls this alone.

    Parameters
    ----------
    predictor : Predictor
        Can be pickled, as the data set can.
    dataset : Dataset
    indices : sequence of int
    rules : Rules
    n_workers : int
        Processes. They are started anew, so a script that calls this needs the usual
        `if __name__ == "__main__":`.
    """
    context = get_context("spawn")
    stopped, stop = context.Pipe(duplex=False)
    with stopped, stop, TemporaryDirectory() as folder:
        # Not with the process: where that is killed as it starts, Python waits for it for ever.
        content = Path(folder) / "content"
        content.write_bytes(pickle.dumps((predictor, dataset, rules, Share.among(n_workers))))
        begin = partial(_begin, content, stopped)
        with ProcessPoolExecutor(n_workers, context, initializer=begin) as pool:
            yield from _answered(pool, indices, stop)


def on_cluster(
    predictor: Predictor, dataset: Dataset, indices: Sequence[int], rules: Rules, address: str
) -> Tasks:
    """Click on the objects of some indices on a Dask cluster; see `in_processes`.

    Parameters
    ----------
    address : str
        Of the scheduler, for example "tcp://10.0.0.1:8786". The workers need this package, and
        the files of the data set at the same place.

    Raises
    ------
    ImportError
        If Dask is not installed.
    """
    with import_extra("distributed", "Dask").Client(address) as client:
        sent = pickle.dumps((predictor, dataset, rules, ALL_OF_ITS_OWN))
        content = client.scatter(sent, broadcast=True)
        futures = [client.submit(click_on_sent, content, i, pure=False) for i in indices]
        for index, future in zip(indices, futures, strict=True):
            yield index, future.result


def click_on_sent(content: bytes, index: int) -> ObjectResult:
    """Click on one object with a pickled predictor, data set, rules and share of threads."""
    session, dataset, rules = _loaded(content)
    return click_on(session, dataset[index], rules, index)


def _answered(pool: ProcessPoolExecutor, indices: Sequence[int], stop: Connection) -> Tasks:
    """Let a pool click on the objects; where that ends early, its processes end at once."""
    try:
        futures = []
        for index in indices:
            with interrupts_held_back():  # this may start a process
                futures.append(_submitted(pool, index))
        for index, future in zip(indices, futures, strict=True):
            yield index, future.result
    except BaseException:
        stop.close()
        pool.shutdown(cancel_futures=True)
        raise


def _submitted(pool: ProcessPoolExecutor, index: int) -> Future[ObjectResult]:
    """Let a pool click on an object; BrokenProcessPool where one of its processes was killed."""
    try:
        return pool.submit(_click_on_own, index)
    except OSError as error:
        if error.errno is not None:
            raise
        # The end of one process closed what the next one was about to get; the pool knows by now.
        return pool.submit(_click_on_own, index)


def _begin(content: Path, stopped: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    _LOADED.own = content.read_bytes()
    threading.Thread(target=_end_with_parent, args=(stopped,), daemon=True).start()


def _end_with_parent(stopped: Connection) -> None:
    """Where the run is killed, its workers would click on and wait for more for ever."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel, stopped])
        os._exit(1)


def _click_on_own(index: int) -> ObjectResult:
    return click_on_sent(_LOADED.own, index)


def _loaded(content: bytes) -> Loaded:
    """Unpickle what was sent, once for each thread."""
    known: tuple[bytes, Loaded] | None = getattr(_LOADED, "known", None)
    if known is None or known[0] != content:
        predictor, dataset, rules, share = pickle.loads(content)
        share.take()  # what was loaded may have imported torch
        session = ClickSession(predictor, threshold=rules.threshold)
        known = _LOADED.known = content, (session, dataset, rules)
    return known[1]
