"""One town for all tests that look at a whole plan."""

from __future__ import annotations

import pytest

from bench.partition.instances import Instance, make
from grids_boundaries.partition.model import PROFILES, Plan
from grids_boundaries.partition.propose import propose


@pytest.fixture(scope="session")
def town() -> Instance:
    return make("s5k")


@pytest.fixture(scope="session")
def town_plan(town) -> Plan:
    return propose(town.problem, PROFILES["balanced"], seed=1)
