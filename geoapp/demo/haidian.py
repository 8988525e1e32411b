"""`geoapp demo`: Haidian, Beijing. Real districts, streets, codes, buildings, roads and sites;
derived communities, grids, storeys and houses; invented residents.

Files go through the same loaders as a customer's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from sqlalchemy import Connection, text

from geoapp import loading
from geoapp.core import clock
from geoapp.core.console import cli_locale
from geoapp.core.db import WGS84, owner_engine
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.demo.haidian_source import (
    BEIJING,
    CODES,
    DemoSource,
    layer_path,
    read_source,
)
from geoapp.demo.organisations import add_organisations
from geoapp.demo.progress import Say, silent
from geoapp.demo.rows import Batch, reserve_all
from geoapp.demo.store import CountyHomes, require_no_homes
from geoapp.houses.expansion import building_codes, building_titles, expand_houses
from geoapp.loading.after import refresh_kept
from geoapp.loading.options import LoadOptions
from geoapp.loading.report import LoadReport
from geoapp.people.synthesis import Wish, synthesise
from grids_boundaries.derive.city import DerivedCity, derive_city
from grids_boundaries.derive.grids import grid_figures
from grids_boundaries.derive.names import community_name
from grids_boundaries.loading import known_regions, store_regions
from grids_boundaries.plan import RegionRow, plan_regions

COUNTY = "110108"
SOURCE = "geoapp-demo"
SEED = 110108
UNPLACED_EVERY = 211
"""Every so many houses one has no position, as in any real register."""
DERIVED_LINE = N_("代码和名称为官方，边界为推算。")
UNITED_LINE = N_("边界由各区合并而成。")
BASE = {
    "roads": "road", "railways": "railway", "water": "water", "landuse": "landuse",
    "gates": "gate", "coverage": "coverage",
}  # fmt: skip


def load_haidian(settings: Settings | None = None, say: Say = silent) -> DerivedCity:
    """Load and derive everything. Raises Conflict where the district has people already."""
    with owner_engine(settings).begin() as connection:
        require_no_homes(connection, COUNTY)
    load_official(settings, say)
    say(N_("  推算街区、社区和网格"))
    source = read_source()
    city = derive_city(source.city)
    say(
        N_("  网格 %(grids)s 个，其中 %(in_band)s 个在 300 至 500 户之间"),
        **grid_figures(city.grids),
    )
    with owner_engine(settings).begin() as connection:
        store_outlines_above(connection)
        store_derived(connection, city, source)
    load_places(settings, say)
    with owner_engine(settings).begin() as connection:
        rate_sites(connection)
    say(N_("  推算房屋，编造居民"))
    with owner_engine(settings).connect() as connection:
        with connection.begin():
            homes = CountyHomes(connection, COUNTY)
            fill_homes(connection, homes, city, source)
            homes.finish()
        with connection.begin():
            add_organisations(connection, COUNTY)
        with connection.begin():
            homes.analyze()
    return city


# -- the same loaders as `geoapp load` -----------------------------------------------------


def load_official(settings: Settings | None, say: Say) -> None:
    """Codes, districts, streets, and the base map."""
    official = partial(LoadOptions, origin="official", settings=settings)
    _tell(say, loading.load_regions(CODES, official(source="division-codes-2023")))
    districts = official(level="county", source="beijing-districts")
    _tell(say, loading.load_regions(BEIJING / "districts.geojson.gz", districts))
    streets = official(level="street", source="haidian-streets", fields={"name": "name_2023"})
    _tell(say, loading.load_regions(layer_path("streets"), streets))
    for name, layer in BASE.items():
        options = LoadOptions(origin="osm", layer=layer, settings=settings)
        _tell(say, loading.load_base(layer_path(name), options))


def load_places(settings: Settings | None, say: Say) -> None:
    """Buildings and sites, now that there are grids to assign them to."""
    options = LoadOptions(origin="osm", source=SOURCE, settings=settings)
    _tell(say, loading.load_buildings(layer_path("buildings"), options))
    _tell(say, loading.load_sites(layer_path("pois"), options))


def _tell(say: Say, report: LoadReport) -> None:
    say(
        N_("  %(file)s：读入 %(read)s 条，拒绝 %(refused)s 条"),
        file=report.path.name, read=report.read, refused=report.refused,
    )  # fmt: skip
    for fault, number in report.reasons():
        say(N_("    %(number)s 条：%(reason)s"), number=number, reason=fault.reason(cli_locale()))


def rate_sites(connection: Connection) -> None:
    """Invented attention levels, marked so: no open data rates a place (A7.3, D3.5).

    Every fifth is work safety's as well, so that sites of two types are there to see.
    """
    keys = connection.scalars(
        text(
            "UPDATE site SET level_origin = 'synthetic', types = jsonb_build_object(r.kind, "
            "jsonb_build_object('level', CASE WHEN r.draw < 70 THEN 1 WHEN r.draw < 90 THEN 2 "
            "                                WHEN r.draw < 96 THEN 3 ELSE 0 END)) "
            "|| CASE WHEN r.draw % 5 = 0 AND r.kind <> 'work_safety' "
            "   THEN '{\"work_safety\": {\"level\": 1}}' ELSE '{}'::jsonb END "
            "FROM (SELECT county_code, id, (SELECT min(k) FROM jsonb_object_keys(types) k) AS kind, "
            "      ('x' || left(md5(source_id), 7))::bit(28)::int % 100 AS draw "
            "      FROM site WHERE source = :source) r "
            "WHERE (site.county_code, site.id) = (r.county_code, r.id) RETURNING region_key"
        ),
        {"source": SOURCE},
    ).all()
    refresh_kept(connection, {"sites": keys})


# -- derived regions -----------------------------------------------------------------------


def store_outlines_above(connection: Connection) -> None:
    """City and province get the outline of their districts together."""
    united = connection.scalar(
        text("SELECT ST_AsBinary(ST_Union(geom)) FROM region WHERE level = 'county'")
    )
    upper = connection.execute(
        text("SELECT code, name, level FROM region WHERE level IN ('province', 'city')")
    )
    rows = [
        RegionRow(0, one.code, one.name, one.level, note=UNITED_LINE, wkb=bytes(united))
        for one in upper
    ]
    planned = plan_regions(rows, partial(known_regions, connection))
    store_regions(connection, planned, "official", SOURCE)


def store_derived(connection: Connection, city: DerivedCity, source: DemoSource) -> None:
    """Communities keep their official code and name; line and grids are marked as derived."""
    official = {code: name for rows in source.city.officials.values() for code, name in rows}
    communities, grids = city.communities.to_crs(WGS84), city.grids.to_crs(WGS84)
    rows = [
        RegionRow(
            0, one.code, official[one.code], "community", note=DERIVED_LINE, wkb=one.geometry.wkb
        )
        for one in communities.itertuples()
    ]
    rows += [
        RegionRow(
            0, one.code, f"第{int(one.code[12:])}网格", "grid", note=one.note or None,
            dedicated=bool(one.dedicated), wkb=one.geometry.wkb,
        )
        for one in grids.assign(note=grids["note"].astype(object).where(grids["note"].notna(), None)).itertuples()
    ]  # fmt: skip
    planned = plan_regions(rows, partial(known_regions, connection))
    assert not planned.faults, planned.faults[0]
    store_regions(connection, planned, "derived", SOURCE)


# -- houses and people ---------------------------------------------------------------------


def fill_homes(
    connection: Connection, homes: CountyHomes, city: DerivedCity, source: DemoSource
) -> None:
    """Houses of all buildings that lie in a grid, their residents, and the buildings' estimates."""
    buildings = _stored_buildings(connection, source)
    houses = _houses(buildings, city)
    population = synthesise(houses.assign(grid=houses["region_key"]), Wish(SEED, clock.today()))
    first = reserve_all(connection, population)
    homes.add(Batch(COUNTY, houses, population, "derived", SOURCE, clock.now(), first))
    _update_buildings(connection, buildings, houses, population.houses["residents"])


