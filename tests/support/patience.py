"""Time in tests, on a machine that does more than one test at once."""

from __future__ import annotations

import os
import time

from pyotp import TOTP

STEP = 30
"""Seconds a code of an authenticator counts."""


def busy() -> float:
    """How many times as long as alone something takes here, by what waits for a processor: 1 or more."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def code_before(codes: TOTP, seconds: float = 5.0) -> str:
    """The code of the step before this one, which leaves this step's for later; it counts for `seconds` at least."""
    left = STEP - time.time() % STEP
    if left < seconds:
        time.sleep(left)
    return codes.at(time.time() - STEP)
