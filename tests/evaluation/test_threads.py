import sys

import pytest
import torch

from napari_faseg.evaluation.threads import Share


@pytest.fixture(autouse=True)
def four_threads():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(n_threads)


@pytest.mark.parametrize(("n_workers", "n_threads"), [(1, 4), (2, 2), (3, 1), (9, 1)])
def test_a_worker_uses_its_part_of_the_threads_of_the_process_that_began_it(n_workers, n_threads):
    share = Share.among(n_workers)
    torch.set_num_threads(7)  # the worker's own idea
    share.take()
    assert torch.get_num_threads() == n_threads


def test_where_only_the_worker_has_torch_it_uses_a_part_of_its_own(monkeypatch):
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "torch")
        share = Share.among(2)
        share.take()
    assert torch.get_num_threads() == 4
    share.take()
    assert torch.get_num_threads() == 2