def _stored_buildings(connection: Connection, source: DemoSource) -> gpd.GeoDataFrame:
    """The estimates joined with the stored records (db_id, grid), in order of grid."""
    stored = connection.execute(
        text(
            "SELECT b.id AS db_id, b.source_id AS id, r.code AS grid FROM building b "
            "JOIN region r ON r.key = b.region_key AND r.level = 'grid' "
            "WHERE b.county_code = :county AND b.source = :source"
        ),
        {"county": COUNTY, "source": SOURCE},
    ).mappings()
    known = pd.DataFrame(list(stored), columns=["db_id", "id", "grid"])
    joined = source.buildings.merge(known, on="id", validate="one_to_one")
    return joined.sort_values(["grid", "id"]).reset_index(drop=True)


def _houses(buildings: gpd.GeoDataFrame, city: DerivedCity) -> pd.DataFrame:
    """Houses with building_id, region_key, placed, lon, lat."""
    shapes = buildings.geometry.to_numpy()
    centre = shapely.get_coordinates(shapely.centroid(shapes))
    grid = buildings["grid"].to_numpy(object)
    codes = building_codes(grid, centre[:, 0], centre[:, 1])
    names = dict(zip(city.communities["code"], city.communities["name"], strict=True))
    titles = building_titles(
        _optional(buildings["name"]), _optional(buildings["estate"]),
        [community_name(names[code[:12]]) for code in grid], codes,
    )  # fmt: skip
    plans = pd.DataFrame(buildings.drop(columns="geometry")).assign(code=codes, title=titles)
    houses = expand_houses(plans, shapes)
    building = houses["building"].to_numpy()
    degrees = Transformer.from_crs(buildings.crs, WGS84, always_xy=True)
    lon, lat = degrees.transform(houses["x"].to_numpy(), houses["y"].to_numpy())
    return houses.assign(
        building_id=buildings["db_id"].to_numpy()[building],
        region_key=grid.astype(np.int64)[building],
        placed=_placed(houses, grid[building], city),
        lon=lon,
        lat=lat,
    )


