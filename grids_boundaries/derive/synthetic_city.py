"""A synthetic large city for load tests: one county of 24 x 21 km, 12 streets, 150 communities,
2,016 grids, buildings of 15 x 12 m along turned street blocks.

Its codes begin with 9999, a province that does not exist, and it lies in a desert, so that nobody
takes it for a real place. Deterministic by seed; buildings come street by street, so that memory
stays bounded. Coordinates in metres of `CityPlan.crs`.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from grids_boundaries.derive import synthetic_lattice as lattice
from grids_boundaries.derive.codes import grid_codes, west_to_east
from grids_boundaries.derive.coverage import dissolve
from grids_boundaries.derive.metric import metric_crs

COUNTY, CITY, PROVINCE = "999901", "9999", "99"
SIZE_M = (24_000.0, 21_000.0)
BUILDING_M = (15.0, 12.0)
LEAST_PITCH_M = (17.0, 14.0)
"""Distance of neighbouring buildings, centre to centre, where it is densest."""
BLOCK, LANE_M = (6, 4), 9.0
"""Buildings of a street block along and across; the lane between blocks."""
HOUSES_PER_BUILDING = 5.0
NUMERALS = "一二三四五六七八九十"
BRANCHES = "子丑寅卯辰巳午未申酉戌亥"


@dataclass(frozen=True, slots=True)
class CityPlan:
    """What to make: the number of houses, where (degrees of EPSG:4326), and the seed."""

    houses: int
    seed: int = 1
    lon: float = 103.5
    lat: float = 39.4

    @property
    def crs(self) -> CRS:
        """The metric CRS of the place."""
        return metric_crs(self.lon, self.lat)


def synthetic_regions(plan: CityPlan) -> gpd.GeoDataFrame:
    """County, streets, communities and grids: columns code, level, name, parent, houses, geometry.

    `houses` is what each grid is to hold (0 above the grid); the grids' sum is `plan.houses`.
    """
    cells = lattice.lattice()
    centre = Transformer.from_crs(4326, plan.crs, always_xy=True).transform(plan.lon, plan.lat)
    shapes = lattice.place(lattice.rings(cells), SIZE_M, plan.seed)
    grids = shapely.transform(shapes, lambda points: np.round(points + centre, 3))
    codes, parents = _codes(cells, grids)
    frame = gpd.GeoDataFrame({"code": codes, "parent": parents}, geometry=grids, crs=plan.crs)
    frame = frame.assign(level="grid", houses=_houses_of_grids(grids, np.array(centre), plan))
    levels = [frame]
    for level, digits in (("community", 12), ("street", 9), ("county", 6)):
        labels, united = dissolve(grids, np.array([code[:digits] for code in codes]))
        levels.append(_upper(level, labels, united, plan.crs))
    regions = pd.concat(reversed(levels), ignore_index=True)
    return regions.assign(name=regions["code"].map(region_name))


def _upper(level: str, labels: np.ndarray, shapes: np.ndarray, crs: CRS) -> gpd.GeoDataFrame:
    above = {"community": 9, "street": 6, "county": 4}[level]
    columns = {"code": labels, "level": level, "houses": 0, "parent": [c[:above] for c in labels]}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def region_name(code: str) -> str:
    """合成县, 子字街道, 子三社区, 第5网格: names that name no place."""
    if len(code) == 15:
        return f"第{int(code[12:])}网格"
    if len(code) == 12:
        return f"{BRANCHES[int(code[6:9]) - 1]}{_numeral(int(code[9:]))}社区"
    if len(code) == 9:
        return f"{BRANCHES[int(code[6:]) - 1]}字街道"
    return {COUNTY: "合成县", CITY: "合成市", PROVINCE: "合成省"}[code]


def _numeral(number: int) -> str:
    return NUMERALS[number - 1] if number <= 10 else "十" + NUMERALS[number - 11]


def _codes(cells: list[lattice.Cell], grids: np.ndarray) -> tuple[list[str], list[str]]:
    """15-digit codes of the grids and the codes of their communities, west to east at each level."""
    street = _ranks(grids, np.array([c.street for c in cells]))
    community = np.array([c.community for c in cells])
    parents = np.empty(len(cells), dtype=object)
    codes = np.empty(len(cells), dtype=object)
    for number in np.unique(street):
        inside = np.flatnonzero(street == number)
        rank = _ranks(grids[inside], community[inside])
        parents[inside] = [f"{COUNTY}{number:03d}{r:03d}" for r in rank]
    centre = shapely.centroid(grids)
    for parent in np.unique(parents.astype(str)):
        inside = np.flatnonzero(parents == parent)
        x, y = shapely.get_x(centre[inside]), shapely.get_y(centre[inside])
        codes[inside] = grid_codes(parent, x, y)
    return codes.tolist(), parents.tolist()


def _ranks(shapes: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Rank, from 1, of each polygon's label by the label's centre."""
    names, united = dissolve(shapes, label)
    centre = shapely.centroid(united)
    rank = np.empty(len(names), dtype=int)
    rank[west_to_east(shapely.get_x(centre), shapely.get_y(centre))] = np.arange(1, len(names) + 1)
    return np.asarray(rank[np.searchsorted(names, label)])


