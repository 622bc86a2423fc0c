"""Torch's threads give the processor away while they wait, instead of turning round for long.

Between two steps of a network the threads of GNU OpenMP, which torch uses on Linux, ask again and
again whether there is more to do, unless told otherwise 300,000 times: ten milliseconds and more.
That is as good as sleep where nobody else wants the processor. Where somebody does, a step waits
for threads that wait for each other, and a click takes ten times as long. OpenMP reads the number
when torch is imported, hence before; who has set it, or the policy, has the last word.
"""

import os

SPINS = "10000"
SPOKEN_FOR = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")

if not any(name in os.environ for name in SPOKEN_FOR):
    os.environ["GOMP_SPINCOUNT"] = SPINS
