"""How long the state machines of the tests run."""

import os

from hypothesis import settings

BEFORE_A_RELEASE = {"max_examples": 5000, "stateful_step_count": 100}


def runs(n_runs: int, n_steps: int) -> settings:
    """Return so many runs of so many steps; with HYPOTHESIS_PROFILE=release 5,000 of 100."""
    sizes = {"max_examples": n_runs, "stateful_step_count": n_steps}
    if os.environ.get("HYPOTHESIS_PROFILE") == "release":
        sizes = BEFORE_A_RELEASE
    return settings(**sizes, deadline=None)