def _houses_of_grids(grids: np.ndarray, centre: np.ndarray, plan: CityPlan) -> np.ndarray:
    """Houses of each grid, adding up to the plan: more in the middle, and no two alike."""
    middle = _nearness(grids, centre)
    noise = np.random.default_rng(plan.seed + 1).lognormal(0, 0.12, len(grids))
    share = (0.85 + 0.3 * middle) * noise
    exact = plan.houses * share / share.sum()
    houses = np.floor(exact).astype(int)
    rest = np.argsort(houses - exact, kind="stable")[: plan.houses - int(houses.sum())]
    houses[rest] += 1
    return np.asarray(houses)


def _nearness(shapes: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """1 in the middle of the county, 0 from 10 km away."""
    away = np.hypot(*(shapely.get_coordinates(shapely.centroid(shapes)) - centre).T)
    return np.asarray(np.clip(1 - away / 10_000, 0, 1))


# -- buildings -----------------------------------------------------------------------------


def synthetic_buildings(plan: CityPlan, regions: gpd.GeoDataFrame, street: str) -> gpd.GeoDataFrame:
    """Buildings of one 9-digit street: columns source_id, grid, storeys, entrances, units, area_m2,
    geometry. The units of all streets add up to `plan.houses`; none crosses a grid's border.
    """
    grids = regions[(regions["level"] == "grid") & regions["code"].str.startswith(street)]
    centre = np.array(regions.geometry.iloc[0].centroid.coords[0])
    middle = _nearness(grids.geometry.to_numpy(), centre)
    frames = []
    for row, near in zip(grids.itertuples(), middle, strict=True):
        generator = np.random.default_rng([plan.seed, int(row.code)])
        wanted = max(round(row.houses / (HOUSES_PER_BUILDING * (0.82 + 0.6 * near))), 1)
        spots = _spots(row.geometry, wanted if row.houses else 0, _turn(row.code), generator)
        houses = _houses_of_buildings(row.houses, len(spots), generator)
        frames.append(_buildings(row.code, spots[houses > 0], houses[houses > 0]))
    return pd.concat(frames, ignore_index=True).set_crs(plan.crs)


def _turn(code: str) -> float:
    """How far, in radians, the street blocks of a community are turned."""
    return (int(code[6:12]) * 7919 % 900) / 900 * np.pi / 2


def _spots(
    grid: shapely.Geometry, wanted: int, turn: float, generator: np.random.Generator
) -> np.ndarray:
    """(n, 3): centres of up to `wanted` buildings and their turn, well inside the grid."""
    inner = grid.buffer(-np.hypot(*BUILDING_M) / 2 - 1.0)
    room = LEAST_PITCH_M[0] * LEAST_PITCH_M[1]
    scale = max(np.sqrt(inner.area / max(wanted, 1) / room), 1.0)
    while True:
        found = _raster(inner, turn, scale)
        if len(found) >= wanted or scale == 1.0:
            break
        scale = max(scale * 0.95, 1.0)
    chosen = np.sort(generator.permutation(len(found))[:wanted])
    return np.column_stack([found[chosen], np.full(len(chosen), turn)])


def _raster(area: shapely.Geometry, turn: float, scale: float) -> np.ndarray:
    """Points of a turned raster of street blocks inside an area."""
    middle = np.array(area.envelope.centroid.coords[0])
    west, south, east, north = area.bounds
    reach = np.hypot(east - west, north - south) / 2
    axes = []
    for pitch, block in zip(LEAST_PITCH_M, BLOCK, strict=True):
        number = np.arange(int(2 * reach / (pitch * scale)) + 2)
        axes.append(number * pitch * scale + number // block * LANE_M - reach)
    along, across = (a.ravel() for a in np.meshgrid(*axes))
    x = middle[0] + along * np.cos(turn) - across * np.sin(turn)
    y = middle[1] + along * np.sin(turn) + across * np.cos(turn)
    shapely.prepare(area)
    inside = shapely.contains_xy(area, x, y)
    return np.column_stack([x[inside], y[inside]])


def _houses_of_buildings(houses: int, buildings: int, generator: np.random.Generator) -> np.ndarray:
    """Houses of each building, adding up to `houses`, around the mean with some spread."""
    if buildings == 0:
        return np.empty(0, dtype=int)
    share = generator.gamma(4.0, size=buildings)
    counts = np.floor(houses * share / share.sum()).astype(int)
    counts[generator.permutation(buildings)[: houses - int(counts.sum())]] += 1
    return np.asarray(counts)


def _buildings(grid: str, spots: np.ndarray, houses: np.ndarray) -> gpd.GeoDataFrame:
    """Footprints and storeys: two units a storey where that comes out even, else one."""
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(BUILDING_M) / 2
    cos, sin = np.cos(spots[:, 2]), np.sin(spots[:, 2])
    turned = np.einsum("nij,kj->nki", np.stack([cos, -sin, sin, cos], 1).reshape(-1, 2, 2), half)
    units = np.select(
        [(houses % 3 == 0) & (houses > 6), (houses % 2 == 0) & (houses > 2)], [3, 2], 1
    )
    columns = {
        "source_id": [f"{grid}-{i}" for i in range(1, len(spots) + 1)],
        "grid": grid,
        "storeys": (houses // units).astype(np.int16),
        "entrances": np.int16(1),
        "units": units.astype(np.int16),
        "area_m2": BUILDING_M[0] * BUILDING_M[1],
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.polygons(turned + spots[:, None, :2]))