def _placed(houses: pd.DataFrame, grid: np.ndarray, city: DerivedCity) -> np.ndarray:
    """1 inside the grid, 2 outside (a house across a street's line), 0 without a position."""
    shapes = dict(zip(city.grids["code"], city.grids.geometry, strict=True))
    for shape in shapes.values():
        shapely.prepare(shape)
    around = np.array([shapes[code] for code in grid], dtype=object)
    inside = shapely.contains_xy(around, houses["x"].to_numpy(), houses["y"].to_numpy())
    placed = np.where(inside, 1, 2)
    placed[UNPLACED_EVERY - 1 :: UNPLACED_EVERY] = 0
    return placed


def _optional(names: pd.Series) -> list[str | None]:
    return list(names.astype(object).where(names.notna(), None))


def _update_buildings(
    connection: Connection, buildings: gpd.GeoDataFrame, houses: pd.DataFrame, residents: pd.Series
) -> None:
    """What was estimated for the buildings, and the counts of their houses and residents."""
    owner = houses["building"].to_numpy()
    uses: Mapping[str, str] = {"dormitory": "dormitory", "other": "unknown"}
    values = zip(
        buildings["db_id"].tolist(), buildings["storeys"].tolist(),
        buildings["storeys_origin"].tolist(), buildings["entrances"].tolist(),
        _optional(buildings["estate"]),
        [uses.get(form, "residential") for form in buildings["form"]],
        np.bincount(owner, minlength=len(buildings)).tolist(),
        np.bincount(owner, residents, len(buildings)).astype(int).tolist(),
        strict=True,
    )  # fmt: skip
    names = ("id", "storeys", "storeys_origin", "entrances", "estate", "use", "houses", "residents")
    connection.execute(
        text(
            "UPDATE building SET storeys = :storeys, storeys_origin = :storeys_origin, "
            "entrances = :entrances, estate = coalesce(estate, :estate), houses = :houses, "
            "residents = :residents, use = CASE WHEN use = 'unknown' THEN :use ELSE use END "
            "WHERE county_code = :county AND id = :id"
        ),
        [dict(zip(names, row, strict=True), county=COUNTY) for row in values],
    )
