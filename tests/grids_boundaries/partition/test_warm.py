"""Set-up compiles everything a proposal needs, so that no planner waits for it (#5: warm-up not in the request)."""

from __future__ import annotations

import subprocess
import sys

LOOK = """
from grids_boundaries.partition import columns, kernels, moves
from grids_boundaries.partition.warm import squares, warm_up

def ready():
    loops = [one for module in (columns, kernels, moves) for one in vars(module).values() if hasattr(one, "signatures")]
    return {(one.py_func.__name__, str(kind)) for one in loops for kind in one.signatures}

warm_up()
before = ready()
import numpy as np
from grids_boundaries.partition.model import PROFILES, Band
from grids_boundaries.partition.propose import propose, revise

homes = np.random.default_rng(1).integers(20, 130, 56)
problem = squares(8, 7, homes, Band(300, 500))
for profile in PROFILES.values():
    plan = propose(problem, profile.with_effort(0.01))
assert plan.grid.max() > 5
revise(squares(8, 7, homes + 9, Band(300, 500)), profile, plan.grid, lived=homes)
propose(problem, profile.with_effort(0.01), previous=plan.grid, locked=[int(plan.grid[0])], workers=2)
assert len(before) > 5
print("later:", sorted(ready() - before))
"""


def test_nothing_is_compiled_nor_read_from_disk_after_the_warm_up():
    """A process of its own: here other tests have long compiled what they use."""
    told = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=200)
    assert told.stdout.strip() == "later: []"
