"""The houses of a building from its storeys, entrances and units: numbers, rooms, addresses, points.

Columns in, columns out, no database: a million houses in a few seconds. Numbers follow standards
C3 through `geoapp.houses.rules`; addresses are estate, building, 单元, 室.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import shapely

from geoapp.houses.derive import rectangle_corners
from geoapp.houses.rules import building_code, generated_number
from grids_boundaries.derive.codes import west_to_east

USES = {"dormitory": "dormitory"}
"""House use by building form; every other form holds dwellings."""


def expand_houses(buildings: pd.DataFrame, footprints: np.ndarray) -> pd.DataFrame:
    """One row for each unit of each building, in order of building, entrance, storey, unit.

    `buildings`: columns code (19 digits), title (address of the building), form, storeys,
    entrances, units, area_m2; `footprints` their polygons in metres. Columns out: building (row
    of `buildings`), entrance, storey, room, number, address, use, area_m2, x, y (metres, inside
    the footprint).
    """
    storeys, entrances, units = (
        buildings[c].to_numpy(np.int64) for c in ("storeys", "entrances", "units")
    )
    count = storeys * entrances * units
    building = np.repeat(np.arange(len(buildings)), count)
    place = np.arange(len(building)) - np.repeat(np.cumsum(count) - count, count)
    entrance, rest = np.divmod(place, (storeys * units)[building])
    storey, unit = np.divmod(rest, np.maximum(units, 1)[building])
    column = entrance * units[building] + unit
    x, y = _column_points(footprints, entrances * units, building, column)
    level = _Level(entrance + 1, storey + 1, unit + 1, (entrances > 1)[building])
    homes = np.maximum(entrances * units, 1)
    return pd.DataFrame(
        {
            "building": building,
            "entrance": (entrance + 1).astype(np.int16),
            "storey": (storey + 1).astype(np.int16),
            "room": level.rooms(),
            "number": buildings["code"].to_numpy(object)[building] + level.numbers(),
            "address": buildings["title"].to_numpy(object)[building] + level.addresses(),
            "use": buildings["form"].map(USES).fillna("dwelling").to_numpy(object)[building],
            "area_m2": np.round(buildings["area_m2"].to_numpy(float) / homes, 1)[building],
            "x": x,
            "y": y,
        }
    )


class _Level:
    """Texts of (entrance, storey, unit), made once for each combination that occurs."""

    def __init__(
        self, entrance: np.ndarray, storey: np.ndarray, unit: np.ndarray, named: np.ndarray
    ) -> None:
        key = ((entrance * 100 + storey) * 100 + unit) * 2 + named
        values, self._where = np.unique(key, return_inverse=True)
        rest, self._named = np.divmod(values, 2)
        rest, self._unit = np.divmod(rest, 100)
        self._entrance, self._storey = np.divmod(rest, 100)

    def _spread(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([*texts, ""], dtype=object)[:-1][self._where]

    def rooms(self) -> np.ndarray:
        """301: storey and unit, as on the door."""
        return self._spread([f"{s}{u:02d}" for s, u in zip(self._storey, self._unit, strict=True)])

    def numbers(self) -> np.ndarray:
        """The last six digits of the generated house number."""
        levels = zip(
            self._entrance.tolist(), self._storey.tolist(), self._unit.tolist(), strict=True
        )
        return self._spread([generated_number("", e, s, u) for e, s, u in levels])

    def addresses(self) -> np.ndarray:
        """2单元301室; the entrance is left out where there is one only."""
        levels = zip(self._entrance, self._storey, self._unit, self._named, strict=True)
        return self._spread(
            [f"{e}单元{s}{u:02d}室" if n else f"{s}{u:02d}室" for e, s, u, n in levels]
        )


# -- positions -----------------------------------------------------------------------------


def _column_points(
    footprints: np.ndarray, columns: np.ndarray, building: np.ndarray, column: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points of houses: one for each vertical column of units, shared by its storeys."""
    owner = np.repeat(np.arange(len(columns)), columns)
    first = np.cumsum(columns) - columns
    share = (np.arange(len(owner)) - first[owner] + 0.5) / columns[owner]
    points = points_along(footprints, owner, share)
    at = first[building] + column
    return points[at, 0], points[at, 1]


