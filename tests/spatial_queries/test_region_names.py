"""Names of regions, looked up for a page of records."""

from __future__ import annotations

from grids_boundaries.access import begin
from grids_boundaries.keys import parse_code
from spatial_queries.region_names import full_region_name, region_names
from tests.factories import city_plan as plan
from tests.factories.city import City

ROWS = {row["code"]: row for row in plan.regions(plan.grids())}
GRID = next(code for code, row in ROWS.items() if row["level"] == "grid")
COMMUNITY, STREET = GRID[:12], GRID[:9] + "000"


def test_a_grid_is_named_with_its_community(city: City) -> None:
    with begin(city.access("director")) as connection:
        names = region_names(connection, city.access("director"), [GRID, COMMUNITY, STREET, None, ""])
    assert names == {
        GRID: ROWS[COMMUNITY]["name"] + ROWS[GRID]["name"], COMMUNITY: ROWS[COMMUNITY]["name"],
        STREET: ROWS[STREET]["name"],
    }  # fmt: skip


def test_a_name_from_elsewhere_is_not_told(city: City) -> None:
    access = city.access("worker")
    mine = {code for code, row in ROWS.items() if row["key"] in access.scope}
    with begin(access) as connection:
        assert set(region_names(connection, access, ROWS)) == mine
        for code in (GRID, COMMUNITY, STREET):
            name = full_region_name(connection, access, parse_code(code if code == GRID else code.rstrip("0")))
            assert name == (ROWS[code]["full_name"] if code in mine else None)
