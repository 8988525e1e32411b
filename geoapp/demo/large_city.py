"""`geoapp demo --houses N`: the synthetic county with all its houses and residents.

Made and stored street by street, so that memory does not grow with the city; shown all at once,
when the one transaction commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from sqlalchemy import Connection, text

from geoapp.core import clock
from geoapp.core.db import WGS84, owner_engine
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.demo.organisations import add_organisations
from geoapp.demo.progress import Say, silent
from geoapp.demo.rows import Batch, Row, reserve, reserve_all
from geoapp.demo.store import CountyHomes
from geoapp.houses.expansion import building_codes, building_titles, expand_houses
from geoapp.people.synthesis import Wish, synthesise
from geoapp.sites.codes import CATEGORIES
from grids_boundaries.derive.synthetic_city import (
    CITY,
    COUNTY,
    PROVINCE,
    CityPlan,
    region_name,
    synthetic_buildings,
    synthetic_regions,
)
from grids_boundaries.loading import known_regions, store_regions
from grids_boundaries.plan import RegionRow, plan_regions

SOURCE = "synthetic-city"
PEOPLE_PER_HOME = 3.32
"""Three residents for each house, the empty ones counted: 1 M houses have 3 M residents."""
MOST_AT_ONCE = 100_000
"""Houses of one batch."""
SITE_EVERY = 50
"""Every so many buildings one holds a key site."""
SITE_KINDS = (
    ("school", "school"), ("lodging", "public_order"), ("market", "fire_safety"),
    ("entertainment", "public_order"), ("company", "work_safety"), ("fuel", "work_safety"),
    ("medical", "fire_safety"), ("shop", "other"),
)  # fmt: skip
LEVELS = (1, 1, 1, 1, 1, 2, 2, 3, 1, 0)
UNPLACED_EVERY = 331
"""Every so many houses one has no position, as in any real register."""


def load_large_city(
    plan: CityPlan, settings: Settings | None = None, say: Say = silent
) -> dict[str, int]:
    """Store the city; returns what it holds. Raises Conflict where it is there already."""
    regions = synthetic_regions(plan)
    with owner_engine(settings).connect() as connection:
        with connection.begin():
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            homes = CountyHomes(connection, COUNTY)
            store_city_regions(connection, regions)
            for street, batches in enumerate(_streets(connection, plan, regions, homes), start=1):
                say(
                    N_("  第 %(street)s 个街道（共 12 个）：房屋 %(houses)s 套"),
                    street=street,
                    houses=batches,
                )
            say(N_("  建立索引并统计"))
            homes.finish()
            add_organisations(connection, COUNTY)
        with connection.begin():
            homes.analyze()
            return counts(connection, COUNTY)


def counts(connection: Connection, county: str) -> dict[str, int]:
    """Rows of a county by table."""
    tables = ("building", "house", "resident", "household", "residence", "site")
    return {
        table: connection.execute(
            text(f"SELECT count(*) FROM {table} WHERE county_code = :county"),  # noqa: S608
            {"county": county},
        ).scalar_one()
        for table in tables
    }


def store_city_regions(connection: Connection, regions: gpd.GeoDataFrame) -> None:
    """The synthetic tree from province to grid; the levels above the county share its outline."""
    shown = regions.to_crs(WGS84)
    shapes = shapely.to_wkb(shown.geometry.to_numpy())
    county = shapes[int(np.flatnonzero(shown["level"] == "county")[0])]
    rows = [
        RegionRow(0, PROVINCE, region_name(PROVINCE), "province", wkb=county),
        RegionRow(0, CITY, region_name(CITY), "city", wkb=county),
    ]
    columns = zip(shown["code"], shown["name"], shown["level"], shapes, strict=True)
    rows += [RegionRow(0, code, name, level, wkb=wkb) for code, name, level, wkb in columns]
    planned = plan_regions(rows, partial(known_regions, connection))
    assert not planned.faults, planned.faults[0]
    store_regions(connection, planned, "synthetic", SOURCE)


def _streets(
    connection: Connection, plan: CityPlan, regions: gpd.GeoDataFrame, homes: CountyHomes
) -> Iterator[int]:
    """Store street after street; yields the number of houses of each."""
    degrees = Transformer.from_crs(plan.crs, WGS84, always_xy=True)
    names = dict(zip(regions["code"], regions["name"], strict=True))
    moment, made, people = clock.now(), 0, 0
    for street in regions.loc[regions["level"] == "street", "code"]:
        stored = 0
        for part in _parts(_numbered(connection, plan, regions, street, names)):
            wish = Wish(
                plan.seed + made, clock.today(), made, people, people_per_home=PEOPLE_PER_HOME
            )
            batch = _batch(connection, part, degrees, wish, moment)
            homes.add_buildings(_building_rows(part, batch, degrees))
            homes.add_sites(_site_rows(part, names, degrees))
            homes.add(batch)
            made, people = made + 1, people + len(batch.population.residents)
            stored += len(batch.houses)
        yield stored


def _numbered(
    connection: Connection,
    plan: CityPlan,
    regions: gpd.GeoDataFrame,
    street: str,
    names: dict[str, str],
) -> gpd.GeoDataFrame:
    """The buildings of a street with id, code and title."""
    buildings = synthetic_buildings(plan, regions, street)
    centre = shapely.get_coordinates(shapely.centroid(buildings.geometry.to_numpy()))
    grid = buildings["grid"].to_numpy(object)
    codes = building_codes(grid, centre[:, 0], centre[:, 1])
    nothing = [None] * len(buildings)
    titles = building_titles(nothing, nothing, [names[code[:12]] for code in grid], codes)
    first = reserve(connection, "building", len(buildings))
    numbers = first + np.arange(len(buildings))
    return buildings.assign(id=numbers, code=codes, title=titles, form="slab")


def _parts(buildings: gpd.GeoDataFrame) -> list[gpd.GeoDataFrame]:
    """The buildings of a street in parts of at most about MOST_AT_ONCE houses."""
    houses = (buildings["storeys"].astype(int) * buildings["units"]).cumsum()
    part = (houses - 1) // MOST_AT_ONCE
    return [group.reset_index(drop=True) for _, group in buildings.groupby(part)]


def _batch(
    connection: Connection,
    buildings: gpd.GeoDataFrame,
    degrees: Transformer,
    wish: Wish,
    moment: datetime,
) -> Batch:
    houses = expand_houses(
        pd.DataFrame(buildings.drop(columns="geometry")), buildings.geometry.to_numpy()
    )
    building = houses["building"].to_numpy()
    grid = buildings["grid"].to_numpy(object)[building]
    population = synthesise(houses.assign(grid=grid), wish)
    houses["building_id"] = buildings["id"].to_numpy()[building]
    houses["region_key"] = grid.astype(np.int64)
    houses["placed"] = np.where((np.arange(len(houses)) + 1) % UNPLACED_EVERY == 0, 0, 1)
    houses["lon"], houses["lat"] = degrees.transform(houses["x"].to_numpy(), houses["y"].to_numpy())
    first = reserve_all(connection, population)
    return Batch(COUNTY, houses, population, "synthetic", SOURCE, moment, first)


def _building_rows(
    buildings: gpd.GeoDataFrame, batch: Batch, degrees: Transformer
) -> Iterator[Row]:
    """Rows in the order of `store.BUILDING_COLUMNS`."""
    owner = batch.houses["building"].to_numpy()
    residents = np.bincount(owner, batch.population.houses["residents"], len(buildings)).astype(int)
    shown = shapely.transform(
        buildings.geometry.to_numpy(), lambda p: np.column_stack(degrees.transform(*p.T))
    )
    shapes = shapely.to_wkb(shapely.set_srid(shown, WGS84), include_srid=True)
    columns = (
        buildings["id"], buildings["grid"].astype(np.int64), buildings["source_id"],
        buildings["storeys"], buildings["entrances"], np.bincount(owner, minlength=len(buildings)),
        residents, shapes,
    )  # fmt: skip
    for number, key, source_id, storeys, entrances, houses, people, shape in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        yield (
            COUNTY, number, key, source_id, None, None, "residential", storeys, "synthetic",
            entrances, houses, people, 1, "imported", "synthetic", SOURCE, shape,
        )  # fmt: skip


def _site_rows(
    buildings: gpd.GeoDataFrame, names: dict[str, str], degrees: Transformer
) -> Iterator[Row]:
    """Rows in the order of `store.SITE_COLUMNS`: key sites in some of the buildings."""
    chosen = buildings.iloc[::SITE_EVERY]
    centre = shapely.get_coordinates(shapely.centroid(chosen.geometry.to_numpy()))
    points = shapely.points(np.column_stack(degrees.transform(*centre.T)))
    shapes = shapely.to_wkb(shapely.set_srid(points, WGS84), include_srid=True)
    for number, grid, shape in zip(chosen["id"].tolist(), chosen["grid"], shapes, strict=True):
        category, kind = SITE_KINDS[number // SITE_EVERY % len(SITE_KINDS)]
        level = LEVELS[number // SITE_EVERY // len(SITE_KINDS) % len(LEVELS)]
        name = f"{names[grid[:12]]}{CATEGORIES[category]}{number}"
        yield (
            COUNTY, int(grid), f"site-{number}", name, {kind: {"level": level}}, category, "synthetic", 1,
            "building", "synthetic", SOURCE, shape,
        )  # fmt: skip
