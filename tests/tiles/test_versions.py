"""Names of tiles: a change renames what it touches, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from geoapp.core import clock
from geoapp.core.db import owner_engine, owner_transaction
from grids_boundaries.access import begin
from layers.registry import all_registers
from spatial_queries.kept import refresh
from tests.factories import city_plan as plan
from tests.support.tiles import drawn, place_of, selected
from tiles import service, versions

GRIDS = plan.grids()
WEST, EAST = GRIDS[0], GRIDS[9]
"""A grid at the west end of the city and one at its east end, far apart."""


def place(grid, zoom=16):
    return place_of(grid.square.centroid.x, grid.square.centroid.y, zoom)


def etag(access, name, tile, query=""):
    with begin(access) as connection:
        return service.register_etag(connection, selected(access, name, query), *tile)


def change(statement: str, *renewed: tuple[str, int], **values) -> None:
    """Carry out a change and renew what is kept of the (register, region key) it touched."""
    with owner_transaction() as connection:
        connection.execute(text(statement), values)
        for name, key in renewed:
            refresh(connection, all_registers()[name], [key])


def test_a_change_in_one_grid_keeps_the_tiles_of_another(own_city):
    director = own_city.access("director")
    before = [etag(director, "houses", place(g)) for g in (WEST, EAST)]
    change("UPDATE house SET rental = NOT rental WHERE region_key = :k", ("houses", WEST.key), k=WEST.key)
    after = [etag(director, "houses", place(g)) for g in (WEST, EAST)]
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_a_change_renames_the_city_tile_and_its_new_body_counts_it(own_city):
    director, tile = own_city.access("director"), place(WEST, 10)
    rented = []
    for _ in range(2):
        with begin(director) as connection:
            features = drawn(connection, selected(director, "houses"), tile)["houses"]
        rented.append(sum(f["properties"]["c3"] for f in features))
        change("UPDATE house SET rental = true WHERE region_key = :k", ("houses", WEST.key), k=WEST.key)
    assert rented[1] > rented[0]


def test_the_tile_a_house_has_left_is_renamed_too(own_city):
    director = own_city.access("director")
    left, beside = place(WEST), place(EAST)
    before = etag(director, "houses", left)
    change(
        "UPDATE house SET geom = ST_SetSRID(ST_MakePoint(:x, :y), 4326) WHERE region_key = :k",
        ("houses", WEST.key), k=WEST.key, x=EAST.square.centroid.x, y=EAST.square.centroid.y,
    )  # fmt: skip
    assert etag(director, "houses", left) != before
    with begin(director) as connection:
        shown = drawn(connection, selected(director, "houses", f"region={WEST.code}"), beside)["houses"]
        gone = drawn(connection, selected(director, "houses", f"region={WEST.code}"), left)
    assert len(shown) > 5 and not gone


def test_the_last_house_to_go_leaves_an_empty_tile(own_city):
    worker = own_city.access("worker")
    before = etag(worker, "houses", place(WEST))
    change("UPDATE house SET geom = NULL, placed = 0 WHERE region_key = :k", ("houses", WEST.key), k=WEST.key)
    assert etag(worker, "houses", place(WEST)) != before
    with begin(worker) as connection:
        assert drawn(connection, selected(worker, "houses"), place(WEST)) == {}


def test_a_worker_is_not_told_of_changes_next_door(own_city):
    worker, next_door = own_city.access("worker"), GRIDS[1]
    tile = place(WEST, 14)
    before = etag(worker, "houses", tile)
    change("UPDATE house SET rental = NOT rental WHERE region_key = :k", ("houses", next_door.key), k=next_door.key)
    assert etag(worker, "houses", tile) == before


def test_scope_permissions_query_place_and_register_each_make_another_name(city):
    tile = place(WEST, 14)
    director, worker = city.access("director"), city.access("worker")
    fewer = replace(director, permissions=frozenset(p for p in director.permissions if "export" not in p))
    names = [
        etag(director, "houses", tile), etag(worker, "houses", tile), etag(fewer, "houses", tile),
        etag(director, "houses", tile, "status=3"), etag(director, "houses", tile, "status=2"),
        etag(director, "houses", tile, "region=110108"), etag(director, "houses", place(WEST, 15)),
        etag(director, "sites", tile),
    ]  # fmt: skip
    assert len(set(names)) == len(names)
    assert etag(director, "houses", tile, "sort=-number&limit=7") == names[0]


def test_a_late_commit_of_an_early_number_is_seen(own_city):
    """Two changes at once: the one that took its number first commits last."""
    director, tile = own_city.access("director"), place(WEST, 10)
    with owner_engine().connect() as early:
        refresh(early, all_registers()["houses"], [WEST.key])
        change("SELECT 1", ("houses", EAST.key))
        between = etag(director, "houses", tile)
        early.commit()
    assert etag(director, "houses", tile) != between


def test_the_colour_of_a_grid_follows_its_houses_even_where_they_stand_elsewhere(own_city):
    """A tile with only the corner of a grid is renamed when houses in its middle are counted."""
    director = own_city.access("director")
    west, south, *_ = WEST.square.bounds
    corner = place_of(west + 0.0001, south + 0.0001, 20)
    before = etag(director, "regions", corner)
    change("UPDATE house SET rental = NOT rental WHERE region_key = :k", ("houses", WEST.key), k=WEST.key)
    assert etag(director, "regions", corner) != before
    assert etag(director, "houses", corner) == etag(director, "houses", corner)


def test_people_follow_the_houses_they_live_in(own_city):
    community, tile = own_city.access("community"), place(WEST)
    before = etag(community, "residents", tile)
    change("UPDATE house SET geom = ST_Translate(geom, 0.00001, 0) WHERE region_key = :k", ("houses", WEST.key), k=WEST.key)
    moved = etag(community, "residents", tile)
    change("UPDATE resident SET state = 'deregistered' WHERE region_key = :k", ("residents", WEST.key), k=WEST.key)
    assert len({before, moved, etag(community, "residents", tile)}) == 3


def test_a_share_follows_the_people_of_its_region_also_for_who_sees_none_of_them(own_city):
    """From afar a region reaches beyond a tile, and its colour with it; near by a tile follows its own grids."""
    wall = own_city.access("wall")
    far, near, own = place(EAST, 13), place(EAST, 15), place(WEST, 15)
    before = [etag(wall, "coverage", tile) for tile in (far, near, own)]
    change("UPDATE resident SET served_on = current_date WHERE region_key = :k", ("residents", WEST.key), k=WEST.key)
    after = [etag(wall, "coverage", tile) for tile in (far, near, own)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, False]


def test_the_nearest_are_renamed_by_a_change_anywhere(own_city):
    """A house that appears elsewhere may push one of the nearest out of this tile."""
    director, centre = own_city.access("director"), WEST.square.centroid
    query = f"near={centre.x},{centre.y},500"
    before = etag(director, "houses", place(WEST), query)
    change("UPDATE house SET rental = NOT rental WHERE region_key = :k", ("houses", EAST.key), k=EAST.key)
    assert etag(director, "houses", place(WEST), query) != before


def test_a_question_about_age_has_one_name_a_day(city, monkeypatch):
    director, tile = city.access("director"), place(WEST)
    morning = datetime(2026, 5, 4, 1, 0, tzinfo=UTC)
    names = []
    for moment in (morning, morning + timedelta(hours=14), morning + timedelta(hours=16)):
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda moment=moment: moment)
            names.append(etag(director, "houses", tile, "updated_at__older_than_days=30"))
    assert names[0] == names[1] != names[2]


def test_what_counts_days_is_renamed_at_midnight_and_nothing_else_is(city, monkeypatch):
    """Nobody saves anything, and "served within 90 days" is another colour and another answer the next day (A1.5)."""
    community, tile = city.access("community"), place(WEST, 15)
    evening = datetime(2026, 5, 4, 15, 59, tzinfo=UTC)

    def names(moment):
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda: moment)
            return {
                "coverage": etag(community, "coverage", tile), "served": etag(community, "residents", tile, "served=d90"),
                "care": etag(community, "enrolments", tile, "served=never"), "houses": etag(community, "houses", tile),
                "regions": etag(community, "regions", tile),
            }  # fmt: skip

    before, same, after = (names(evening + timedelta(minutes=n)) for n in (-600, 0, 1))
    assert before == same
    assert {name for name in after if after[name] != before[name]} == {"coverage", "served", "care"}


def test_names_are_the_same_in_every_process(city):
    """Nothing in a name depends on where objects lie in memory."""
    import subprocess
    import sys

    program = (
        "from tests.factories.city import small_city; from tests.tiles.test_versions import etag, place, WEST;"
        "a = small_city().access('community');"
        "print(etag(a, 'residents', place(WEST), 'type=floating&no_house_reason=other'))"
    )
    here = etag(city.access("community"), "residents", place(WEST), "type=floating&no_house_reason=other")
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_base_tiles_change_with_their_features_and_carry_no_scope(own_city, monkeypatch):
    monkeypatch.setattr(versions, "BASE_SECONDS", -1)
    tile = place(WEST, 14)

    def base(username):
        with begin(own_city.access(username)) as connection:
            return service.base_etag(connection, *tile)

    before = base("director")
    assert before == base("worker")
    change("UPDATE base_feature SET name = '改名路' WHERE layer = 'road'")
    renamed = base("director")
    change("DELETE FROM base_feature WHERE layer = 'water'")
    assert len({before, renamed, base("director")}) == 3


@pytest.mark.parametrize("zoom", [0, 5, 22])
def test_every_zoom_has_a_name(city, zoom):
    assert len(etag(city.access("wall"), "sites", place(WEST, zoom))) == 24
