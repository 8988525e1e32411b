"""Generated grid codes (standards C3)."""

from __future__ import annotations

import numpy as np

COMMUNITY_DIGITS, MAX_GRIDS = 12, 999


def west_to_east(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Order of points, west to east, then north to south (D4.4); x, y in metres to 1 cm."""
    return np.lexsort((-np.round(y, 2), np.round(x, 2)))


def grid_codes(community: str, x: np.ndarray, y: np.ndarray) -> list[str]:
    """15-digit codes of the grids of a 12-digit community by their centroids, in their order.

    Raises ValueError for a malformed community code or more than 999 grids.
    """
    if len(community) != COMMUNITY_DIGITS or not community.isdigit():
        raise ValueError(f"community code of 12 digits expected, not {community!r}")
    if len(x) > MAX_GRIDS:
        raise ValueError(f"{community}: {len(x)} grids, at most {MAX_GRIDS} fit")
    sequence = np.empty(len(x), dtype=np.int64)
    sequence[west_to_east(np.asarray(x), np.asarray(y))] = np.arange(1, len(x) + 1)
    return [f"{community}{number:03d}" for number in sequence]
