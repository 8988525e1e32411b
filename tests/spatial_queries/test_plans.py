"""Plans of the hottest questions under row policies, on 200,000 houses: they open their index.

The statements are those the product runs, as the role it runs them as. A plan without its index is
right and a thousand times slower, so nothing else would notice (research/performance 7).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shapely
from sqlalchemy import Connection, Select, text

from geoapp.accounts.permissions import Permission
from geoapp.core.db import app_engine, owner_transaction
from geoapp.core.settings import Settings
from grids_boundaries.access import Access, begin
from grids_boundaries.keys import parse_code
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.kept import refresh_scope
from spatial_queries.paging import ids_first
from spatial_queries.selection import Selection
from tests.support.tiles import place_of, selected
from tiles import cells, points, shapes, statements, versions
from tiles.address import TileAddress

HOUSES, PEOPLE = 60_000, 120_000
SIDE = 40
"""Grids along and across; each is 0.005 degrees wide and high."""
WEST, SOUTH = 103.4, 39.3
MIDDLE = (WEST + SIDE * 0.0025, SOUTH + SIDE * 0.0025)
AREAS = {"drawn": shapely.Point(MIDDLE).buffer(0.006)}
READERS = {"city": "99", "county": "999901", "street": "999901020"}
GRID = 999901020001020
"""A grid in the middle of the city; `READERS['street']` holds it."""
FILL = f"""
SELECT ensure_county('999901');
CREATE TEMP TABLE place AS
SELECT n, 999901000001000 + (n / {HOUSES // SIDE}) * 1000000::bigint + n % {SIDE} AS key,
       {WEST} + (n % {SIDE}) * 0.005 + (n * 7919 % 1000) * 0.000005 AS lon,
       {SOUTH} + (n / {HOUSES // SIDE}) * 0.005 + (n::bigint * 104729 % 1000) * 0.000005 AS lat
FROM generate_series(0, {HOUSES} - 1) n;
INSERT INTO building (county_code, id, region_key, source_id, placed, origin, geom)
SELECT '999901', n + 1, key, n::text, 1, 'synthetic', ST_MakeEnvelope(lon, lat, lon + 0.0001, lat + 0.0001, 4326)
FROM place WHERE n % 5 = 0;
INSERT INTO house (county_code, id, region_key, number, address, placed, origin, geom)
SELECT '999901', n + 1, key, n::text, 'a', 1, 'synthetic', ST_SetSRID(ST_MakePoint(lon, lat), 4326) FROM place;
INSERT INTO resident (county_code, id, region_key, name, sex, type, house_id, placed, origin)
SELECT '999901', 2 * n + k + 1, key, md5((2 * n + k)::text), 'M', 'registered', n + 1, 1, 'synthetic'
FROM place, generate_series(0, 1) k;
"""


def fill(settings: Settings) -> None:
    """A square city as fast as PostgreSQL makes rows, counted, with fresh statistics."""
    with owner_transaction(settings) as connection:
        connection.execute(text(FILL))
        everything = RowScope.of([parse_code("999901")])
        for name in ("buildings", "houses", "residents"):
            refresh_scope(connection, all_registers()[name], everything)
        connection.execute(text("ANALYZE"))


@pytest.fixture(scope="module")
def large(databases) -> Iterator[Settings]:
    settings = databases.fresh("plans", fill)
    yield settings
    app_engine(settings).dispose()
    databases.drop(settings)


def reader(name: str) -> Access:
    scope = RowScope.of([parse_code(READERS[name])])
    return Access(scope, frozenset(str(p) for p in Permission), 1)


def nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def planned(connection: Connection, select: Select, **places: float) -> list[dict]:
    """Nodes of the plan, made for just these values as the serving connections make it."""
    text = statements.compiled(select).text(**places)
    found = connection.connection.driver_connection.execute(f"EXPLAIN (FORMAT JSON) {text}").fetchone()[0]
    return list(nodes(found[0]["Plan"]))


def assert_opens(found: list[dict], *wanted: str) -> None:
    """Every wanted index is opened and no big table is read through."""
    opened = " ".join(n["Index Name"] for n in found if "Index Name" in n)
    for index in wanted:
        assert index in opened, (index, opened)
    read = {n["Relation Name"] for n in found if n["Node Type"] == "Seq Scan"}
    assert not read & {"house_999901", "resident_999901", "building_999901", "point_block", "cell_count"}


def tile(zoom: int) -> TileAddress:
    return TileAddress.at(*place_of(*MIDDLE, zoom))


def page(selection: Selection) -> Select:
    return ids_first(selection, {"id": selection.register.id_column})


@pytest.mark.parametrize("name", READERS)
def test_tiles_read_by_place(large, name):
    access, address = reader(name), tile(16)
    edges = statements.degrees(address) | statements.metres(address)
    houses, buildings = selected(access, "houses"), selected(access, "buildings")
    with begin(access, large) as connection:
        assert_opens(planned(connection, points._records(houses), **edges), "geom")
        assert_opens(planned(connection, shapes._shapes(buildings, 16), **edges), "geom")
        here = {"bx0": 1, "bx1": 2, "by0": 1, "by1": 2}
        assert_opens(planned(connection, points._blocks(houses), **here), "point_block")
        span = {"zoom": 10, "x0": 1, "x1": 1, "y0": 1, "y1": 1}
        assert_opens(planned(connection, cells._kept(houses), **span), "cell_count")
        for wide in (False, True):
            assert_opens(planned(connection, versions._version(houses, wide), **edges))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("query", ["bbox=103.499,39.399,103.501,39.401", "area=drawn"])
def test_boxes_and_polygons_read_by_place(large, name, query):
    access = reader(name)
    with begin(access, large) as connection:
        assert_opens(planned(connection, page(selected(access, "houses", query, AREAS))), "geom")


@pytest.mark.parametrize("name", READERS)
def test_the_nearest_come_from_the_ordered_index(large, name):
    access = reader(name)
    with begin(access, large) as connection:
        found = planned(connection, page(selected(access, "houses", f"near={MIDDLE[0]},{MIDDLE[1]},20")))
    assert_opens(found, "geom")
    assert any("<->" in n.get("Order By", "") for n in found)


@pytest.mark.parametrize("name", READERS)
def test_people_in_a_polygon_go_from_its_houses_to_their_residents(large, name):
    access = reader(name)
    with begin(access, large) as connection:
        found = planned(connection, page(selected(access, "residents", "area=drawn", AREAS)))
    assert_opens(found, "geom", "house_id")


@pytest.mark.parametrize("name", READERS)
def test_people_of_a_grid_are_read_by_its_key(large, name):
    access = reader(name)
    with begin(access, large) as connection:
        assert_opens(planned(connection, page(selected(access, "residents", f"region={GRID}"))), "region_key")


def test_a_record_is_found_by_its_id_alone(large):
    access = reader("city")
    selection = selected(access, "houses")
    with begin(access, large) as connection:
        wanted = selection.select(selection.register.id_column).where(selection.register.id_column == 77)
        found = planned(connection, wanted)
    assert_opens(found)
    assert any("id" in n.get("Index Cond", "") and n["Plan Rows"] <= 2 for n in found)


def test_the_questions_have_answers(large):
    """A plan of an empty question proves nothing."""
    access = reader("street")
    with begin(access, large) as connection:
        for name, query in (("houses", "area=drawn"), ("residents", "area=drawn"), ("residents", f"region={GRID}")):
            assert connection.execute(page(selected(access, name, query, AREAS))).first()[0] > 20, (name, query)