def points_along(footprints: np.ndarray, owner: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(n, 2): for each, a point inside `footprints[owner]` at `share` (0 to 1) of its long axis.

    On the middle line of the smallest rectangle where that is inside, else in the middle of the
    widest part of the cross-section there.
    """
    corners = rectangle_corners(footprints)
    sides = np.diff(corners[:, :3], axis=1)
    long_first = np.hypot(*sides[:, 0].T) >= np.hypot(*sides[:, 1].T)
    along = np.where(long_first[:, None], sides[:, 0], sides[:, 1])
    across = np.where(long_first[:, None], sides[:, 1], -sides[:, 0])
    origin = np.where(long_first[:, None], corners[:, 0], corners[:, 1])
    middle = origin[owner] + along[owner] * share[:, None] + across[owner] / 2
    shapely.prepare(footprints)
    outside = ~shapely.contains_xy(footprints[owner], middle[:, 0], middle[:, 1])
    if outside.any():
        half = across[owner[outside]] * 0.51
        ends = np.stack([middle[outside] - half, middle[outside] + half], axis=1)
        middle[outside] = _middle_of_sections(ends, footprints[owner[outside]])
    return np.asarray(middle)


def _middle_of_sections(ends: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """Middle of the longest piece that each footprint cuts out of its line (n, 2 ends, 2)."""
    points = shapely.get_coordinates(shapely.point_on_surface(footprints))
    pieces, line = shapely.get_parts(
        shapely.intersection(shapely.linestrings(ends), footprints), return_index=True
    )
    order = np.lexsort((shapely.length(pieces), line))
    last = np.flatnonzero(np.diff(line[order], append=len(footprints)))
    longest = order[last]
    middle = shapely.get_coordinates(
        shapely.line_interpolate_point(pieces[longest], 0.5, normalized=True)
    )
    inside = shapely.contains_xy(footprints[line[longest]], middle[:, 0], middle[:, 1])
    points[line[longest][inside]] = middle[inside]
    return np.asarray(points)


# -- numbers and titles of buildings -------------------------------------------------------


def building_codes(grid: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """19-digit codes of buildings, (n,) 15-digit grid codes and positions in metres in.

    Numbered through each community, west to east, then north to south, so that "5号楼" names one
    building there. Raises InvalidInput above 99,999 buildings in a community.
    """
    order = west_to_east(x, y)
    sequence = np.empty(len(grid), dtype=np.int64)
    community = pd.Series(grid[order], dtype="str").str[:12]
    sequence[order] = community.groupby(community).cumcount().to_numpy() + 1
    codes = [building_code(str(g), n) for g, n in zip(grid, sequence.tolist(), strict=True)]
    return np.array([*codes, ""], dtype=object)[:-1]


def building_titles(
    name: Iterable[str | None],
    estate: Iterable[str | None],
    community: Iterable[str],
    code: Iterable[str],
) -> np.ndarray:
    """Addresses of buildings: estate (else community), then the building with its suffix.

    静淑苑 + 3号楼; a name that repeats its estate is not repeated; a bare number gets 号楼; a
    building without a name goes by its number in the community. A title that is taken
    already gets 之2.
    """
    found: list[str] = []
    times: Counter[str] = Counter()
    for row in zip(name, estate, community, code, strict=True):
        title = building_title(*row)
        times[title] += 1
        found.append(title if times[title] == 1 else f"{title}之{times[title]}")
    return np.array([*found, ""], dtype=object)[:-1]


def building_title(name: str | None, estate: str | None, community: str, code: str) -> str:
    """Address of one building, see `building_titles`."""
    place = _plain(estate) or community
    label = _plain(name, "、") or f"{int(code[14:19])}号楼"
    if label[-1].isdigit():
        label += "号楼"
    return label if label.startswith(place) else place + label


def _plain(text: str | None, also: str = "") -> str:
    """Letters and digits only: names in addresses carry no hyphen or dot (standards C3)."""
    return re.sub(rf"[^\w（）(){also}]|_", "", text or "")
