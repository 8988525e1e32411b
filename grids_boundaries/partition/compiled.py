"""How the inner loops are compiled, and where the result is kept.

numba keeps machine code for one kind of processor beside the environment it belongs to, or where
NUMBA_CACHE_DIR says. `warm_up` compiles what is missing: at set-up and at the start of a worker,
never while somebody waits for an answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CACHE = Path(sys.prefix) / "var" / "numba"


def _place() -> None:
    """Keep machine code in the environment where it may be written to."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(CACHE, os.W_OK):
        os.environ["NUMBA_CACHE_DIR"] = str(CACHE)


_place()

import numba  # noqa: E402  reads the variable when it is first imported


def compiled(function: Callable) -> Any:
    """Compiled at its first call, released from the interpreter's lock, kept on disk."""
    try:
        return numba.njit(function, cache=True, nogil=True, error_model="numpy")
    except RuntimeError:  # nowhere to keep it: compiled anew in each process
        return numba.njit(function, nogil=True, error_model="numpy")
