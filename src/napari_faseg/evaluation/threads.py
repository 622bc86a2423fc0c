"""Torch's threads, shared among the processes of an evaluation.

Methods without a network do not need torch, whose import takes seconds: nobody waits for it here.
"""

import sys
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Share:
    """What each of some processes may use of the threads that one would.

    Parameters
    ----------
    n_threads : int or None
        Of the process that begins the others; None: it does not know, as it has no torch.
    n_workers : int
    """

    n_threads: int | None
    n_workers: int

    @classmethod
    def among(cls, n_workers: int) -> Self:
        """Share what this process uses."""
        torch = _torch()
        return cls(None if torch is None else torch.get_num_threads(), n_workers)

    def take(self) -> None:
        """Use no more than this in this process, if it has torch."""
        torch = _torch()
        if torch is not None:
            n_threads = self.n_threads or torch.get_num_threads()
            torch.set_num_threads(max(1, n_threads // self.n_workers))


ALL_OF_ITS_OWN = Share(None, 1)


def _torch() -> Any:
    return sys.modules.get("torch")
