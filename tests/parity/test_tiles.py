"""Tiles show what the list counts: every zoom's tiles add up to the same records, for every query.

Features in the margin appear in several tiles, so records are counted by their ids and cells, which
have no margin, by their sums.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grids_boundaries.access import begin
from layers.registry import all_registers
from spatial_queries.breakdowns import rule_for
from spatial_queries.paging import read_tallies
from tests.parity.test_lists import AREAS, CASES, PEOPLE, ROWS, holder
from tests.support.tiles import drawn, places, selected

ZOOMS = (5, 8, 11, 13, 14, 16)
EVERY_ZOOM = range(5, 17)


def shown(connection, selection, zoom):
    """How many records a zoom's tiles show, and the ids of those shown one by one."""
    name = selection.register.name
    features = [f for place in places(zoom) for f in drawn(connection, selection, place).get(name, [])]
    if any("n" in f["properties"] for f in features):
        return sum(f["properties"]["n"] for f in {f["id"] or n: f for n, f in enumerate(features)}.values()), None
    ids = {f["id"] for f in features}
    return len(ids), ids


def by_category(connection, selection, zoom):
    """Sums of the cells of a zoom by category."""
    sums: dict[str, int] = {}
    for place in places(zoom):
        for feature in drawn(connection, selection, place).get(selection.register.name, []):
            for key, number in feature["properties"].items():
                sums[key] = sums.get(key, 0) + number
    return sums


ASKED = [
    (username, *case) for case in CASES for username in ("director", "community", "roamer")
    if username != "director" or not all_registers()[case[0]].people
]  # fmt: skip


@pytest.mark.parametrize(
    ("username", "name", "query", "wanted"), ASKED, ids=[f"{u}-{n}?{q}" for u, n, q, _ in ASKED]
)
def test_every_zoom_shows_all_records_with_a_position(city, username, name, query, wanted):
    access, register = city.access(username), all_registers()[name]
    rows = [r for r in ROWS[name] if r["region_key"] in access.scope and wanted(r) and holder(r) is not None]
    selection = selected(access, name, query, AREAS)
    with begin(access) as connection:
        for zoom in ZOOMS:
            count, ids = shown(connection, selection, zoom)
            if register.holder is not None and zoom < register.points_from:
                assert count == 0
                continue
            assert count == len(rows), zoom
            assert ids is None or ids == {r["id"] for r in rows}


def test_people_count_in_their_houses_only_for_readers_with_person_rights(city):
    officer, community = city.access("officer"), city.access("community")
    assert rule_for(all_registers()["residents"], officer) is not None
    with begin(officer) as connection:
        assert all(not drawn(connection, selected(officer, "residents"), p) for p in places(16))
    with begin(community) as connection:
        features = {
            f["id"]: f for p in places(16)
            for f in drawn(connection, selected(community, "residents"), p).get("residents", [])
        }  # fmt: skip
    lived_in = {
        p["house_id"] for p in PEOPLE
        if p["region_key"] in community.scope and p["state"] == "active" and holder(p) is not None
    }  # fmt: skip
    assert features.keys() == lived_in
    assert all(f["properties"].keys() == {"n"} for f in features.values())


def test_cells_tell_the_categories_of_the_legend_apart(city):
    access = city.access("director")
    for name in ("houses", "sites", "buildings"):
        register = all_registers()[name]
        rows = [r for r in ROWS[name] if r["geom"] is not None]
        with begin(access) as connection:
            for zoom in (5, 9, register.points_from - 1):
                sums = by_category(connection, selected(access, name), zoom)
                live = by_category(connection, selected(access, name, "bbox=116,39,117,41"), zoom)
                assert sums == live
                assert sums.pop("n") == len(rows) == sum(sums.values())
                assert sums.keys() == {f"c{entry.value}" for entry in register.legend}


words = st.sampled_from(
    ("status=3", "status=0&status=2", "rental=true", "storey__gte=2", "origin=derived", "q=3", "room__null=true",
     "position=inside", "position=outside", "bbox=116.301,39.991,116.32,39.999", "circle=116.309,39.996,700",
     "area=triangle", "region=110108002", "region=110108001001", "near=116.3121,39.9968,40", "use__ne=office")
)  # fmt: skip


@given(
    chosen=st.lists(words, max_size=3, unique_by=lambda w: w.split("=")[0]), zoom=st.sampled_from(EVERY_ZOOM),
    username=st.sampled_from(("director", "officer", "worker", "neighbour", "roamer", "planner")),
)  # fmt: skip
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_any_reader_any_zoom(city, chosen, zoom, username):
    access = city.access(username)
    selection = selected(access, "houses", "&".join(chosen), AREAS)
    with begin(access) as connection:
        tallies = read_tallies(connection, selection)
        assert shown(connection, selection, zoom)[0] == tallies.total - tallies.no_position
