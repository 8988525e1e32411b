"""Which 15 digits each grid of a new division gets (D4.4, standards C3). Pure.

A grid that stays, or goes on as the larger part of one, keeps its code. A grid that comes back with
the very border it once had gets the code it had. All others get the next numbers of their community
that were never used, west to east, then north to south: a code names one grid for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from grids_boundaries.derive.codes import MAX_GRIDS, west_to_east


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the grid in force `key` goes to the new grid at `place` of the list."""

    key: int
    place: int
    houses: int
    area_m2: float


def assign_keys(
    community: int,
    centres: np.ndarray,
    shares: Sequence[Share],
    returned: Mapping[int, int],
    used: Collection[int],
) -> list[int]:
    """Region keys of the new grids, in the order of `centres` (n, 2), metres.

    `community` is its key, `returned` maps places to the key of the past grid with the same border
    that is not in force, `used` holds every key the community ever had. Raises Conflict when the
    999 numbers are used up.
    """
    keys = dict(returned)
    taken = set(returned.values())
    for share in sorted(shares, key=lambda s: (-s.houses, -s.area_m2, s.key, s.place)):
        if share.place not in keys and share.key not in taken:
            keys[share.place] = share.key
            taken.add(share.key)
    new = np.array([place for place in range(len(centres)) if place not in keys], dtype=int)
    first = max([community, *used, *taken]) + 1
    if first + len(new) - 1 - community > MAX_GRIDS:
        raise Conflict(
            N_("社区 %(code)s 的 999 个网格编号不够用：已用 %(used)s 个，还需 %(new)s 个。"),
            code=f"{community:015d}"[:12], used=first - 1 - community, new=len(new),
        )  # fmt: skip
    for number, row in enumerate(west_to_east(*centres[new].T) if len(new) else []):
        keys[int(new[row])] = first + number
    return [keys[place] for place in range(len(centres))]


def successors(shares: Sequence[Share], keys: Sequence[int]) -> dict[int, int]:
    """For each grid in force the new grid that takes most of it: (old key, new key)."""
    found: dict[int, int] = {}
    for share in sorted(shares, key=lambda s: (-s.houses, -s.area_m2, s.place)):
        found.setdefault(share.key, keys[share.place])
    return found
