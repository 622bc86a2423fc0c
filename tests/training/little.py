"""Training runs that measure little, so that a test of one takes seconds."""

from functools import partial

import pytest

from napari_faseg.evaluation import evaluate
from napari_faseg.training import run, scores


def measure_little(patch: pytest.MonkeyPatch, *, objects: int = 1) -> None:
    """Let runs click five times at most, on so many of the objects that are held out."""
    patch.setattr(run, "MOST_HELD_OUT", objects)
    patch.setattr(scores, "evaluate", partial(evaluate, max_clicks=5))
