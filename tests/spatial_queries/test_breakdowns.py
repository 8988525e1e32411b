"""Counts by region and category: those of the list, from kept counts or row by row."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from geoapp.core.errors import Forbidden, InvalidInput, NotFound
from grids_boundaries.access import begin
from spatial_queries import region_tables
from spatial_queries.breakdowns import breakdown, rule_for
from spatial_queries.small_cells import PUBLIC, STAFF
from tests.factories import city_plan as plan
from tests.parity.test_lists import AREAS, CASES, ROWS
from tests.support.tiles import selected

STREET = "110108001"
BY = {"houses": "status", "buildings": "use", "residents": "type", "households": "kind", "sites": "attention_level", "organisations": "kind"}


def counted(access, name, query, by=None, areas=AREAS):
    with begin(access) as connection:
        return breakdown(connection, selected(access, name, query, areas), by)


def value_of(row: dict, field: str):
    return row["id"] % 4 if field == "status" else row[field]


@pytest.mark.parametrize("username", ["director", "community", "worker", "roamer"])
@pytest.mark.parametrize(("name", "query", "wanted"), CASES, ids=[f"{n}?{q}" for n, q, _ in CASES])
def test_a_breakdown_adds_up_to_the_rows_of_the_same_query(city, username, name, query, wanted):
    access = city.access(username)
    if not access.may(f"register:{name}:read"):
        with pytest.raises((NotFound, InvalidInput)):  # a field of theirs is not there for them, either
            counted(access, name, query)
        return
    rows = [r for r in ROWS[name] if r["region_key"] in access.scope and wanted(r)]
    found = counted(access, name, query)
    by_value = Counter(value_of(row, BY[name]) for row in rows)
    values = [column.value for column in found.columns]
    assert dict(zip(values, found.totals, strict=True)) == {v: by_value.get(v, 0) for v in values}
    assert found.total == len(rows) == sum(row.total for row in found.rows)
    for row in found.rows:
        inside = [r for r in rows if str(r["region_key"]).startswith(row.code.rstrip("0"))]
        assert row.total == len(inside)


@pytest.mark.parametrize("by", [None, "use", "rental", "origin", "placed"])
def test_kept_counts_and_counting_row_by_row_agree(city, monkeypatch, by):
    access = city.access("director")
    queries = ("", f"region={STREET}", "region=110108001001", "status=2&status=3", "position=none")
    kept = {query: counted(access, "houses", query, by) for query in queries}
    monkeypatch.setattr(region_tables, "kept_conditions", lambda selection: None)
    for query in queries:
        assert counted(access, "houses", query, by) == kept[query]


def test_rows_are_the_child_regions_of_the_region_asked_for(city):
    access = city.access("director")
    levels = {
        "": ("county", city.counties), "region=110108": ("street", city.streets[:2]),
        f"region={STREET}": ("community", city.communities[:2]),
        "region=110108001001": ("grid", city.grids[:2]),
        "region=110108001001001": ("grid", city.grids[:1]),
    }  # fmt: skip
    for query, (level, codes) in levels.items():
        rows = counted(access, "houses", query).rows
        assert {row.level for row in rows} == {level}
        assert {row.code for row in rows} == set(codes)


def test_a_grid_without_records_is_a_row_of_zeros_and_not_left_out(city):
    rows = {row.code: row for row in counted(city.access("director"), "houses", "region=110105001002").rows}
    empty = rows[plan.grids()[plan.EMPTY_GRID].code]
    assert (empty.counts, empty.total) == ((0, 0, 0, 0), 0)


def test_records_of_no_child_region_have_a_row_of_their_own(own_city):
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction
    from tests.factories.city import refresh_all

    with owner_transaction() as connection:
        connection.execute(text("UPDATE site SET region_key = 110108001000000 WHERE id = 1"))
        refresh_all(connection)
    found = counted(own_city.access("director"), "sites", f"region={STREET}")
    assert [(row.code, row.total) for row in found.rows if row.code is None] == [(None, 1)]
    assert found.total == sum(row.total for row in found.rows) == 4


def test_a_reader_with_several_areas_gets_those_as_rows(city):
    found = counted(city.access("roamer"), "houses", "")
    assert [row.code for row in found.rows] == ["110105001001001", "110108001002"]


def test_columns_come_with_the_legend(city):
    columns = counted(city.access("director"), "houses", "").columns
    assert [(c.value, c.label, c.shape) for c in columns] == [
        (0, "无数据", "ring"), (1, "空置", "square"), (2, "有人居住", "circle"), (3, "出租", "diamond"),
    ]  # fmt: skip
    uses = counted(city.access("director"), "buildings", "").columns
    assert (uses[0].value, uses[0].label, uses[0].colour) == ("residential", "住宅", "#d9a441")


@pytest.mark.parametrize("by", ["number", "address", "updated_at", "nothing", "residents", "birth_year"])
def test_fields_that_cannot_be_counted_by_are_refused(city, by):
    with pytest.raises(InvalidInput):
        counted(city.access("director"), "houses", "", by)


def test_one_statement_for_one_table(city):
    from sqlalchemy import event

    access = city.access("director")
    with begin(access) as connection:
        sent = []
        event.listen(connection, "before_cursor_execute", lambda *call: sent.append(call[2]))
        breakdown(connection, selected(access, "houses", f"region={STREET}", None))
    assert len(sent) == 1
    assert "region_count" in sent[0]
    assert "house" not in sent[0].replace("houses", "")


# -- people ------------------------------------------------------------------------------------


def test_d3_4_counts_are_exact_for_readers_with_person_rights_in_their_area(city):
    found = counted(city.access("worker"), "residents", "")
    assert not found.hidden
    assert min(found.totals) < STAFF.least


def test_d3_4_whoever_sees_masked_names_gets_no_small_counts(city):
    access = city.access("officer")
    assert rule_for(selected(access, "residents", "", None).register, access) == STAFF
    for by in ("type", "sex", "origin"):
        for region in ("", STREET, *city.communities[:2], *city.grids[:4]):
            found = counted(access, "residents", f"region={region}" if region else "", by)
            numbers = [n for row in found.rows for n in (*row.counts, row.total)] + [*found.totals, found.total]
            assert all(n is None or n == 0 or n >= STAFF.least for n in numbers)


def test_d3_4_without_a_name_there_is_nobody_but_the_public(city):
    access = replace(city.access("officer"), user_id=None)
    register = selected(access, "residents", "", None).register
    assert rule_for(register, access) == PUBLIC


@pytest.mark.parametrize(
    "query",
    ["type=floating", "bbox=116.3,39.9,116.4,40", "sex=F", "area=triangle", "circle=116.3,40,500", "position=none",
     "updated_at__gte=2026-03-02"],
)  # fmt: skip
def test_c8_no_free_shape_or_filter_for_readers_without_person_rights(city, query):
    access = city.access("officer")
    with pytest.raises((Forbidden, InvalidInput)):
        counted(access, "residents", query)
    counted(city.access("worker"), "residents", query)


def test_c8_tables_of_different_regions_hide_the_same_counts(crowded):
    """A row hidden in the street's table is not shown as the totals of the community's."""
    city, access = crowded
    street = counted(access, "residents", f"region={STREET}")
    rows = {row.code: row for row in street.rows}
    assert street.hidden
    assert not all(n is None for row in street.rows for n in row.counts)
    for code in city.communities[:2]:
        below = counted(access, "residents", f"region={code}")
        assert below.totals == rows[code].counts
        assert below.total == rows[code].total


def test_pr_2_counts_that_are_shown_are_the_true_ones(crowded):
    _, access = crowded
    exact = replace(access, permissions=access.permissions | {"register:residents:name"})
    for query in ("", f"region={STREET}", "region=110108001001"):
        true = counted(exact, "residents", query)
        for row, real in zip(counted(access, "residents", query).rows, true.rows, strict=True):
            assert all(n in (None, m) for n, m in zip(row.counts, real.counts, strict=True))


@pytest.fixture
def crowded(own_city):
    """The officer's street with some hundred residents: small and large counts side by side."""
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction
    from tests.factories.city import refresh_all

    people = {  # grid: (registered, floating, unregistered, overseas)
        "110108001001001": (120, 60, 3, 40), "110108001001002": (90, 44, 12, 8),
        "110108001002001": (75, 30, 2, 0), "110108001002002": (66, 21, 1, 11),
    }  # fmt: skip
    add = text(
        "INSERT INTO resident (county_code, region_key, name, sex, type, no_house_reason, origin) "
        "SELECT '110108', :key, '示例', 'F', :type, 'other', 'synthetic' FROM generate_series(1, :n)"
    )
    with owner_transaction() as connection:
        connection.execute(text("DELETE FROM residence"))
        connection.execute(text("DELETE FROM enrolment"))
        connection.execute(text("DELETE FROM resident"))
        for code, counts in people.items():
            for kind, n in zip(("registered", "floating", "unregistered", "overseas"), counts, strict=True):
                connection.execute(add, {"key": int(code), "type": kind, "n": n})
        refresh_all(connection)
    return own_city, own_city.access("officer")
