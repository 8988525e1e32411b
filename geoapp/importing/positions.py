"""Cells with a position to points in WGS84: by the system a row names, or the one its sender chose for the file.

A row that names no system is not guessed at: `Unclear` carries some such rows, the batch waits, and its sender
chooses on a page that shows where they would lie in each system that is possible (D4.2).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from geoapp.importing.checking import Cells, Fault, Faults, read_number
from geoapp.importing.coordinates import (
    EASTINGS,
    NORTHINGS,
    OF_ZONE,
    kind_of_zone,
    meridian_of,
    meridians_near,
    to_wgs84,
)

CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north of all positions a row can have, degrees."""
DEGREES = ("wgs84", "gcj02", "bd09")
"""Systems of degrees that differ; CGCS2000 is the first of them within centimetres."""
NO_SYSTEM = "none"
"""What a sender says who knows of none: rows that name none are refused."""
MOST_SAMPLES = 6
Extent = tuple[float, float, float, float]
Ranges = Mapping[int, tuple[int, int]]


@dataclass(frozen=True)
class Sample:
    """A row without a system: its number in the file, what stands in its cells, key range of the region it names."""

    row_no: int
    east: float
    north: float
    lo: int
    hi: int


class Unclear(Exception):
    """Rows have positions in a system nobody has named."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        super().__init__(len(samples))
        self.samples = tuple(samples)


def possible_systems(samples: Iterable[Sample], extent: Extent | None) -> list[str]:
    """Systems these positions can be in, by their size and the zones of the area. Pure."""
    found: dict[str, None] = {}
    for one in samples:
        if _in_china(one.east, one.north):
            found |= dict.fromkeys(DEGREES)
        zone, bare = _plane(one.east, one.north)
        kind = kind_of_zone(zone)
        if bare and kind:
            found[kind] = None
        elif bare and zone == 0 and extent:
            found |= dict.fromkeys(f"gk:{one}" for one in meridians_near(extent[0], extent[2], "gk3"))
    return list(found)


def points_of(samples: Sequence[Sample], system: str) -> np.ndarray:
    """The samples (n, 2) in WGS84 as if they were in that system; NaN where they cannot be."""
    plane = np.array([(one.east, one.north) for one in samples], dtype=float).reshape(-1, 2)
    found = np.full_like(plane, np.nan)
    for at, (east, north) in enumerate(plane.tolist()):
        for named, point in readings(system, east, north, ()):
            found[at] = to_wgs84(np.array([point]), named)[0]
    return found


def readings(system: str, east: float, north: float, meridians: Sequence[int]) -> list[tuple[str, tuple[float, float]]]:
    """(system of `to_wgs84`, point in it) a position of a named system can be read as; [] where it is none.

    Without a zone's number a position of "gk3" or "gk6" is read around each of the area's `meridians`.
    """
    if not system.startswith("gk"):
        return [(system, (east, north))] if _in_china(east, north) else []
    zone, bare = _plane(east, north)
    if bare is None:
        return []
    if system.startswith("gk:"):
        same = zone == 0 or any(meridian_of(zone, kind) == int(system[3:]) for kind in ("gk3", "gk6"))
        return [(system, bare)] if same else []
    if zone == 0:
        return [(f"gk:{one}", bare) for one in meridians]
    meridian = meridian_of(zone, system)
    return [(f"gk:{meridian}", bare)] if meridian else []


def read_cells(
    values: Mapping[str, Cells], rows: Iterable[int], faults: Faults
) -> dict[int, tuple[float, float, str | None]]:
    """Row to its two numbers and the system it names; what is half a position or none is a fault."""
    lons, lats, systems = values["lon"], values["lat"], values["crs"]
    found = {}
    for row in rows:
        lon, lat = lons[row], lats[row]
        if not lon and not lat:
            continue
        if not lon or not lat:
            _tell(faults, row, ("lon", "half_position", {}))
            continue
        x, y = read_number(lon), read_number(lat)
        if x is not None and y is not None and row not in faults:
            found[row] = (x, y, systems[row])
    return found


def unclear_rows(
    cells: Mapping[int, tuple[float, float, str | None]], within: Ranges, first: int
) -> list[Sample]:
    """Some of the rows that name no system, spread over the piece that begins at row `first` of the file."""
    open_rows = [row for row, (_, _, system) in cells.items() if not system]
    step = max(1, len(open_rows) // MOST_SAMPLES)
    return [
        Sample(first + row + 1, cells[row][0], cells[row][1], *within[row])
        for row in open_rows[::step][:MOST_SAMPLES]
    ]


def bad_position(east: float, north: float, system: str, lon: str | None, lat: str | None) -> Fault:
    """Why a position is none of its system."""
    if not system.startswith("gk"):
        return "lon", "bad_position", {"lon": lon, "lat": lat}
    zone, turned = _plane(north, east)
    known = turned is not None and (zone == 0 or kind_of_zone(zone))
    return "lon", "turned_position" if known else "no_zone_position", {"lon": lon, "lat": lat}


def _plane(east: float, north: float) -> tuple[int, tuple[float, float] | None]:
    """Number of the zone before an easting, or 0; easting without it and northing, None where no zone has such."""
    zone = math.floor(east / OF_ZONE)
    bare = (east - zone * OF_ZONE, north)
    inside = EASTINGS[0] <= bare[0] <= EASTINGS[1] and NORTHINGS[0] <= north <= NORTHINGS[1]
    return zone, bare if inside else None


def _in_china(lon: float, lat: float) -> bool:
    return CHINA[0] <= lon <= CHINA[2] and CHINA[1] <= lat <= CHINA[3]


def _tell(faults: Faults, row: int, fault: Fault) -> None:
    faults.setdefault(row, []).append(fault)
