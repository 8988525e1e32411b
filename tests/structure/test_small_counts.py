"""PR-2: every count an officer is shown, put together: no small count is shown and none comes back."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from geoapp.web.factory import create_app
from tests.factories.city import refresh_all
from tests.support.web import sign_in

PEOPLE = {  # grid: registered, floating, unregistered, overseas
    "110108001001001": (120, 60, 3, 40), "110108001001002": (90, 44, 12, 8),
    "110108001002001": (75, 30, 2, 0), "110108001002002": (66, 21, 1, 11),
}  # fmt: skip
KINDS = ("registered", "floating", "unregistered", "overseas")
REGIONS = ("110108001", "110108001001", "110108001002", *PEOPLE)
LEAST = 5
ADD = text(
    "INSERT INTO resident (county_code, region_key, name, sex, type, no_house_reason, origin) "
    "SELECT '110108', :key, '示例', CASE WHEN i % 40 = 0 THEN 'F' ELSE 'M' END, :type, 'other', 'synthetic' "
    "FROM generate_series(1, :n) i"
)


@pytest.fixture
def officer(own_city):
    with owner_transaction() as connection:
        connection.execute(text("DELETE FROM enrolment"))
        connection.execute(text("DELETE FROM residence"))
        connection.execute(text("DELETE FROM resident"))
        for code, counts in PEOPLE.items():
            for kind, n in zip(KINDS, counts, strict=True):
                connection.execute(ADD, {"key": int(code), "type": kind, "n": n})
        refresh_all(connection)
    return sign_in(create_app(), "officer")


def published(client, by):
    """{(grids, category or None): count} of every figure of every breakdown, list and region page."""
    found = {}
    for region in ("", *REGIONS):
        table = client.get(f"/registers/residents/breakdown.json?by={by}&region={region}").json
        values = [category["value"] for category in table["categories"]]
        for row in table["rows"]:
            inside = frozenset(g for g in PEOPLE if row["code"] and g.startswith(row["code"].rstrip("0") if len(row["code"]) == 12 else row["code"]))
            found |= {(inside, v): n for v, n in zip(values, row["counts"], strict=True)} | {(inside, None): row["total"]}
        inside = frozenset(g for g in PEOPLE if g.startswith(region or "110108001"))
        found |= {(inside, v): n for v, n in zip(values, table["totals"], strict=True)} | {(inside, None): table["total"]}
    return {place: n for place, n in found.items() if n is not None and place[0]}


def truth(by):
    with owner_transaction() as connection:
        rows = connection.execute(text(f"SELECT region_key::text AS g, {by} AS v, count(*) AS n FROM resident GROUP BY 1, 2"))
        return {(row.g, row.v): row.n for row in rows}


@pytest.mark.parametrize("by", ["type", "sex", "origin", "no_house_reason"])
def test_pr_2_no_small_count_is_shown_and_none_comes_back(officer, by):
    figures, real = published(officer, by), truth(by)
    values = sorted({v for _, v in real} | {v for _, v in figures if v is not None}, key=str)
    assert len(figures) > 4
    assert [place for place, n in figures.items() if 0 < n < LEAST] == []
    # by differences
    for ((one, v), n), ((other, w), m) in combinations(figures.items(), 2):
        if v == w and (one < other or other < one):
            assert not 0 < abs(n - m) < LEAST, (one, other, v)
    # by solving all equations together
    unknown = {(g, v): i for i, (g, v) in enumerate((g, v) for g in PEOPLE for v in values)}
    system = np.array([[float(g in inside and (v is None or v == w)) for g, w in unknown] for inside, v in figures])
    rank = np.linalg.matrix_rank(system)
    regions = [frozenset(g for g in PEOPLE if g.startswith(code)) for code in REGIONS]
    tried = 0
    for inside in regions:
        for value in values:
            count = sum(real.get((g, value), 0) for g in inside)
            if not 0 < count < LEAST:
                continue
            asked = np.array([float(g in inside and v == value) for g, v in unknown])
            assert np.linalg.matrix_rank(np.vstack([system, asked])) == rank + 1, (inside, value, count)
            tried += 1
    assert tried or by in ("origin", "no_house_reason")


def test_pr_2_no_other_page_tells_a_number_of_people(officer):
    """Houses, buildings, regions, tiles and their boxes say nothing of how many live where."""
    for address in ("/registers/houses?residents__gte=1", "/registers/buildings?sort=residents", "/registers/houses?sort=residents"):
        assert officer.get(address).status_code == 400, address
    assert "居住人数" not in officer.get("/registers/houses").text + officer.get("/registers/buildings/1").text
    assert "bounds" not in officer.get("/tiles/residents/tile.json").json
    small = officer.get("/registers/regions/110108001002002", headers={"HX-Request": "true"}).text
    assert "实有人口" in small


def test_pr_2_asking_twice_tells_no_more(officer):
    pages = {officer.get("/registers/residents/breakdown.json?by=type").text for _ in range(20)}
    assert len(pages) == 1
