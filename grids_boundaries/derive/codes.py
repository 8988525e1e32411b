"""Generated codes: grids of a community, houses of a grid (standards C3)."""

from __future__ import annotations

import numpy as np

COMMUNITY_DIGITS, GRID_DIGITS, HOUSE_DIGITS = 12, 15, 25
MAX_GRIDS, MAX_GRIDS_WITH_HOUSES, MAX_BUILDINGS = 999, 99, 99_999


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


def building_codes(grid: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """19-digit building codes: 12 community + 2 grid + 5 building number inside the community.

    `grid` (n,) 15-digit codes, `sequence` (n,) 1 to 99999. Raises ValueError where a number has
    no place in the layout (grid above 99).
    """
    numbers = np.asarray(sequence, dtype=np.int64)
    if len(numbers) and (numbers.min() < 1 or numbers.max() > MAX_BUILDINGS):
        raise ValueError(f"building number {numbers.max()} does not fit into 5 digits")
    prefixes = {}
    for code in {str(g) for g in grid}:
        if len(code) != GRID_DIGITS or int(code[12:]) > MAX_GRIDS_WITH_HOUSES:
            raise ValueError(f"grid {code!r} has no place in a 25-digit house number")
        prefixes[code] = code[:12] + code[13:]
    codes = [f"{prefixes[str(g)]}{n:05d}" for g, n in zip(grid, numbers.tolist(), strict=True)]
    return np.array(codes, dtype=object)


def room_codes(entrance: np.ndarray, storey: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """6-digit room codes: 2 entrance + 2 storey + 2 unit. Raises ValueError above 99 or below 0."""
    parts = [np.asarray(p, dtype=np.int64) for p in (entrance, storey, unit)]
    if any(len(p) and (p.min() < 0 or p.max() > 99) for p in parts):
        raise ValueError("entrance, storey and unit have two digits each")
    number = parts[0] * 10_000 + parts[1] * 100 + parts[2]
    values, where = np.unique(number, return_inverse=True)
    return np.array([f"{v:06d}" for v in values.tolist()], dtype=object)[where]
